from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hermes.market.sessions import nse_calendar

Maker = Callable[..., pl.DataFrame]


def minute_bars(first: date, last: date, price: float = 100.0) -> pl.DataFrame:
    """A bar for every minute the exchange traded; close rises by 1 paisa a bar from `price`."""
    spans = nse_calendar().table(first, last)
    stamps = spans.select(pl.datetime_ranges("open", "close", "1m", closed="left").alias("timestamp")).explode(
        "timestamp"
    )
    close = price + pl.int_range(pl.len()) * 0.01
    return stamps.select(
        "timestamp",
        open=close,
        high=close + 0.5,
        low=close - 0.5,
        close=close,
        volume=pl.int_range(1, pl.len() + 1),
        oi=pl.lit(0, pl.Int64),
    )


@pytest.fixture
def bars() -> Maker:
    return minute_bars


@pytest.fixture
def minute_dir(isolation: Path) -> Path:
    return isolation / "minute"
