"""Bars made by hand."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from hermes.data.bars import BAR_COLUMNS, BAR_SCHEMA

MakeBars = Callable[..., pl.DataFrame]


@pytest.fixture
def make_bars() -> MakeBars:
    """closes -> bars of a minute each from 2024-01-01 09:15 IST on, or at the given UTC times."""

    def make(closes: Sequence[float], times: Sequence[datetime] | None = None, symbol: str = "ABC") -> pl.DataFrame:
        first = datetime(2024, 1, 1, 3, 45, tzinfo=UTC)
        stamps = times or [first + timedelta(minutes=t) for t in range(len(closes))]
        prices = pl.Series(closes, dtype=pl.Float64)
        frame = pl.DataFrame(
            {"timestamp": stamps, "open": prices, "high": prices + 1, "low": prices - 1, "close": prices}
        )
        full = frame.with_columns(symbol=pl.lit(symbol), volume=pl.lit(100), oi=pl.lit(0))
        return full.select(BAR_COLUMNS).cast(BAR_SCHEMA)

    return make
