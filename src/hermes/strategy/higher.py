"""Values of longer bars, placed on the run's own bars so that none is seen before it is known."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from hermes.data.bars import local_day
from hermes.data.resample import resample
from hermes.data.timeframe import Timeframe
from hermes.errors import StrategyError

# India's midnight as an offset from that of UTC.
_MIDNIGHT: Final = -pl.duration(hours=5, minutes=30)
# No closure of the exchange has kept two daily bars further apart than this.
_LONGEST_CLOSURE: Final = timedelta(days=6)


def longer_bars(bars: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """The bars of one symbol, sorted by time, resampled to `timeframe`.

    Raises StrategyError when `bars` are longer than that already: they cannot be split.
    """
    if bars.height > 1 and timeframe is not Timeframe.W1:
        shortest = bars.select(pl.col("timestamp").diff().min()).item()
        if shortest > timedelta(minutes=timeframe.minutes) if timeframe.minutes else shortest >= _LONGEST_CLOSURE:
            raise StrategyError(
                f"it has an indicator on {timeframe.value} bars and runs on longer ones ({shortest} apart). "
                f"Run it on {timeframe.value} or shorter bars."
            )
    return resample(bars, timeframe)


def usable_from(timeframe: Timeframe) -> pl.Expr:
    """The UTC time from which a bar labelled by its start, `timestamp`, may be used.

    An intraday bar: its end. A day or a week: the local midnight after its last possible session, which no session
    crosses, so that the first bar after it belongs to the next session or week.
    """
    if timeframe.minutes is not None:
        return pl.col("timestamp") + pl.duration(minutes=timeframe.minutes)
    first = local_day().dt.truncate("1w") if timeframe is Timeframe.W1 else local_day()
    days = 7 if timeframe is Timeframe.W1 else 1
    midnight = (first + pl.duration(days=days)).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return midnight + _MIDNIGHT


def place(frame: pl.DataFrame, longer: pl.DataFrame, timeframe: Timeframe, names: Sequence[str]) -> pl.DataFrame:
    """`frame` with the columns `names` of `longer`: each row has the values of the last longer bar usable at its start.

    Null before the first one. A bar's start counts, not its end, though the strategy acts at the end: a value that is
    known only when the bar is over is left to the next bar.
    """
    known = longer.select(usable_from(timeframe).alias("timestamp"), *names)
    return frame.join_asof(known.set_sorted("timestamp"), on="timestamp", strategy="backward")
