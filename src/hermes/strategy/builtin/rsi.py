"""Buy weakness, sell strength, by Wilder's RSI."""

from typing import Self

import polars as pl
from pydantic import Field, model_validator

from hermes.data.timeframe import Timeframe
from hermes.strategy.base import Strategy
from hermes.strategy.indicators import rsi
from hermes.strategy.plot import Indicator, own_pane
from hermes.strategy.rules import latch


class RSIStrategy(Strategy):
    """Long from the close where RSI is below `oversold` until the close where it is above `overbought`."""

    period: int = Field(14, ge=2, le=10_000, description="Bars of Wilder's smoothing")
    overbought: float = Field(70.0, ge=0, le=100, description="RSI above which the position is left")
    oversold: float = Field(30.0, ge=0, le=100, description="RSI below which the position is entered")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.oversold >= self.overbought:
            raise ValueError(f"oversold ({self.oversold:g}) must be below overbought ({self.overbought:g})")
        return self

    def warmup(self) -> dict[Timeframe | None, int]:
        # Wilder's average forgets half as fast as an exponential one of the same period.
        return {None: 15 * self.period}

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {"rsi": own_pane(rsi(self.period), guides=(self.oversold, self.overbought))}

    def signals(self) -> pl.Expr:
        return latch(enter=pl.col("rsi") < self.oversold, exit=pl.col("rsi") > self.overbought)
