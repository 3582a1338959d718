"""The textbook trend rule: a fast average above a slow one."""

from typing import Self

import polars as pl
from pydantic import Field, model_validator

from hermes.strategy.base import Strategy
from hermes.strategy.indicators import sma
from hermes.strategy.plot import Indicator, price_pane


class SMACrossover(Strategy):
    """Long while the fast average of the close is above the slow one, flat otherwise."""

    fast: int = Field(50, ge=1, le=100_000, description="Bars of the fast average")
    slow: int = Field(200, ge=2, le=100_000, description="Bars of the slow average")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")
        return self

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {"sma_fast": price_pane(sma(self.fast)), "sma_slow": price_pane(sma(self.slow))}

    def signals(self) -> pl.Expr:
        return pl.col("sma_fast") > pl.col("sma_slow")
