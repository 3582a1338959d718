import json
from pathlib import Path

import pytest
from tests.cli.conftest import Hermes

from hermes.cli import doctor
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
