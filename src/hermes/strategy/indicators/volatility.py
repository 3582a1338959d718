"""Measures of range, and the channels drawn from them."""

from typing import Generic, NamedTuple, TypeVar

import polars as pl

from hermes.strategy.indicators import kernels
from hermes.strategy.indicators.average import ema, sma
from hermes.strategy.indicators.column import Source, checked_period, kernel_column, known

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
