"""Momentum by Appel's MACD."""

from typing import Self

import polars as pl
from pydantic import Field, model_validator

from hermes.strategy.base import Strategy
from hermes.strategy.indicators import ema
from hermes.strategy.plot import Indicator, own_pane


class MACDStrategy(Strategy):
    """Long while the MACD line is above its signal line, flat otherwise."""

    fast: int = Field(12, ge=1, le=10_000, description="Bars of the fast exponential average")
    slow: int = Field(26, ge=2, le=10_000, description="Bars of the slow exponential average")
    signal: int = Field(9, ge=1, le=10_000, description="Bars of the signal line's average")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")
        return self

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        line = ema(self.fast) - ema(self.slow)
        # Named rather than taken from `macd()`, so that each average is computed once.
        average = ema(self.signal, "macd")
        return {
            "macd": own_pane(line, group="macd"),
            "macd_signal": own_pane(average, group="macd"),
            "macd_histogram": own_pane(
                pl.col("macd") - pl.col("macd_signal"), group="macd", style="histogram", guides=(0.0,)
            ),
        }

    def signals(self) -> pl.Expr:
        return pl.col("macd") > pl.col("macd_signal")
