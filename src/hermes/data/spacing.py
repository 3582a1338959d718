"""How far apart the bars of a table are, and what its time stamps stand for."""

import math
from typing import Final, Literal

import polars as pl

from hermes.data.bars import local_day
from hermes.data.timeframe import Timeframe
from hermes.errors import DataError
from hermes.market.sessions import IST, nse_calendar

Label = Literal["start", "end"]
_MINUTE_US: Final = 60_000_000
# Minute bars of some vendors are snapshots taken up to this much early or late.
_CLOCK_US: Final = 10_000_000
_LENGTHS: Final = tuple(each.minutes for each in Timeframe if each.minutes is not None)
# From so many distances on, one in a hundred is a stray row and more than half are the rule.
_MANY: Final = 30
_STRAY: Final = 0.01


def interval_of(stamps: pl.Series, label: Label) -> int | None:
    """The length in minutes of the bars that `stamps` (UTC) label; None where each of several days has one bar.

    It is the largest length that every distance between neighbours is a multiple of, since bars without trades are
    left out by many vendors. Only distances within one session count, if there is any, to the nearest minute.
    Raises DataError where that is no length of a Timeframe, and where a few rows lie off the grid of all others.
    """
    rows = _with_sessions(stamps)
    gap = pl.col("timestamp").diff().dt.total_microseconds().over("open")
    # The last bar of a session, labelled by its end, may be cut short by the close.
    inside = _inside(label) if label == "start" else _inside(label) & (pl.col("timestamp") < pl.col("close"))
    for kept in (rows.filter(inside), rows.filter(_inside(label)), rows.with_columns(open=local_day())):
        gaps = kept.with_columns(gap=gap).drop_nulls("gap")
        if not gaps.is_empty():
            return _common(gaps)
    # One bar on each of several days is a daily file; a lone bar with a time of day is a minute.
    return 1 if rows.height == 1 else None


def starts_of(stamps: pl.Series, interval: int) -> pl.Series:
    """The starts of bars of `interval` minutes that `stamps` (UTC, any order) label by their ends.

    A bar that ends with its session starts where the session's last bar does, which may be shorter than the others.
    """
    rows = _with_sessions(stamps)
    width = interval * _MINUTE_US
    length = (pl.col("close") - pl.col("open")).dt.total_microseconds()
    last = (length - 1) % width + 1
    back = pl.when(pl.col("timestamp") == pl.col("close")).then(last).otherwise(width)
    moved = rows.select("timestamp", start=pl.col("timestamp") - pl.duration(microseconds=back))
    return pl.DataFrame({"timestamp": stamps}).join(moved, on="timestamp", how="left", maintain_order="left")["start"]


def _with_sessions(stamps: pl.Series) -> pl.DataFrame:
    """Distinct stamps in order with `open` and `close` of the span of trading that began last (null before all)."""
    calendar = nse_calendar()
    spans = calendar.table(calendar.first_day, calendar.last_day).select("open", "close").sort("open")
    distinct = pl.DataFrame({"timestamp": stamps}).unique().sort("timestamp")
    return distinct.join_asof(spans, left_on="timestamp", right_on="open", coalesce=False)


def _inside(label: Label) -> pl.Expr:
    stamp, opened, closed = pl.col("timestamp"), pl.col("open"), pl.col("close")
    return (stamp < closed) if label == "start" else (stamp > opened) & (stamp <= closed)


def _common(gaps: pl.DataFrame) -> int:
    minutes = (pl.col("gap") / _MINUTE_US).round().cast(pl.Int64)
    off = (pl.col("minutes") == 0) | ((pl.col("gap") - pl.col("minutes") * _MINUTE_US).abs() > _CLOCK_US)
    gaps = gaps.with_columns(minutes=minutes).with_columns(off=off)
    if gaps.get_column("off").sum() > gaps.height / 2:
        seconds = _commonest(gaps.filter("off").get_column("gap")) / 1e6
        raise DataError(f"The bars are {seconds:g} seconds apart. The store holds bars of whole minutes, or days.")
    column = gaps.get_column("minutes")
    found, usual = math.gcd(*column.unique().to_list()), _commonest(column)
    often = (column == usual).sum() > column.len() / 2
    if column.len() >= _MANY and often and (column == found).sum() < _STRAY * column.len():
        stray = gaps.filter(pl.col("minutes") % usual != 0).get_column("timestamp")[0].astimezone(IST)
        raise DataError(
            f"Most bars are {usual} minutes apart, but not all: the first off their grid is at "
            f"{stray:%Y-%m-%d %H:%M:%S} IST. Take the rows off the grid out of the file, or import each length of bars "
            "from a file of its own."
        )
    if found not in _LENGTHS:
        known = f"{', '.join(str(each) for each in _LENGTHS[:-1])} or {_LENGTHS[-1]}"
        raise DataError(f"The bars are {found} minutes apart. The store holds bars of {known} minutes, or days.")
    return found


def _commonest(values: pl.Series) -> int:
    return int(values.mode().min())  # type: ignore[arg-type]
