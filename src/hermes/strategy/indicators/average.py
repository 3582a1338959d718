"""Moving averages."""

import polars as pl


def column(source: str | pl.Expr) -> pl.Expr:
    """The source as an expression: a name means that column."""
    return pl.col(source) if isinstance(source, str) else source


def sma(period: int, source: str | pl.Expr = "close") -> pl.Expr:
    """Simple moving average of the last `period` values; null for the first period - 1 bars."""
    return column(source).rolling_mean(period)
