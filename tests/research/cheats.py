"""Strategies that know what they cannot know, each in another way, and one that changes its mind."""

import itertools

import polars as pl

from hermes.data.bars import local_day
from hermes.data.resample import resample
from hermes.strategy import Indicator, Strategy

LEVEL = 120.0
_CALLS = itertools.count()


class NextClose(Strategy):
    """Long on the bar before one that closes above the level."""

    def signals(self) -> pl.Expr:
        return (pl.col("close").shift(-1) > LEVEL).fill_null(value=False)


class CentredMean(Strategy):
    """Reads an average of two bars before and two bars after."""

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {"mean": pl.col("close").rolling_mean(5, center=True, min_samples=1)}

    def signals(self) -> pl.Expr:
        return pl.col("mean") > 105


class WholeZScore(Strategy):
    """Normalises by the mean and deviation of the whole history."""

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        close = pl.col("close")
        return {"score": (close - close.mean()) / close.std()}

    def signals(self) -> pl.Expr:
        return pl.col("score") > 0


class FutureMaximum(Strategy):
    """Knows the highest close still to come."""

    def signals(self) -> pl.Expr:
        return pl.col("close").reverse().cum_max().reverse() > LEVEL


class TodaysBar(Strategy):
    """Joins today's daily bar, which is not over, on every minute of today."""

    def generate_signals(self, bars: pl.DataFrame) -> pl.DataFrame:
        daily = resample(bars, "1d").select(local_day().alias("day"), pl.col("close").alias("day_close"))
        joined = bars.with_columns(local_day().alias("day")).join(daily, on="day", how="left", maintain_order="left")
        return joined.with_columns((pl.col("day_close") > LEVEL).cast(pl.Int8).alias("signal")).drop("day")


class MaskedNextClose(Strategy):
    """Peeks, and says what a rising market makes true where there is nothing to peek at."""

    def signals(self) -> pl.Expr:
        return (pl.col("close").shift(-1) > pl.col("close")).fill_null(value=True)


class BackFilled(Strategy):
    """Fills the first bars with the first value that comes later."""

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {"mean": pl.col("close").rolling_mean(10).backward_fill()}

    def signals(self) -> pl.Expr:
        return pl.col("close") > pl.col("mean")


class ChangesItsMind(Strategy):
    """Answers otherwise at every other call."""

    def signals(self) -> pl.Expr:
        return pl.lit(next(_CALLS) % 2).cast(pl.Int8).repeat_by(1).list.first()
