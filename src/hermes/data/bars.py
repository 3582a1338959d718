"""What a frame of bars looks like, and the border between exchange-local days and UTC time stamps."""

from datetime import date, timedelta
from typing import Final

import polars as pl

from hermes.market.sessions import IST_OFFSET_US

# One row a bar, sorted by (symbol, timestamp). `timestamp` is the bar's start; prices are rupees, volume units traded,
# oi contracts outstanding at the bar's end (0 where there is none).
BAR_SCHEMA: Final = pl.Schema(
    {
        "symbol": pl.String(),
        "timestamp": pl.Datetime("us", "UTC"),
        "open": pl.Float64(),
        "high": pl.Float64(),
        "low": pl.Float64(),
        "close": pl.Float64(),
        "volume": pl.Int64(),
        "oi": pl.Int64(),
    }
)
BAR_COLUMNS: Final = tuple(BAR_SCHEMA)
PRICES: Final = ("open", "high", "low", "close")

_DAY_US: Final = 86_400_000_000
_EPOCH: Final = date(1970, 1, 1)


def empty_bars(columns: tuple[str, ...] = BAR_COLUMNS) -> pl.DataFrame:
    """A frame of no bars with the given columns of BAR_SCHEMA."""
    return pl.DataFrame(schema={name: BAR_SCHEMA[name] for name in columns})


def day_start_us(day: date) -> int:
    """Microseconds since 1970 UTC at which the exchange-local `day` begins.

    India has had one offset, +05:30, since 1945, so the fixed offset is exact and needs no time-zone table.
    """
    return (day - _EPOCH).days * _DAY_US - IST_OFFSET_US


def day_of_us(stamp: int) -> date:
    """The exchange-local day of a UTC time stamp in microseconds."""
    return _EPOCH + timedelta(days=(stamp + IST_OFFSET_US) // _DAY_US)


def local_day(column: str = "timestamp") -> pl.Expr:
    """The exchange-local day (Date) of a UTC time-stamp column."""
    days = (pl.col(column).to_physical() + IST_OFFSET_US).floordiv(_DAY_US)
    return days.cast(pl.Int32).cast(pl.Date)
