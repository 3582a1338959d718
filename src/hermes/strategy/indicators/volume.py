"""Indicators that weigh prices with the volume traded."""

import math
from datetime import date

import polars as pl

from hermes.strategy.indicators.column import known_ratio
from hermes.strategy.indicators.window import UNKNOWN


def vwap() -> pl.Expr:
    """Volume-weighted average price since the session's open, of typical prices (high + low + close) / 3.

    Reads high, low, close, volume and session (the exchange-local date). Null until the session's first trade, hence
    always null on data without volume. Not in TA-Lib.
    """
    traded = pl.col("volume").cast(pl.Float64)
    worth = (pl.col("high") + pl.col("low") + pl.col("close")) / 3 * traded
    return known_ratio(worth.cum_sum().over("session"), traded.cum_sum().over("session"))


def obv() -> pl.Expr:
    """Granville's on-balance volume, in shares: volume added on a rise of the close, taken off on a fall.

    Reads close and volume. Begins with the first bar's volume, as TA-Lib's OBV does; never null. Float64.
    """
    direction = pl.col("close").diff().sign().fill_null(1.0)
    return (direction * pl.col("volume").cast(pl.Float64)).cum_sum()


class VWAP:
    """The streaming form of `vwap`."""

    def __init__(self) -> None:
        self._session: date | None = None
        self._worth = 0.0
        self._volume = 0.0

    def update(self, high: float, low: float, close: float, volume: float, session: date) -> float:
        """The average including this bar of `session` (exchange-local date); NaN before its first trade."""
        if session != self._session:
            self._session = session
            self._worth = self._volume = 0.0
        self._worth += (high + low + close) / 3 * volume
        self._volume += volume
        return self._worth / self._volume if self._volume else UNKNOWN


class OBV:
    """The streaming form of `obv`."""

    def __init__(self) -> None:
        self._previous = UNKNOWN
        self._total = 0.0

    def update(self, close: float, volume: float) -> float:
        """The balance including this bar, in shares."""
        if math.isnan(self._previous) or close > self._previous:
            self._total += volume
        elif close < self._previous:
            self._total -= volume
        self._previous = close
        return self._total
