import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.cli.conftest import Hermes

from hermes.cli import doctor
from hermes.data.store import write_bars
from hermes.settings import get_settings


def _states(text: str) -> dict[str, tuple[str, str]]:
    return {each["name"]: (each["state"], each["detail"]) for each in json.loads(text)}


def test_a_fresh_machine_works_and_says_that_bars_are_missing(hermes: Hermes) -> None:
    done = hermes("doctor", "--json")
    assert done.code == 0
    states = _states(done.out)
    assert states["python"][0] == "ok"
    assert states["data"] == ("note", "no bars yet")
    assert states["registry"][0] == "ok"
    assert "hermes data sample" in done.out


def test_the_sample_is_called_a_sample(hermes: Hermes, sample: Path) -> None:
    assert _states(hermes("doctor", "--json").out)["data"] == ("note", "synthetic sample, 1 symbols")
    table = hermes("doctor").out
    assert "synthetic sample" in table
    assert max(len(line.rstrip()) for line in table.splitlines()) <= 80


BAR = {
    "timestamp": [datetime(2024, 1, 2, 3, 45, tzinfo=UTC)],
    "open": [100.0], "high": [101.0], "low": [99.0], "close": [100.0], "volume": [10], "oi": [0],
}  # fmt: skip


def test_unreadable_files_are_named_and_the_rest_is_still_told(hermes: Hermes, isolation: Path) -> None:
    write_bars(pl.DataFrame(BAR), isolation / "minute", "GOOD", origin="vendor")
    (isolation / "minute" / "BAD.parquet").write_bytes(b"PAR1 not really")
    done = hermes("doctor", "--json")
    assert done.code == 1
    states = _states(done.out)
    assert states["files"][0] == "failed"
    assert states["files"][1].startswith(f"1 problem in 2 files. {isolation / 'minute' / 'BAD.parquet'} cannot be read")
    assert states["data"] == ("ok", "real bars, 2 symbols")


def test_where_no_file_can_be_read_nothing_is_said_of_their_kind(hermes: Hermes, isolation: Path) -> None:
    (isolation / "minute").mkdir(parents=True)
    (isolation / "minute" / "BAD.parquet").write_bytes(b"")
    done = hermes("doctor", "--json")
    assert done.code == 1
    assert _states(done.out)["data"] == ("failed", "1 symbols, and none can be read")


def test_daily_bars_alone_are_well(hermes: Hermes, isolation: Path) -> None:
    write_bars(pl.DataFrame(BAR), isolation / "daily", "DAILY", origin="vendor", interval=None)
    done = hermes("doctor", "--json")
    assert done.code == 0
    states = _states(done.out)
    assert states["data"] == ("ok", "real bars, 1 symbols")
    assert states["files"][0] == "ok"


def test_an_unreachable_database_is_a_failed_check(hermes: Hermes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERMES_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/none")
    get_settings.cache_clear()
    done = hermes("doctor", "--json")
    assert done.code == 1
    assert _states(done.out)["registry"][0] == "failed"
    assert "secret" not in done.out + done.err


def test_a_wrong_variable_is_a_failed_check_and_the_rest_still_runs(
    hermes: Hermes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERMES_CACHE_MAX_SIZE_MB", "lots")
    get_settings.cache_clear()
    done = hermes("doctor", "--json")
    assert done.code == 1
    states = _states(done.out)
    assert states["settings"][0] == "failed"
    assert "HERMES_CACHE_MAX_SIZE_MB" in states["settings"][1]
    assert states["python"][0] == "ok"


def test_a_full_disk_is_told(hermes: Hermes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE", 10**30)
    done = hermes("doctor")
    assert done.code == 1
    assert "FAILED" in done.out
    assert "HERMES_DATA_ROOT" in done.out


def test_code_not_compiled_yet_is_a_note(hermes: Hermes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "compiled"))
    from hermes.compiled import cache_directory

    cache_directory.cache_clear()
    try:
        assert _states(hermes("doctor", "--json").out)["compiled code"][0] == "note"
    finally:
        cache_directory.cache_clear()


def test_a_misspelt_variable_is_pointed_out_with_the_nearest_name(
    hermes: Hermes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERMES_DATA_ROT", "here")
    done = hermes("doctor", "--json")
    assert done.code == 0
    notes = [each for each in json.loads(done.out) if each["name"] == "settings" and each["state"] == "note"]
    assert [(each["detail"], each["remedy"]) for each in notes] == [
        ("HERMES_DATA_ROT is no setting of Hermes: it has no effect", "Did you mean HERMES_DATA_ROOT?")
    ]
