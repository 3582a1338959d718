"""Seeded minute bars and the folder they are stored in, the same for every contender."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from hermes.market import nse_calendar

BARS = 93_750  # 250 sessions of 375 minutes
FIVE_YEARS = 5 * BARS


def minute_bars(seed: int = 5, count: int = BARS, symbol: str = "BENCH") -> pl.DataFrame:
    """`count` one-minute bars of a random walk on the session calendar, prices on a 0.05 tick.

    They begin in 2022, or in 2019 where they would not end by 2024.
    """
    rng = np.random.default_rng(seed)
    starts: list[np.ndarray] = []
    for session in nse_calendar().sessions(date(2022 if count <= 2 * BARS else 2019, 1, 3), date(2024, 12, 31)):
        if session.minutes == 375:
            first = np.datetime64(session.open.replace(tzinfo=None), "us")
            starts.append(first + np.arange(375) * np.timedelta64(60_000_000, "us"))
    stamps = np.concatenate(starts)[:count]
    close = np.round(1_000 * np.exp(np.cumsum(rng.normal(0, 4e-4, count))) / 0.05) * 0.05
    opened = np.concatenate(([1_000.0], close[:-1]))
    wick = np.round(rng.exponential(0.3, (2, count)) / 0.05) * 0.05
    return pl.DataFrame(
        {
            "symbol": [symbol] * count,
            "timestamp": pl.Series(stamps).dt.replace_time_zone("UTC"),
            "open": opened.round(2),
            "high": (np.maximum(opened, close) + wick[0]).round(2),
            "low": (np.minimum(opened, close) - wick[1]).round(2),
            "close": close.round(2),
            "volume": rng.integers(5_000, 50_000, count),
            "oi": np.zeros(count, dtype=np.int64),
        }
    )


def store(bars: pl.DataFrame, root: Path) -> None:
    """Write `bars`, of one symbol, where a data service with data root `root` finds them."""
    from hermes.data.store import write_bars

    write_bars(bars, root / "minute", bars["symbol"][0], origin="benchmark walk", adjusted=False)
