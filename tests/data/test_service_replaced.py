import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hermes.data import DataService
from hermes.data.provider import LocalProvider
from hermes.data.store import write_bars
from hermes.errors import DataError, UnknownNameError
from hermes.settings import Settings

Maker = Callable[..., pl.DataFrame]
FIRST, LAST = date(2024, 1, 1), date(2024, 1, 5)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.data.steady.PAUSES", (0.0, 0.0, 0.0))


@pytest.fixture
def service(bars: Maker, minute_dir: Path) -> DataService:
    write_bars(bars(FIRST, LAST), minute_dir, "TCS", "vendor")
    return DataService(Settings(registry_enabled=False))


def _before_each(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[int], None]) -> list[int]:
    """Call `act` with 0, 1, ... before each call of the provider's method; the calls so far."""
    calls: list[int] = []
    real = getattr(LocalProvider, name)

    def wrapped(self: LocalProvider, *given: Any) -> Any:
        calls.append(len(calls))
        act(calls[-1])
        return real(self, *given)

    monkeypatch.setattr(LocalProvider, name, wrapped)
    return calls


@pytest.mark.parametrize("name", ["read", "facts"])
def test_a_file_replaced_while_it_is_read_is_read_anew(
    service: DataService, bars: Maker, minute_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def replace(call: int) -> None:
        if call == 0:
            write_bars(bars(FIRST, FIRST, 700.0), minute_dir, "TCS", "vendor")
            # What a reader says that took the footer from the old file and the pages from the new one.
            raise DataError("TCS cannot be read as Parquet.")

    _before_each(monkeypatch, name, replace)
    assert service.get_market_data("TCS").get_column("close")[0] == 700.0
    assert service.describe("TCS").rows == 5 * 375


def test_a_description_outlives_a_replaced_file(
    service: DataService, bars: Maker, minute_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(call: int) -> None:
        if call in (0, 2):
            write_bars(bars(date(2024, 1, 8 + call), date(2024, 1, 8 + call)), minute_dir, "TCS", "vendor")
            raise DataError("TCS cannot be read as Parquet.")

    _before_each(monkeypatch, "facts", replace)
    assert service.describe("TCS").rows == 6 * 375
    # The second replacement meets the range of days: both new days are there.
    service.close()
    fresh = DataService(Settings(registry_enabled=False))
    assert fresh.get_date_range("TCS") == (FIRST, date(2024, 1, 10))


def test_the_guard_looks_again_at_a_replaced_file(
    service: DataService, bars: Maker, minute_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(call: int) -> None:
        if call == 0:
            write_bars(bars(date(2024, 1, 8), date(2024, 1, 8)), minute_dir, "TCS", "vendor")
            raise DataError("TCS cannot be read as Parquet.")

    _before_each(monkeypatch, "read", replace)
    assert service.quality("TCS").rows == 6 * 375


def test_rows_of_a_new_file_are_never_judged_by_the_report_on_the_old_one(
    service: DataService, bars: Maker, minute_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(call: int) -> None:
        # Call 0 is the guard's look at the whole clean file, call 1 reads the bars.
        if call == 1:
            spoilt = pl.concat([bars(FIRST, FIRST).with_columns(close=float("nan")), bars(date(2024, 1, 2), LAST)])
            write_bars(spoilt, minute_dir, "TCS", "vendor", replace=True)

    _before_each(monkeypatch, "read", replace)
    assert service.get_market_data("TCS").height == 4 * 375


def test_a_file_that_stays_as_it_is_is_read_once_and_its_error_stands(
    service: DataService, minute_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (minute_dir / "TCS/2024.parquet").write_bytes(b"PAR1 torn")
    calls = _before_each(monkeypatch, "facts", lambda _: None)
    with pytest.raises(DataError, match=r"2024\.parquet cannot be read as Parquet"):
        service.get_market_data("TCS")
    assert calls == [0]


def test_a_file_that_never_rests_is_an_error_that_says_so(
    service: DataService, bars: Maker, minute_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(call: int) -> None:
        write_bars(bars(FIRST, FIRST, 200.0 + call), minute_dir, "TCS", "vendor")

    _before_each(monkeypatch, "facts", replace)
    with pytest.raises(DataError, match="The files of TCS change while they are read"):
        service.get_market_data("TCS")


def test_files_removed_while_they_are_read_are_an_unknown_symbol(
    service: DataService, minute_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(call: int) -> None:
        if call == 0:
            (minute_dir / "TCS/2024.parquet").unlink()

    _before_each(monkeypatch, "facts", remove)
    with pytest.raises(UnknownNameError, match="Unknown symbol 'TCS'"):
        service.get_market_data("TCS")


def test_a_reader_beside_a_writer_never_fails(service: DataService, bars: Maker, minute_dir: Path) -> None:
    done = threading.Event()

    def write() -> None:
        for turn in range(15):
            write_bars(bars(FIRST, date(2024, 1, 2 + turn % 4), 300.0 + turn), minute_dir, "TCS", "vendor")
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set() or reads < 5:
        try:
            assert service.get_market_data("TCS", timeframe="15m", cached=False).height == 5 * 25
        except DataError as error:
            assert "change while they are read" in str(error)  # noqa: PT017 - a busy machine may never find it at rest
        reads += 1
    writer.join()
