"""Strength and direction of a trend: Wilder's directional movement and Supertrend."""

import math
from typing import Generic, NamedTuple, TypeVar

import polars as pl

from hermes.strategy.indicators import kernels
from hermes.strategy.indicators.column import Source, checked_period, kernel_column
from hermes.strategy.indicators.volatility import ATR, atr
from hermes.strategy.indicators.window import UNKNOWN

T = TypeVar("T")

_PRICES = ("high", "low", "close")


class DirectionalMovement(NamedTuple, Generic[T]):
    """ADX, +DI and -DI, each 0 to 100."""

    adx: T
    plus_di: T
    minus_di: T


class SupertrendLines(NamedTuple, Generic[T]):
    """The trailing line in units of price, and the trend: 1 up (line below the close), -1 down."""

    line: T
    direction: T


def adx(period: int = 14) -> DirectionalMovement[pl.Expr]:
    """Wilder's average directional index with +DI and -DI (Wilder 1978). Reads high, low, close.

    The directional lines are null for the first `period` bars, ADX for the first 2 period - 1; all equal TA-Lib's ADX,
    PLUS_DI and MINUS_DI from their first values on, but where the price has never moved the lines are null (TA-Lib: 0).
    Raises UsageError for a period below 2.
    """
    checked_period("adx", period, 2)
    return DirectionalMovement(
        *(
            kernel_column(kernels.directional, _PRICES, period, part)
            for part in (kernels.ADX, kernels.PLUS, kernels.MINUS)
        )
    )


def supertrend(period: int = 10, multiplier: float = 3.0) -> SupertrendLines[pl.Expr]:
    """Seban's Supertrend: (high + low) / 2 -/+ `multiplier` x atr(period), which only tightens until it is broken.

    Reads high, low, close. Null for the first `period` bars; then it begins as a downtrend, as TradingView's
    ta.supertrend does, and turns when a close is beyond the band. `direction` is Int8. Not in TA-Lib.
    Raises UsageError for a period below 1.
    """
    sources: list[Source] = [*_PRICES, atr(checked_period("supertrend", period))]
    line = kernel_column(kernels.supertrend, sources, multiplier, kernels.LINE)
    direction = kernel_column(kernels.supertrend, sources, multiplier, kernels.DIRECTION)
    return SupertrendLines(line, direction.cast(pl.Int8))


class ADX:
    """The streaming form of `adx`."""

    def __init__(self, period: int = 14) -> None:
        self._period = checked_period("ADX", period, 2)
        self._last: tuple[float, float, float] | None = None
        self._seen = 0
        self._plus = self._minus = self._range = self._index = 0.0

    def update(self, high: float, low: float, close: float) -> DirectionalMovement[float]:
        """The three lines including this bar; each NaN before it is known. A bar with a NaN price is left out."""
        if math.isnan(high + low + close):
            return DirectionalMovement(UNKNOWN, UNKNOWN, UNKNOWN)
        last, self._last = self._last, (high, low, close)
        if last is None:
            return DirectionalMovement(UNKNOWN, UNKNOWN, UNKNOWN)
        self._seen += 1
        self._add(high, low, *last)
        if self._seen < self._period:
            return DirectionalMovement(UNKNOWN, UNKNOWN, UNKNOWN)
        self._add_strength()
        index = self._index if self._seen >= 2 * self._period - 1 else UNKNOWN
        if self._range <= 0:
            return DirectionalMovement(index, UNKNOWN, UNKNOWN)
        return DirectionalMovement(index, 100 * self._plus / self._range, 100 * self._minus / self._range)

    def _add(self, high: float, low: float, last_high: float, last_low: float, last_close: float) -> None:
        if self._seen >= self._period:
            self._plus -= self._plus / self._period
            self._minus -= self._minus / self._period
            self._range -= self._range / self._period
        up, down = high - last_high, last_low - low
        if up > max(down, 0):
            self._plus += up
        elif down > max(up, 0):
            self._minus += down
        self._range += max(high, last_close) - min(low, last_close)

    def _add_strength(self) -> None:
        moved = self._plus + self._minus
        strength = 100 * abs(self._plus - self._minus) / moved if moved > 0 else None
        if self._seen < 2 * self._period:
            self._index += strength or 0.0
            if self._seen == 2 * self._period - 1:
                self._index /= self._period
        elif strength is not None:
            self._index += (strength - self._index) / self._period


class Supertrend:
    """The streaming form of `supertrend`."""

    def __init__(self, period: int = 10, multiplier: float = 3.0) -> None:
        self._range = ATR(period)
        self._multiplier = multiplier
        self._upper, self._lower = math.inf, -math.inf
        self._previous = UNKNOWN
        self._direction = -1.0

    def update(self, high: float, low: float, close: float) -> SupertrendLines[float]:
        """Line and direction including this bar; NaN for the first `period` bars."""
        reach = self._multiplier * self._range.update(high, low, close)
        if math.isnan(reach):
            return SupertrendLines(UNKNOWN, UNKNOWN)
        middle = (high + low) / 2
        upper, lower = middle + reach, middle - reach
        self._upper = upper if self._previous > self._upper else min(upper, self._upper)
        self._lower = lower if self._previous < self._lower else max(lower, self._lower)
        self._previous = close
        if self._direction < 0 and close > self._upper:
            self._direction = 1.0
        elif self._direction > 0 and close < self._lower:
            self._direction = -1.0
        return SupertrendLines(self._lower if self._direction > 0 else self._upper, self._direction)
