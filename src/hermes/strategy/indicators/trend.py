"""Strength and direction of a trend: Wilder's directional movement and Supertrend."""

from typing import Generic, NamedTuple, TypeVar

import polars as pl

from hermes.strategy.indicators import kernels
from hermes.strategy.indicators.column import Source, checked_period, kernel_column
from hermes.strategy.indicators.volatility import atr

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
