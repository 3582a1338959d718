"""Oscillators, which swing around a middle: RSI, Stochastic, CCI, rate of change, MACD."""

from typing import Generic, NamedTuple, TypeVar

import polars as pl

from hermes.strategy.indicators import kernels
from hermes.strategy.indicators.average import ema, sma
from hermes.strategy.indicators.column import Source, checked_period, kernel_column, known, known_ratio

T = TypeVar("T")

CCI_SCALE = 0.015  # Lambert's constant: about three quarters of all values then fall between -100 and 100


class MACDLines(NamedTuple, Generic[T]):
    """MACD in the source's unit: the line, the signal line (its average) and their difference."""

    macd: T
    signal: T
    histogram: T


class StochasticLines(NamedTuple, Generic[T]):
    """Slow %K and %D, 0 to 100."""

    k: T
    d: T


def rsi(period: int = 14, source: Source = "close") -> pl.Expr:
    """Wilder's relative strength index, 0 to 100 (Wilder, New Concepts in Technical Trading Systems, 1978).

    100 x rise / (rise + fall), both averages begun by the simple mean of the first `period` changes. Null for the first
    `period` bars and equal to TA-Lib's RSI from its first value on, but null (TA-Lib: 0) where the price has never
    moved. Raises UsageError for a period below 2.
    """
    return kernel_column(kernels.relative_strength, [source], checked_period("rsi", period, 2))


def macd(fast: int = 12, slow: int = 26, signal: int = 9, source: Source = "close") -> MACDLines[pl.Expr]:
    """Appel's moving average convergence / divergence: ema(fast) - ema(slow), and its ema(signal).

    The line is null for the first slow - 1 bars, signal and histogram for slow + signal - 2. TA-Lib begins its fast
    average at bar slow - fast instead of at bar 0 and hides the line until the signal exists; the two differ by
    (1 - 2 / (fast + 1))^t and agree to 1e-9 of the price about 125 bars later (12, 26, 9).
    """
    checked_period("macd: slow", slow, checked_period("macd: fast", fast) + 1)
    line = ema(fast, source) - ema(slow, source)
    average = ema(signal, line)
    return MACDLines(line, average, line - average)


def stochastic(k: int = 14, smooth: int = 3, d: int = 3) -> StochasticLines[pl.Expr]:
    """Lane's slow stochastic: %K = sma(smooth) of 100 (close - lowest) / (highest - lowest), %D = sma(d) of %K.

    Lowest and highest are those of the last `k` bars; reads high, low, close. %K is null for the first k + smooth - 2
    bars, %D for d - 1 more (TA-Lib's STOCH hides %K until %D exists). A window without any range is undefined: null
    here for as long as the averages hold it, 0 in TA-Lib.
    """
    highest = known("high").rolling_max(checked_period("stochastic", k))
    lowest = known("low").rolling_min(k)
    fast = kernel_column(kernels.place_in_range, ["close", lowest, highest])
    slow = sma(smooth, fast)
    return StochasticLines(slow, sma(d, slow))


def cci(period: int = 20) -> pl.Expr:
    """Lambert's commodity channel index: (typical - its mean) / (0.015 x its mean absolute deviation).

    Typical price = (high + low + close) / 3. Null for the first period - 1 bars, as in TA-Lib, and where the typical
    price has not moved within the window (TA-Lib: 0).
    """
    return kernel_column(
        kernels.commodity_channel, ["high", "low", "close"], checked_period("cci", period, 2), CCI_SCALE
    )


def roc(period: int = 10, source: Source = "close") -> pl.Expr:
    """Rate of change in percent: 100 (x[t] / x[t - period] - 1).

    Null for the first `period` bars, as in TA-Lib, and where the old value is zero (TA-Lib: 0).
    """
    now = known(source)
    return 100 * (known_ratio(now, now.shift(checked_period("roc", period))) - 1)
