"""Returns of each calendar month and year, from the equity at the end of each."""

from dataclasses import dataclass
from itertools import groupby

import polars as pl


@dataclass(frozen=True, slots=True)
class YearReturns:
    """One row of the table: twelve months (None where the run has no bar in one) and the whole year, as fractions."""

    year: int
    months: tuple[float | None, ...]
    whole: float | None


def monthly_returns(equity: pl.DataFrame, initial_cash: float) -> list[YearReturns]:
    """`equity` (timestamp, equity) as one row a year: E at the month's last bar / E at the last bar before it - 1.

    Months are exchange-local; the first starts from `initial_cash`. A return on nothing (E <= 0) is None.
    """
    local = pl.col("timestamp").dt.convert_time_zone("Asia/Kolkata")
    ends = equity.group_by(local.dt.year().alias("year"), local.dt.month().alias("month")).agg(
        pl.col("equity").sort_by("timestamp").last()
    )
    marks = {(year, month): value for year, month, value in ends.iter_rows()}
    return _rows(marks, initial_cash)


def _rows(marks: dict[tuple[int, int], float], initial_cash: float) -> list[YearReturns]:
    rows = []
    before = initial_cash
    for year, months in groupby(sorted(marks), key=lambda each: each[0]):
        opened = before
        found: dict[int, float | None] = {}
        for _, month in months:
            found[month] = _change(before, marks[year, month])
            before = marks[year, month]
        rows.append(YearReturns(year, tuple(found.get(month) for month in range(1, 13)), _change(opened, before)))
    return rows


def _change(before: float, after: float) -> float | None:
    return after / before - 1 if before > 0 else None
