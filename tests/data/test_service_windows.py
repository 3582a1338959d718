from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from hermes.data import DataService
from hermes.data.bars import BAR_COLUMNS, empty_bars
from hermes.data.store import write_bars
from hermes.errors import NoDataError
from hermes.settings import Settings

Maker = Callable[..., pl.DataFrame]
# Monday 2023-12-11 to Sunday 2024-01-21: six ISO weeks over the end of a year.
FIRST, LAST = date(2023, 12, 11), date(2024, 1, 21)
IST = ZoneInfo("Asia/Kolkata")


def _night_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows outside sessions on both sides of midnights between weeks, years and days."""
    stamps = [
        datetime(*day, hour, minute, tzinfo=IST).astimezone(UTC)
        for day in ((2023, 12, 17), (2023, 12, 18), (2023, 12, 31), (2024, 1, 1), (2024, 1, 9), (2024, 1, 10))
        for hour, minute in ((0, 0), (0, 3), (2, 0), (9, 7), (15, 31), (21, 20), (23, 52), (23, 59))
    ]
    rows = frame.sample(len(stamps), seed=3)
    return rows.with_columns(pl.Series("timestamp", stamps, dtype=pl.Datetime("us", "UTC")))


def _spoilt(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """`frame` with rows that break every rule, duplicates good and bad before and after their originals, shuffled."""
    chance = np.random.default_rng(seed)
    draw = pl.Series(chance.random(frame.height))
    spoilt = frame.with_columns(
        close=pl.when(draw < 0.01).then(float("nan")).otherwise("close"),
        high=pl.when(draw.is_between(0.01, 0.02)).then(None).otherwise("high"),
        low=pl.when(draw.is_between(0.02, 0.03)).then(-1.0).otherwise("low"),
        open=pl.when(draw.is_between(0.03, 0.04)).then(pl.col("high") + 9).otherwise("open"),
        volume=pl.when(draw.is_between(0.04, 0.05)).then(None).otherwise("volume"),
    )
    again = frame.sample(300, seed=seed).with_columns(
        close=pl.when(pl.int_range(pl.len()) % 3 == 0).then(float("inf")).otherwise(pl.col("close") + 0.25)
    )
    timeless = frame.head(2).with_columns(timestamp=pl.lit(None, pl.Datetime("us", "UTC")))
    mixed = pl.concat([spoilt, again, _night_rows(frame), timeless])
    # Rows that are a little out of order, as vendors' files have them.
    return mixed.with_columns(at=pl.int_range(pl.len()) % frame.height + pl.Series(chance.normal(0, 400, mixed.height)))


def _weeks(first: date, last: date) -> Iterator[tuple[date, date]]:
    start = first
    while start <= last:
        end = start + timedelta(days=6 - start.weekday())
        yield start, min(end, last)
        start = end + timedelta(days=1)


@pytest.fixture
def spoilt_dir(bars: Maker, minute_dir: Path) -> Path:
    folder = minute_dir / "TCS"
    folder.mkdir(parents=True)
    frame = _spoilt(bars(FIRST, LAST), 7).sort("at").drop("at")
    local_year = pl.col("timestamp").dt.convert_time_zone("Asia/Kolkata").dt.year().fill_null(2024)
    for year in (2023, 2024):
        frame.filter(local_year == year).write_parquet(folder / f"{year}.parquet")
    return minute_dir


@pytest.mark.parametrize("quality", ["drop", "keep"])
@pytest.mark.parametrize("timeframe", ["1m", "3m", "5m", "10m", "15m", "30m", "1h", "4h", "1d", "1w"])
@pytest.mark.parametrize("span", [(FIRST, LAST), (date(2023, 12, 13), date(2024, 1, 10)), (date(2023, 12, 31), LAST)])
def test_weeks_read_one_after_the_other_are_the_rows_of_one_read(
    spoilt_dir: Path, timeframe: str, quality: Literal["drop", "keep"], span: tuple[date, date]
) -> None:
    service = DataService(Settings(registry_enabled=False))

    def read(start: date, end: date, *, cached: bool) -> pl.DataFrame:
        try:
            return service.get_market_data("TCS", start, end, timeframe=timeframe, quality=quality, cached=cached)
        except NoDataError:
            return empty_bars(BAR_COLUMNS)

    whole = read(*span, cached=False)
    assert whole.get_column("timestamp").is_sorted()
    assert whole.height > 0
    assert pl.concat(read(*week, cached=False) for week in _weeks(*span)).equals(whole)
    # Cut from a cached whole they are the same rows too.
    read(*span, cached=True)
    assert pl.concat(read(*week, cached=True) for week in _weeks(*span)).equals(whole)
    service.close()


def test_official_daily_bars_in_weeks_are_those_of_one_read(bars: Maker, isolation: Path) -> None:
    service = DataService(Settings(registry_enabled=False))
    write_bars(bars(FIRST, LAST), isolation / "minute", "INFY", "test")
    daily = service.get_market_data("INFY", timeframe="1d")
    write_bars(daily, isolation / "daily", "TCS", "exchange", interval=None)
    for timeframe in ("1d", "1w"):
        whole = service.get_market_data("TCS", FIRST, LAST, timeframe=timeframe)
        parts = [
            service.get_market_data("TCS", *week, timeframe=timeframe, cached=False) for week in _weeks(FIRST, LAST)
        ]
        assert pl.concat(parts).equals(whole)
    service.close()
