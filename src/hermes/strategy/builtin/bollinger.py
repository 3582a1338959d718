"""Mean reversion between Bollinger's bands."""

import polars as pl
from pydantic import Field

from hermes.strategy.base import Strategy
from hermes.strategy.indicators import deviation, sma
from hermes.strategy.plot import Indicator, price_pane
from hermes.strategy.rules import latch


class BollingerBandsStrategy(Strategy):
    """Long from a close below the lower band until a close at or above the middle one."""

    period: int = Field(20, ge=2, le=10_000, description="Bars of the average and of the standard deviation")
    width: float = Field(2.0, gt=0, le=100, description="Standard deviations between the middle and each band")

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        # What `bollinger()` gives, with average and deviation computed once: the bands mirror each other.
        middle, upper = pl.col("bb_middle"), pl.col("bb_upper")
        return {
            "bb_middle": price_pane(sma(self.period)),
            "bb_upper": price_pane(middle + self.width * deviation(self.period)),
            "bb_lower": price_pane(2 * middle - upper),
        }

    def signals(self) -> pl.Expr:
        close = pl.col("close")
        return latch(enter=close < pl.col("bb_lower"), exit=close >= pl.col("bb_middle"))
