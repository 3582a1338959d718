"""Momentum indicators."""

import polars as pl

from hermes.strategy.indicators.average import column


def rsi(period: int = 14, source: str | pl.Expr = "close") -> pl.Expr:
    """Wilder's relative strength index, 0 to 100; null for the first `period` bars."""
    change = column(source).diff()
    up = change.clip(lower_bound=0).ewm_mean(alpha=1 / period, adjust=False, min_samples=period)
    down = (-change).clip(lower_bound=0).ewm_mean(alpha=1 / period, adjust=False, min_samples=period)
    return 100 * up / (up + down)
