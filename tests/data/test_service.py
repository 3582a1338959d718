import logging
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hermes.data import DataService
from hermes.data.bars import BAR_SCHEMA
from hermes.data.provider import LocalProvider
from hermes.data.registry import Registry
from hermes.data.registry.database import HEAD
from hermes.data.store import write_bars
from hermes.errors import DataError, NoDataError, QualityError, UnknownNameError, UsageError
from hermes.market.instruments import Instrument
from hermes.settings import Settings

Maker = Callable[..., pl.DataFrame]
FIRST, LAST = date(2024, 1, 1), date(2024, 1, 31)
# Trading days of January 2024, Saturday the 20th among them, the 22nd and the 26th not.
SESSIONS = 22


@pytest.fixture
def service(bars: Maker, minute_dir: Path) -> Iterator[DataService]:
    write_bars(bars(FIRST, LAST), minute_dir, "TCS", "vendor")
    write_bars(bars(FIRST, LAST, 500.0), minute_dir, "M&M", "vendor")
    made = DataService()
    yield made
    made.close()


def _count_reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    reads: list[tuple[str, ...]] = []
    real = LocalProvider.read

    def counted(self: LocalProvider, series: Any, span: Any, columns: tuple[str, ...]) -> pl.DataFrame:
        reads.append(columns)
        return real(self, series, span, columns)

    monkeypatch.setattr(LocalProvider, "read", counted)
    return reads


def test_bars_have_the_agreed_columns_sorted_by_symbol_and_time(service: DataService) -> None:
    frame = service.get_market_data(["tcs", "M&M", "TCS"], date(2024, 1, 2), date(2024, 1, 3))
    assert frame.schema == BAR_SCHEMA
    assert frame.height == 2 * 750
    assert frame.equals(frame.sort("symbol", "timestamp"))
    assert frame.get_column("symbol").unique(maintain_order=True).to_list() == ["M&M", "TCS"]


def test_only_the_columns_asked_for_come_in_the_order_asked(service: DataService) -> None:
    assert service.get_market_data("TCS", columns=["close", "open"]).columns == ["close", "open"]


def test_timeframes_are_built_from_minutes(service: DataService) -> None:
    frame = service.get_market_data("TCS", FIRST, FIRST, timeframe="15m")
    assert frame.height == 25
    # Closes rise by 0.01 a minute from 100.00; high and low are half a rupee away.
    assert frame.select("open", "high", "low", "close", "volume").row(1) == (
        pytest.approx(100.15), pytest.approx(100.79), pytest.approx(99.65), pytest.approx(100.29), sum(range(16, 31)),
    )  # fmt: skip
    assert service.get_market_data("TCS", timeframe="1d").height == SESSIONS


def test_a_week_is_whole_at_its_start_and_cut_at_the_end(service: DataService) -> None:
    # 2024-01-08 and 15 are Mondays.
    whole = service.get_market_data("TCS", date(2024, 1, 8), date(2024, 1, 21), timeframe="1w")
    assert whole.height == 2
    assert whole.get_column("volume")[0] == sum(range(5 * 375 + 1, 10 * 375 + 1))
    cut = service.get_market_data("TCS", date(2024, 1, 10), date(2024, 1, 16), timeframe="1w")
    assert cut.height == 1
    assert cut.get_column("volume")[0] == sum(range(10 * 375 + 1, 12 * 375 + 1))


def test_a_cached_wider_range_serves_a_narrower_request_with_the_same_bars(
    service: DataService, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = DataService(Settings(cache_enabled=False))
    for timeframe in ("1m", "15m", "1d"):
        service.get_market_data("TCS", timeframe=timeframe)
    reads = _count_reads(monkeypatch)
    for timeframe in ("1m", "15m", "1d"):
        ask: dict[str, Any] = {"start": date(2024, 1, 9), "end": date(2024, 1, 18), "timeframe": timeframe}
        served = service.get_market_data("TCS", columns=["timestamp", "close"], **ask)
        assert not reads
        assert served.equals(fresh.get_market_data("TCS", columns=["timestamp", "close"], **ask))
        reads.clear()
    fresh.close()


def test_an_uncached_read_fills_no_cache_but_uses_what_is_there(
    service: DataService, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = service.get_market_data("TCS", FIRST, LAST, cached=False)
    assert service.cache is not None
    assert service.cache.stats().entries == 0
    kept = service.get_market_data("TCS", FIRST, LAST)
    assert service.cache.stats().entries == 1
    assert once.equals(kept)
    reads = _count_reads(monkeypatch)
    assert service.get_market_data("TCS", FIRST, LAST, cached=False).equals(kept)
    assert not reads


def test_a_changed_file_is_never_served_from_the_cache(service: DataService, bars: Maker, minute_dir: Path) -> None:
    assert service.get_market_data("TCS").get_column("close")[0] == 100.0
    write_bars(bars(FIRST, FIRST, 700.0), minute_dir, "TCS", "vendor")
    assert service.get_market_data("TCS").get_column("close")[0] == 700.0


def test_a_warm_request_costs_far_less_than_a_millisecond(service: DataService) -> None:
    service.get_market_data("TCS")
    times = []
    for _ in range(50):
        began = time.perf_counter()
        service.get_market_data("TCS", FIRST, LAST)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.001


def test_threads_share_one_service(service: DataService) -> None:
    expected = service.get_market_data("TCS", timeframe="5m")
    service.cache.clear()  # type: ignore[union-attr]
    found: list[bool] = []

    def work() -> None:
        found.extend(service.get_market_data("TCS", timeframe="5m").equals(expected) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [True] * 20


@pytest.mark.parametrize(
    ("request_", "kind", "message"),
    [
        ({"symbols": "TSC"}, UnknownNameError, r"Unknown symbol 'TSC'\. Did you mean 'TCS'\?"),
        ({"symbols": "../x"}, UsageError, r"'\.\./x'"),
        ({"symbols": "a\0b"}, UsageError, "Symbol"),
        ({"symbols": []}, UsageError, "No symbol was given"),
        ({"timeframe": "7m"}, UnknownNameError, "Unknown timeframe '7m'"),
        ({"columns": ["clos"]}, UnknownNameError, "Unknown column 'clos'. Did you mean 'close'"),
        ({"columns": []}, UsageError, "No column was asked for"),
        ({"quality": "ignore"}, UnknownNameError, "Unknown quality policy 'ignore'"),
        ({"start": LAST, "end": FIRST}, UsageError, "The end 2024-01-01 is before the start 2024-01-31"),
        (
            {"start": date(2030, 1, 1)},
            NoDataError,
            "TCS has no 1m bars from 2030-01-01. Stored: 2024-01-01 to 2024-01-31",
        ),
        ({"end": date(2000, 1, 1)}, NoDataError, "no 1m bars to 2000-01-01"),
        ({"start": date(2024, 1, 6), "end": date(2024, 1, 7)}, NoDataError, "TCS has no 1m bars from 2024-01-06"),
    ],
)
def test_a_wrong_request_says_what_was_wrong(
    service: DataService, request_: dict[str, Any], kind: type[Exception], message: str
) -> None:
    for _ in range(2):  # the second time from the cache
        with pytest.raises(kind, match=message):
            service.get_market_data(**{"symbols": "TCS", **request_})


def test_no_store_at_all_says_how_to_get_bars() -> None:
    with pytest.raises(UnknownNameError, match="hermes data sample"):
        DataService().get_market_data("TCS")
    assert DataService().list_instruments() == []


def test_a_file_without_rows_says_so(bars: Maker, minute_dir: Path) -> None:
    minute_dir.mkdir(parents=True)
    bars(FIRST, FIRST).clear().write_parquet(minute_dir / "TCS.parquet")
    with pytest.raises(NoDataError, match="its files hold no row"):
        DataService().get_market_data("TCS")
    assert DataService().get_date_range("TCS") is None


def test_a_torn_file_fails_alone(service: DataService, minute_dir: Path) -> None:
    (minute_dir / "TORN.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"TORN\.parquet cannot be read"):
        service.get_market_data("TORN")
    assert service.get_market_data("TCS", FIRST, FIRST).height == 375
    service.flush()
    logs = Registry(service.settings.database_address).load_logs()
    assert "TORN.parquet cannot be read" in logs[1].error


def test_the_sample_is_used_only_while_there_are_no_real_bars(bars: Maker, isolation: Path, minute_dir: Path) -> None:
    write_bars(bars(FIRST, LAST), isolation / "sample" / "minute", "INFY", "synthetic-sample seed=1")
    service = DataService()
    assert service.describe("INFY").synthetic
    assert [each.symbol for each in service.list_instruments()] == ["INFY"]
    write_bars(bars(FIRST, FIRST), minute_dir, "TCS", "vendor")
    assert [each.symbol for each in service.list_instruments()] == ["TCS"]
    with pytest.raises(UnknownNameError):
        service.get_market_data("INFY")
    service.close()


def test_official_daily_bars_are_preferred_for_days_and_weeks(service: DataService, isolation: Path) -> None:
    daily = service.get_market_data("TCS", timeframe="1d").with_columns(close=pl.lit(123.0), high=pl.lit(200.0))
    write_bars(daily, isolation / "daily", "TCS", "exchange", interval=None)
    write_bars(daily, isolation / "daily", "SBIN", "exchange", interval=None)
    assert service.get_market_data("TCS", timeframe="1d").get_column("close").unique().to_list() == [123.0]
    assert service.get_market_data("TCS", timeframe="1w").get_column("close").unique().to_list() == [123.0]
    assert service.get_market_data("TCS", FIRST, FIRST).get_column("close")[0] == 100.0
    assert service.describe("TCS", "1d").official_daily
    assert not service.describe("TCS", "15m").official_daily
    assert service.get_date_range("SBIN") == (FIRST, LAST)
    with pytest.raises(NoDataError, match="SBIN has daily bars only"):
        service.get_market_data("SBIN", timeframe="15m")


def test_describe_says_where_bars_come_from(service: DataService) -> None:
    source = service.describe("tcs")
    assert (source.symbol, source.origin, source.rows, source.first_day, source.last_day) == (
        "TCS", "vendor", service.get_market_data("TCS").height, FIRST, LAST,
    )  # fmt: skip
    assert (source.synthetic, source.adjusted, source.official_daily, source.interval) == (False, False, False, 1)
    assert service.get_date_range("TCS") == (FIRST, LAST)
    assert service.get_date_range("INFY") is None


def test_bad_rows_follow_the_policy_and_are_reported(bars: Maker, minute_dir: Path) -> None:
    frame = bars(FIRST, FIRST).with_columns(
        close=pl.when(pl.int_range(pl.len()) == 5).then(float("nan")).otherwise("close")
    )
    write_bars(frame, minute_dir, "TCS", "vendor")
    service = DataService()
    assert service.get_market_data("TCS").height == 374
    assert service.get_market_data("TCS", quality="keep").height == 375
    assert service.get_market_data("TCS", columns=["volume"]).height == 374
    for _ in range(2):
        with pytest.raises(QualityError, match="1 of 375 rows are bad"):
            service.get_market_data("TCS", quality="raise")
    assert service.quality("TCS").count("missing") == 1
    service.close()


def test_rows_without_a_time_or_a_whole_volume_are_reported_not_lost(bars: Maker, minute_dir: Path) -> None:
    minute_dir.mkdir(parents=True)
    row = pl.int_range(pl.len())
    bars(FIRST, FIRST).with_columns(
        pl.when(row != 3).then("timestamp").alias("timestamp"),
        pl.when(row == 5).then(float("nan")).otherwise(pl.col("volume").cast(pl.Float64)).alias("volume"),
    ).write_parquet(minute_dir / "TCS.parquet")
    service = DataService()
    report = service.quality("TCS")
    assert (report.rows, report.bad_rows, report.count("missing")) == (375, 2, 2)
    assert report.problems[0].examples[0].startswith("no time open 100.03")
    assert service.get_market_data("TCS").height == 373
    service.close()


def test_files_are_checked_once_and_remembered_by_the_registry(
    service: DataService, monkeypatch: pytest.MonkeyPatch, bars: Maker, minute_dir: Path
) -> None:
    service.get_market_data("TCS")
    report, source = service.quality("TCS"), service.describe("TCS")
    service.close()
    looks: list[str] = []

    def look(*_: Any, **__: Any) -> None:
        looks.append("look")
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr("hermes.data.service.check_bars", look)
        patch.setattr(LocalProvider, "facts", look)
        again = DataService()
        assert again.quality("TCS") == report
        assert again.describe("TCS") == source
        assert again.get_market_data("TCS").height == report.rows
        again.close()
    assert not looks
    write_bars(bars(FIRST, FIRST, 900.0), minute_dir, "TCS", "vendor")
    changed = DataService()
    assert changed.quality("TCS").identity != report.identity
    changed.close()


def test_a_change_of_the_instrument_makes_a_new_quality_report(
    service: DataService, bars: Maker, minute_dir: Path
) -> None:
    # From 2026-08-03 a share with derivatives ends continuous trading before 15:30, for the closing auction.
    write_bars(bars(date(2026, 8, 3), date(2026, 8, 3)), minute_dir, "NEWCO", "vendor")
    assert service.quality("NEWCO").clean
    service.close()
    registry = Registry(service.settings.database_address)
    registry.save_instruments([Instrument("NEWCO", has_derivatives=True)])
    registry.close()
    again = DataService()
    assert again.quality("NEWCO").count("outside_session") > 0
    assert again.get_market_data("NEWCO").height < 375
    again.close()


def test_every_load_is_logged_off_the_callers_path(service: DataService) -> None:
    service.get_market_data("TCS", FIRST, FIRST, timeframe="15m")
    service.get_market_data("TCS", FIRST, FIRST, timeframe="15m")
    service.flush()
    logs = Registry(service.settings.database_address).load_logs()
    assert [(log.symbol, log.timeframe, log.start_day, log.rows, log.cached) for log in logs] == [
        ("TCS", "15m", FIRST, 25, True),
        ("TCS", "15m", FIRST, 25, False),
    ]
    assert all(0 < log.seconds < 60 for log in logs)
    known = Registry(service.settings.database_address)
    assert known.instruments()["TCS"] == service.instrument("TCS")


def test_without_a_registry_nothing_else_is_missing(bars: Maker, minute_dir: Path, isolation: Path) -> None:
    write_bars(bars(FIRST, LAST), minute_dir, "TCS", "vendor")
    service = DataService(Settings(registry_enabled=False))
    assert service.get_market_data("TCS", timeframe="1d").height == SESSIONS
    assert service.quality("TCS").clean
    assert service.describe("TCS").origin == "vendor"
    assert [each.symbol for each in service.search_instruments("tcs")] == ["TCS"]
    report = service.health_check()
    assert report.healthy
    assert "off (HERMES_REGISTRY_ENABLED)" in {each.name: each.detail for each in report.checks}["registry"]
    service.close()
    assert not list(isolation.glob("*.sqlite"))


def test_without_a_registry_sqlalchemy_is_never_loaded() -> None:
    code = "import sys, hermes.data; hermes.data.DataService(); print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("address", ["postgresql://u:hunter2@127.0.0.1:1/db", "sqlite:////proc/nowhere/x.sqlite"])
def test_an_unreachable_database_is_one_warning_and_bars_are_read(
    bars: Maker, minute_dir: Path, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    write_bars(bars(FIRST, LAST), minute_dir, "TCS", "vendor")
    service = DataService(Settings(database_url=address))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert service.get_market_data("TCS", timeframe="1d").height == SESSIONS
        service.close()
    assert caplog.text.count("Going on without the registry for now.") == 1
    assert "hunter2" not in caplog.text
    health = service.health_check()
    assert not health.healthy
    assert [each.name for each in health.checks if not each.ok] == ["registry"]


def test_a_locked_database_never_breaks_a_read(
    service: DataService, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.data.registry.database._WAIT_SECONDS", 0.1)
    Registry(service.settings.database_address).load_logs()
    other = sqlite3.connect(service.settings.data_root / "hermes.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with caplog.at_level(logging.WARNING):
        assert service.get_market_data("TCS", timeframe="1d").height == SESSIONS
        service.flush()
    assert "load logs could not be written" in caplog.text
    assert "database is locked" in caplog.text
    other.close()


def test_instruments_are_listed_with_what_is_known_of_them(service: DataService) -> None:
    listed = service.list_instruments()
    assert [each.symbol for each in listed] == ["M&M", "TCS"]
    assert listed[0].sector
    assert service.instrument("nosuch").symbol == "NOSUCH"


def test_health_names_what_is_unwell(service: DataService, minute_dir: Path) -> None:
    assert service.health_check().healthy
    details = {each.name: each.detail for each in service.health_check().checks}
    assert "2 symbols" in details["bars"]
    assert f"schema {HEAD}" in details["registry"]
    empty = DataService(Settings(data_root=minute_dir / "deeper", cache_enabled=False, registry_enabled=False))
    unwell = {each.name: each for each in empty.health_check().checks}
    assert not unwell["bars"].ok
    assert "will be made" in unwell["data folder"].detail
    assert "off" in unwell["cache"].detail
