"""Indicators that weigh prices with the volume traded."""

import polars as pl

from hermes.strategy.indicators.column import known, known_ratio


def vwap() -> pl.Expr:
    """Volume-weighted average price since the session's open, of typical prices (high + low + close) / 3.

    Reads high, low, close, volume and session (the exchange-local date). Null until the session's first trade, hence
    always null on data without volume; a bar that lacks a price or its volume is null and left out. Not in TA-Lib.
    """
    worth = known((pl.col("high") + pl.col("low") + pl.col("close")) / 3 * known("volume"))
    traded = pl.when(worth.is_not_null()).then(known("volume"))
    return known_ratio(worth.cum_sum().over("session"), traded.cum_sum().over("session"))


def obv() -> pl.Expr:
    """Granville's on-balance volume, in shares: volume added on a rise of the close, taken off on a fall.

    Reads close and volume. Begins with the first bar's volume, as TA-Lib's OBV does; never null. Float64. A bar that
    lacks its close or volume changes nothing, and the next close is compared with the last one known.
    """
    close = known("close")
    direction = pl.when(close.is_not_null()).then(close.forward_fill().diff().sign().fill_null(1.0)).otherwise(0.0)
    return (direction * known("volume").fill_null(0.0)).cum_sum()
