"""Moving averages, as columns and as streams."""

import math

import polars as pl

from hermes.strategy.indicators import kernels
from hermes.strategy.indicators.column import Source, checked_period, kernel_column
from hermes.strategy.indicators.window import UNKNOWN, Window


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


class SMA:
    """The streaming form of `sma`."""

    def __init__(self, period: int) -> None:
        self._window = Window(checked_period("SMA", period))

    def update(self, value: float) -> float:
        """The average including `value`; NaN before `period` values."""
        return self._window.mean if self._window.push(value) else UNKNOWN


class WMA:
    """The streaming form of `wma`."""

    def __init__(self, period: int) -> None:
        self._window = Window(checked_period("WMA", period))
        self._scale = period * (period + 1) / 2

    def update(self, value: float) -> float:
        """The average including `value`; NaN before `period` values."""
        if not self._window.push(value):
            return UNKNOWN
        return math.fsum(weight * each for weight, each in enumerate(self._window.values, 1)) / self._scale


class _Exponential:
    def __init__(self, period: int, alpha: float) -> None:
        self._period = period
        self._alpha = alpha
        self._seen = 0
        self._level = 0.0

    def update(self, value: float) -> float:
        """The average including `value`; NaN before `period` values. A NaN value is left out."""
        if math.isnan(value):
            return UNKNOWN
        self._seen += 1
        if self._seen < self._period:
            self._level += value
            return UNKNOWN
        if self._seen == self._period:
            self._level = (self._level + value) / self._period
        else:
            self._level += self._alpha * (value - self._level)
        return self._level


class EMA(_Exponential):
    """The streaming form of `ema`."""

    def __init__(self, period: int) -> None:
        super().__init__(checked_period("EMA", period), 2 / (period + 1))


class Wilder(_Exponential):
    """The streaming form of `wilder`."""

    def __init__(self, period: int) -> None:
        super().__init__(checked_period("Wilder", period), 1 / period)
