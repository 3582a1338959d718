from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hermes.data import DataService
from hermes.data.reports import HealthCheck
from hermes.data.store import write_bars

Maker = Callable[..., pl.DataFrame]
DAY = date(2024, 1, 1)


def _check(name: str) -> HealthCheck | None:
    service = DataService()
    found = {each.name: each for each in service.health_check().checks}
    service.close()
    return found.get(name)


def test_files_that_open_are_counted_and_the_full_check_is_named(bars: Maker, minute_dir: Path) -> None:
    write_bars(bars(DAY, DAY), minute_dir, "TCS", "vendor")
    write_bars(bars(DAY, DAY).head(1), minute_dir.parent / "daily", "TCS", "vendor", interval=None)
    files = _check("files")
    assert files == HealthCheck("files", True, "opened 2 files; `hermes data check` looks at every row")


def test_at_most_five_bad_files_are_spelt_out(bars: Maker, minute_dir: Path) -> None:
    write_bars(bars(DAY, DAY), minute_dir, "GOOD", "vendor")
    for number in range(7):
        (minute_dir / f"BAD{number}.parquet").write_bytes(b"")
    files = _check("files")
    assert files is not None
    assert not files.ok
    assert files.detail.startswith("7 problems in 8 files. ")
    assert files.detail.endswith("And 2 more.")
    assert [number for number in range(7) if f"BAD{number}.parquet" in files.detail] == [0, 1, 2, 3, 4]


def test_a_sample_of_many_files_is_called_one(bars: Maker, minute_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.data.health.MOST_FOOTERS", 2)
    for symbol in "ABCD":
        write_bars(bars(DAY, DAY), minute_dir, symbol, "vendor")
    files = _check("files")
    assert files is not None
    assert files.detail == "opened 2 files, spread evenly over 4; `hermes data check` looks at every row"
    (minute_dir / "A" / "2024.parquet").write_bytes(b"")
    files = _check("files")
    assert files is not None
    assert files.detail.startswith("1 problem in 2 files, spread evenly over 4. ")


def test_without_files_there_is_nothing_to_say_of_them() -> None:
    assert _check("files") is None


def test_daily_bars_alone_are_bars_too(bars: Maker, minute_dir: Path) -> None:
    write_bars(bars(DAY, DAY).head(1), minute_dir.parent / "daily", "TCS", "vendor", interval=None)
    found = _check("bars")
    assert found is not None
    assert found.ok
    assert found.detail == f"daily bars of 1 symbols in {minute_dir.parent / 'daily'}"
