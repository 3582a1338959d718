"""Trade an intraday trigger in the direction of the daily trend."""

from typing import Self

import polars as pl
from pydantic import Field, model_validator

from hermes.data.timeframe import Timeframe
from hermes.strategy.base import Strategy
from hermes.strategy.indicators import ema, sma
from hermes.strategy.plot import Indicator, higher, price_pane
from hermes.strategy.rules import crosses_above, latch


class MTFTrendFollowingStrategy(Strategy):
    """Long from a rise of the fast average over the slow one while the daily trend is up, until either fails.

    The daily trend is up when the last finished day's close is above its simple average over `trend_period` days. The
    trigger is a pair of exponential averages on the run's own bars. A trigger during a downtrend is not made up for
    later: the next one counts.
    """

    trend_period: int = Field(20, ge=2, le=1_000, description="Days of the average that tells the daily trend")
    fast: int = Field(10, ge=1, le=10_000, description="Bars of the trigger's fast exponential average")
    slow: int = Field(30, ge=2, le=10_000, description="Bars of the trigger's slow exponential average")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")
        return self

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {
            "daily_close": higher(Timeframe.D1, pl.col("close")),
            "daily_sma": higher(Timeframe.D1, sma(self.trend_period)),
            "ema_fast": price_pane(ema(self.fast)),
            "ema_slow": price_pane(ema(self.slow)),
        }

    def warmup(self) -> dict[Timeframe | None, int]:
        return {None: 10 * self.slow, Timeframe.D1: self.trend_period}

    def signals(self) -> pl.Expr:
        up = pl.col("daily_close") > pl.col("daily_sma")
        fast, slow = pl.col("ema_fast"), pl.col("ema_slow")
        return latch(enter=up & crosses_above(fast, slow), exit=~up | (fast < slow))
