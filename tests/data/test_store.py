import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hermes.data import store
from hermes.data.provider import LocalProvider
from hermes.data.store import write_bars
from hermes.errors import DataError, UsageError

Maker = Callable[..., pl.DataFrame]


def test_years_are_split_by_the_exchange_local_day(bars: Maker, tmp_path: Path) -> None:
    frame = bars(date(2023, 12, 29), date(2024, 1, 1))
    # 2024-01-01 00:10 IST is still 2023 in UTC.
    night = frame.head(1).with_columns(pl.datetime(2023, 12, 31, 18, 40, time_zone="UTC").alias("timestamp"))
    paths = write_bars(pl.concat([frame, night]), tmp_path, "m&m", "test")
    assert [str(each.relative_to(tmp_path)) for each in paths] == ["M%26M/2023.parquet", "M%26M/2024.parquet"]
    assert [pl.read_parquet(each).height for each in paths] == [375, 376]


def test_rows_are_sorted_and_the_last_of_equal_stamps_stays(bars: Maker, tmp_path: Path) -> None:
    frame = bars(date(2024, 1, 1), date(2024, 1, 1))
    corrected = frame.head(1).with_columns(close=pl.lit(99.75))
    (path,) = write_bars(pl.concat([frame.reverse(), corrected]), tmp_path, "TCS", "test")
    stored = pl.read_parquet(path)
    assert stored.height == 375
    assert stored.get_column("timestamp").is_sorted()
    assert stored.get_column("close")[0] == 99.75


def test_new_rows_are_merged_into_the_year_and_win(bars: Maker, tmp_path: Path) -> None:
    write_bars(bars(date(2024, 1, 1), date(2024, 1, 2)), tmp_path, "TCS", "test")
    (path,) = write_bars(bars(date(2024, 1, 2), date(2024, 1, 3), 500.0), tmp_path, "TCS", "test")
    closes = pl.read_parquet(path).get_column("close")
    assert (closes.len(), closes[0], closes[375]) == (1125, 100.0, 500.0)


def test_a_bad_row_does_not_take_the_place_of_a_good_one(bars: Maker, tmp_path: Path) -> None:
    frame = bars(date(2024, 1, 1), date(2024, 1, 1))
    write_bars(frame, tmp_path, "TCS", "test")
    bad = frame.slice(0, 2).with_columns(close=pl.Series([float("nan"), None], dtype=pl.Float64))
    (path,) = write_bars(pl.concat([bad, frame.slice(2, 1), bad]), tmp_path, "TCS", "test")
    stored = pl.read_parquet(path)
    assert stored.drop("symbol").equals(frame)
    # Where there is no good one, the bad one stays for the guard to report.
    (path,) = write_bars(bad, tmp_path, "INFY", "test")
    assert pl.read_parquet(path).height == 2


def test_replace_forgets_what_the_year_held(bars: Maker, tmp_path: Path) -> None:
    write_bars(bars(date(2024, 1, 1), date(2024, 1, 2)), tmp_path, "TCS", "test")
    (path,) = write_bars(bars(date(2024, 1, 3), date(2024, 1, 3)), tmp_path, "TCS", "test", replace=True)
    assert pl.read_parquet(path).height == 375


def test_adjusted_and_raw_prices_are_never_mixed(bars: Maker, tmp_path: Path) -> None:
    (path,) = write_bars(bars(date(2024, 1, 1), date(2024, 1, 2)), tmp_path, "TCS", "test")
    before = path.read_bytes()
    # The second day would go to a file of its own, but still into the same series.
    for day in (date(2024, 1, 3), date(2025, 1, 3)):
        with pytest.raises(DataError, match=r"different adjustments .*false in .*2024\.parquet; true in the new bars"):
            write_bars(bars(day, day), tmp_path, "TCS", "test", adjusted=True)
        with pytest.raises(DataError, match=r"different lengths .*: 1 in .*2024\.parquet; 5 in the new bars"):
            write_bars(bars(day, day), tmp_path, "TCS", "test", interval=5)
        with pytest.raises(DataError, match=r"synthetic bars beside real ones: real in .*2024\.parquet; synthetic in"):
            write_bars(bars(day, day), tmp_path, "TCS", "synthetic-sample seed=1")
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == [".lock", "2024.parquet"]


def test_a_year_that_is_overwritten_need_not_fit(bars: Maker, tmp_path: Path) -> None:
    for year in (2023, 2024):
        write_bars(bars(date(year, 1, 3), date(year, 1, 3)), tmp_path, "TCS", "test")
    with pytest.raises(DataError, match=r"1 in .*2023\.parquet; 5 in the new bars"):
        write_bars(bars(date(2024, 1, 3), date(2024, 1, 3)), tmp_path, "TCS", "test", interval=5, replace=True)
    (tmp_path / "TCS/2023.parquet").unlink()
    (path,) = write_bars(bars(date(2024, 1, 3), date(2024, 1, 3)), tmp_path, "TCS", "test", interval=5, replace=True)
    assert pl.read_parquet_metadata(path)["hermes.interval"] == "5"


def test_a_file_that_states_nothing_fits_every_real_one(bars: Maker, tmp_path: Path) -> None:
    (tmp_path / "TCS").mkdir()
    bars(date(2023, 1, 2), date(2023, 1, 2)).write_parquet(tmp_path / "TCS/2023.parquet")
    assert write_bars(bars(date(2024, 1, 3), date(2024, 1, 3)), tmp_path, "TCS", "test", adjusted=True, interval=5)
    with pytest.raises(DataError, match="synthetic bars beside real ones"):
        write_bars(bars(date(2022, 1, 3), date(2022, 1, 3)), tmp_path, "TCS", "synthetic-sample seed=1", interval=5)


def test_metadata_says_where_the_bars_come_from(bars: Maker, tmp_path: Path) -> None:
    (path,) = write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), tmp_path, "TCS", "vendor", adjusted=True)
    said = pl.read_parquet_metadata(path)
    assert {name: said[name] for name in said if name.startswith("hermes.")} == {
        "hermes.origin": "vendor",
        "hermes.adjusted": "true",
        "hermes.interval": "1",
    }


def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_other(
    bars: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), tmp_path, "TCS", "test")
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hermes.data.store.os.fsync", full)
    with pytest.raises(DataError, match="cannot be written: No space left on device"):
        write_bars(bars(date(2024, 1, 2), date(2024, 1, 2)), tmp_path, "TCS", "test")
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == [".lock", "2024.parquet"]


def test_a_folder_that_cannot_be_made_is_named(bars: Maker, tmp_path: Path) -> None:
    (tmp_path / "minute").write_text("a file in the way")
    with pytest.raises(DataError, match="minute is a file"):
        write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), tmp_path / "minute", "TCS", "test")


def test_a_folder_without_permission_is_named(bars: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.data.store.os.access", lambda *_: False)
    with pytest.raises(DataError, match="no permission to write into"):
        write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), tmp_path, "TCS", "test")
    assert list(tmp_path.iterdir()) == [tmp_path / "data"] or not list(tmp_path.iterdir())


def test_a_symbol_in_a_file_of_its_own_is_not_written_beside(bars: Maker, tmp_path: Path) -> None:
    frame = bars(date(2024, 1, 1), date(2024, 1, 1))
    frame.write_parquet(tmp_path / "TCS.parquet")
    with pytest.raises(DataError, match="move that file away"):
        write_bars(frame, tmp_path, "TCS", "test")


def test_a_symbol_cannot_leave_the_folder(bars: Maker, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.\./x"):
        write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), tmp_path, "../x", "test")


def test_two_writers_of_one_year_lose_no_bars(bars: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), tmp_path, "TCS", "test")
    has_read, second_done = threading.Event(), threading.Event()
    real = store._stored

    def slow(*given: Any) -> pl.DataFrame:
        found = real(*given)
        if not has_read.is_set():
            has_read.set()
            # Long enough for a second writer that nothing holds back to finish; one that waits costs this pause.
            second_done.wait(1)
        return found

    monkeypatch.setattr(store, "_stored", slow)
    first = threading.Thread(
        target=write_bars, args=(bars(date(2024, 1, 2), date(2024, 1, 2)), tmp_path, "TCS", "test")
    )
    first.start()
    assert has_read.wait(10)
    (path,) = write_bars(bars(date(2024, 1, 3), date(2024, 1, 3)), tmp_path, "TCS", "test")
    second_done.set()
    first.join(10)
    assert pl.read_parquet(path).height == 3 * 375


def test_the_lock_file_is_taken_for_no_bars(bars: Maker, tmp_path: Path) -> None:
    (path,) = write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), tmp_path, "TCS", "test")
    path.unlink()
    assert [each.name for each in path.parent.iterdir()] == [".lock"]
    provider = LocalProvider(tmp_path)
    assert (provider.is_empty(), provider.symbols(), provider.series("TCS")) == (True, [], None)
