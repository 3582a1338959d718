from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hermes.data.footers import check_footers
from hermes.data.provider import LocalProvider
from hermes.data.store import write_bars

Maker = Callable[..., pl.DataFrame]
DAY = date(2024, 1, 1)


@pytest.fixture
def stored(bars: Maker, minute_dir: Path) -> Path:
    """One file of each of A, B, C, D and E."""
    for symbol in "ABCDE":
        write_bars(bars(DAY, DAY), minute_dir, symbol, "vendor")
    return minute_dir


def test_every_footer_is_opened_and_no_bar_decoded(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pl.LazyFrame, "collect", None)
    report = check_footers([LocalProvider(stored), LocalProvider(stored / "absent", interval=None)])
    assert (report.files, report.opened, report.problems) == (5, 5, ())


def test_files_that_cannot_be_opened_are_named(stored: Path) -> None:
    whole = (stored / "B" / "2024.parquet").read_bytes()
    (stored / "B" / "2024.parquet").write_bytes(whole[:-100])
    (stored / "C" / "2024.parquet").write_bytes(b"")
    pl.DataFrame({"x": [1]}).write_parquet(stored / "D" / "2024.parquet")
    report = check_footers([LocalProvider(stored)])
    assert (report.files, report.opened) == (5, 5)
    cut, empty, other = report.problems
    assert f"{stored / 'B' / '2024.parquet'} cannot be read as Parquet" in cut
    assert f"{stored / 'C' / '2024.parquet'} is empty" in empty
    assert f"{stored / 'D' / '2024.parquet'} holds no bars" in other


def test_files_of_one_symbol_that_do_not_fit_together_are_a_problem(stored: Path, bars: Maker) -> None:
    bars(DAY, DAY).write_parquet(stored / "A" / "2023.parquet", metadata={"hermes.adjusted": "true"})
    bars(DAY, DAY).write_parquet(stored / "B.parquet")
    report = check_footers([LocalProvider(stored)])
    twice, mixed = report.problems
    assert "different adjustments" in mixed
    assert "B is stored twice" in twice


def test_of_too_many_files_some_are_opened_from_the_first_to_the_last(stored: Path) -> None:
    (stored / "A" / "2024.parquet").write_bytes(b"")
    (stored / "B" / "2024.parquet").write_bytes(b"")
    (stored / "E" / "2024.parquet").write_bytes(b"")
    report = check_footers([LocalProvider(stored)], most=3)
    assert (report.files, report.opened) == (5, 3)
    # A, C and E: the first, the middle, the last.
    assert [each.partition(" is empty")[0] for each in report.problems] == [
        str(stored / "A" / "2024.parquet"),
        str(stored / "E" / "2024.parquet"),
    ]
