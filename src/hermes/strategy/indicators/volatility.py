"""Measures of range, and the channels drawn from them."""

import math
from typing import Generic, NamedTuple, TypeVar

import polars as pl

from hermes.strategy.indicators import kernels
from hermes.strategy.indicators.average import EMA, Wilder, ema, sma
from hermes.strategy.indicators.column import Source, checked_period, kernel_column, known
from hermes.strategy.indicators.window import UNKNOWN, Window

T = TypeVar("T")


class Bands(NamedTuple, Generic[T]):
    """A channel in the source's unit."""

    upper: T
    middle: T
    lower: T


def atr(period: int = 14) -> pl.Expr:
    """Wilder's average true range, in units of price (Wilder 1978). Reads high, low, close.

    The true range max(high, last close) - min(low, last close) begins at the second bar; its Wilder smoothing begins
    with the simple mean of `period` of them. Null for the first `period` bars; equal to TA-Lib's ATR from its first
    value on.
    Raises UsageError for a period below 1.
    """
    return kernel_column(kernels.average_true_range, ["high", "low", "close"], checked_period("atr", period))


def deviation(period: int = 20, source: Source = "close") -> pl.Expr:
    """Population standard deviation (divisor `period`) of the last `period` values, in the source's unit.

    Null for the first period - 1 bars. TA-Lib's STDDEV is the root of a difference of large sums, which costs it about
    half of the digits; here values are centred first. Raises UsageError for a period below 2.
    """
    return known(source).rolling_std(checked_period("deviation", period, 2), ddof=0)


def bollinger(period: int = 20, width: float = 2.0, source: Source = "close") -> Bands[pl.Expr]:
    """Bollinger's bands: sma(period) and `width` population standard deviations (divisor `period`) on either side.

    Null for the first period - 1 bars, as in TA-Lib. Raises UsageError for a period below 2.
    """
    middle = sma(period, source)
    reach = width * deviation(period, source)
    return Bands(middle + reach, middle, middle - reach)


def donchian(period: int = 20) -> Bands[pl.Expr]:
    """Donchian's channel: highest high and lowest low of the last `period` bars, this bar included, and their middle.

    Null for the first period - 1 bars; equal to TA-Lib's MAX of the high and MIN of the low. A breakout rule compares
    the close with the channel of the bar before: `donchian(20).upper.shift(1)`. Raises UsageError for a period below 1.
    """
    upper = known("high").rolling_max(checked_period("donchian", period))
    lower = known("low").rolling_min(period)
    return Bands(upper, (upper + lower) / 2, lower)


def keltner(period: int = 20, multiplier: float = 2.0, atr_period: int = 10) -> Bands[pl.Expr]:
    """Keltner's channel in Raschke's form: ema(period) of the close, `multiplier` x atr(atr_period) on either side.

    The middle is null for the first period - 1 bars, the bands also for the first atr_period. Not in TA-Lib; made of
    its EMA and ATR. Raises UsageError for a period below 1.
    """
    middle = ema(checked_period("keltner", period))
    reach = multiplier * atr(atr_period)
    return Bands(middle + reach, middle, middle - reach)


class ATR:
    """The streaming form of `atr`."""

    def __init__(self, period: int = 14) -> None:
        self._smooth = Wilder(checked_period("ATR", period))
        self._previous = UNKNOWN

    def update(self, high: float, low: float, close: float) -> float:
        """The average including this bar; NaN for the first `period` bars. A bar with a NaN price is left out."""
        if math.isnan(high + low + close):
            return UNKNOWN
        previous, self._previous = self._previous, close
        if math.isnan(previous):
            return UNKNOWN
        return self._smooth.update(max(high, previous) - min(low, previous))


class Bollinger:
    """The streaming form of `bollinger`."""

    def __init__(self, period: int = 20, width: float = 2.0) -> None:
        self._window = Window(checked_period("Bollinger", period, 2))
        self._period = period
        self._width = width

    def update(self, value: float) -> Bands[float]:
        """The bands including `value`; NaN before `period` values."""
        if not self._window.push(value):
            return Bands(UNKNOWN, UNKNOWN, UNKNOWN)
        mean = self._window.mean
        variance = math.fsum((each - mean) ** 2 for each in self._window.values) / self._period
        reach = self._width * math.sqrt(variance)
        return Bands(mean + reach, mean, mean - reach)


class Donchian:
    """The streaming form of `donchian`."""

    def __init__(self, period: int = 20) -> None:
        self._highs = Window(checked_period("Donchian", period))
        self._lows = Window(period)

    def update(self, high: float, low: float) -> Bands[float]:
        """The channel including this bar; NaN before `period` bars."""
        full = [self._highs.push(high), self._lows.push(low)]
        upper = max(self._highs.values) if full[0] else UNKNOWN
        lower = min(self._lows.values) if full[1] else UNKNOWN
        return Bands(upper, (upper + lower) / 2, lower)


class Keltner:
    """The streaming form of `keltner`."""

    def __init__(self, period: int = 20, multiplier: float = 2.0, atr_period: int = 10) -> None:
        self._middle = EMA(period)
        self._range = ATR(atr_period)
        self._multiplier = multiplier

    def update(self, high: float, low: float, close: float) -> Bands[float]:
        """The channel including this bar; each line NaN before it is known."""
        middle = self._middle.update(close)
        reach = self._multiplier * self._range.update(high, low, close)
        return Bands(middle + reach, middle, middle - reach)
