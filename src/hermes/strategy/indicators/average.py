"""Moving averages."""

import polars as pl

from hermes.strategy.indicators import kernels
from hermes.strategy.indicators.column import Source, checked_period, kernel_column


def sma(period: int, source: Source = "close") -> pl.Expr:
    """Simple moving average: the mean of the last `period` values, in the source's unit.

    Null for the first period - 1 bars, as in TA-Lib. Raises UsageError for a period below 1.
    """
    return kernel_column(kernels.mean, [source], checked_period("sma", period))


def ema(period: int, source: Source = "close") -> pl.Expr:
    """Exponential moving average with alpha = 2 / (period + 1), in the source's unit.

    Begun by the simple mean of the first `period` values, hence null for the first period - 1 bars and equal to
    TA-Lib's EMA from its first value on. Raises UsageError for a period below 1.
    """
    return kernel_column(kernels.exponential, [source], checked_period("ema", period), 2 / (period + 1))


def wilder(period: int, source: Source = "close") -> pl.Expr:
    """Wilder's smoothing: an exponential average with alpha = 1 / period (Wilder 1978), begun by the simple mean.

    Null for the first period - 1 bars. Raises UsageError for a period below 1.
    """
    return kernel_column(kernels.exponential, [source], checked_period("wilder", period), 1 / period)


def wma(period: int, source: Source = "close") -> pl.Expr:
    """Weighted moving average: weights 1 .. period, the newest value weighing most, in the source's unit.

    Null for the first period - 1 bars, as in TA-Lib. Raises UsageError for a period below 1.
    """
    return kernel_column(kernels.weighted, [source], checked_period("wma", period))
