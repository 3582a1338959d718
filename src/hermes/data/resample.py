"""Longer bars out of shorter ones, anchored at each session's open."""

from functools import cache
from typing import Final

import polars as pl

from hermes.data.timeframe import Timeframe
from hermes.market.sessions import IST_OFFSET_US, nse_calendar

_DAY_US: Final = 86_400_000_000
_MINUTE_US: Final = 60_000_000
# 09:15 IST, the open of every normal session since 2010-01-04, as an offset from the exchange-local midnight.
_NORMAL_OPEN_US: Final = (9 * 60 + 15) * _MINUTE_US


def resample(bars: pl.DataFrame, timeframe: Timeframe | str) -> pl.DataFrame:
    """Build bars of `timeframe` from shorter `bars` (a frame of BAR_SCHEMA or a part of its columns, sorted).

    Intraday buckets start at the session's open and never cross sessions or midnights; a day is a session, labelled by
    its open; a week is the sessions of an ISO week, labelled by the open of the first one that has bars. open = first,
    high = max, low = min, close = last, volume = sum, oi = last. A bucket without bars gives no bar. Sessions with
    another open than 09:15 IST (Muhurat) come from the calendar; days it does not know count as normal ones.
    Raises UnknownNameError for an unknown timeframe.
    """
    timeframe = Timeframe.parse(timeframe)
    if timeframe is Timeframe.M1 or bars.is_empty():
        return bars
    local = bars.get_column("timestamp").to_physical() + IST_OFFSET_US
    day = local // _DAY_US
    opened = _opens(day)
    if timeframe.minutes is not None:
        width = timeframe.minutes * _MINUTE_US
        since = local - IST_OFFSET_US - opened
        stamp = opened + since // width * width
        if since.min() < 0:  # type: ignore[operator]
            # Before the open the grid need not meet midnight: its first bucket of a day must not reach into the last.
            midnight = day * _DAY_US - IST_OFFSET_US
            stamp = stamp.zip_with(stamp > midnight, midnight)
        bucket = stamp
    else:
        stamp = opened
        # Day 0 of the epoch was a Thursday, so weeks that start on Monday are shifted by three days.
        bucket = day if timeframe is Timeframe.D1 else (day + 3) // 7
    # Bars are sorted by symbol first, so the ends tell whether there is one; a single sorted key groups fastest.
    symbols = bars.get_column("symbol") if "symbol" in bars.columns else None
    several = symbols is not None and symbols[0] != symbols[-1]
    if not several and bucket.is_sorted():
        bucket = bucket.set_sorted()
    label = pl.col("stamp").first().cast(pl.Datetime("us", "UTC")).alias("timestamp")
    named = [pl.col("symbol").first()] if symbols is not None and not several else []
    return (
        bars.with_columns(stamp.alias("stamp"), bucket.alias("bucket"))
        .lazy()
        .group_by(["symbol", "bucket"] if several else ["bucket"], maintain_order=True)
        .agg(*named, label, *(each for name, each in _AGGREGATE.items() if name in bars.columns))
        .select(bars.columns)
        .collect()
    )


_AGGREGATE: Final = {
    "open": pl.col("open").first(),
    "high": pl.col("high").max(),
    "low": pl.col("low").min(),
    "close": pl.col("close").last(),
    "volume": pl.col("volume").sum(),
    "oi": pl.col("oi").last(),
}


def _opens(day: pl.Series) -> pl.Series:
    """The open (microseconds UTC) of the session of each exchange-local day number."""
    normal = day * _DAY_US + (_NORMAL_OPEN_US - IST_OFFSET_US)
    low, high = day.min(), day.max()
    special = _special_opens().filter(pl.col("day").is_between(low, high))
    if special.is_empty():
        return normal
    # A handful of days: finding each of them is several times faster than a join.
    days, opens = day.to_numpy(), normal.to_numpy().copy()
    for number, opened in special.rows():
        opens[days == number] = opened
    return pl.Series(opens)


@cache
def _special_opens() -> pl.DataFrame:
    """Day number and open (microseconds UTC) of every known session that does not open at 09:15 IST."""
    calendar = nse_calendar()
    table = calendar.table(calendar.first_day, calendar.last_day)
    opens = table.group_by("day").agg(pl.col("open").min())
    numbers = opens.select(pl.col("day").to_physical().cast(pl.Int64), pl.col("open").to_physical().cast(pl.Int64))
    return numbers.filter(pl.col("open") != pl.col("day") * _DAY_US + (_NORMAL_OPEN_US - IST_OFFSET_US)).sort("day")
