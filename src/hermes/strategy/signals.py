"""Evaluate a strategy's expressions on bars, and check that what comes out is a target."""

from collections.abc import Callable, Mapping

import polars as pl
from polars.exceptions import PolarsError

from hermes.errors import HermesError, StrategyError
from hermes.strategy.plot import Indicator

SIGNAL = "signal"
SESSION = "session"
_IST_OFFSET = pl.duration(hours=5, minutes=30)


def evaluate(
    name: str,
    indicators: Callable[[], Mapping[str, pl.Expr | Indicator]],
    signals: Callable[[], pl.Expr],
    bars: pl.DataFrame,
) -> pl.DataFrame:
    """The bars with the indicators' columns and the Int8 column `signal`; see `Strategy.generate_signals`."""
    declared = {
        key: each if isinstance(each, Indicator) else Indicator(each) for key, each in indicators().items()
    }
    frame = bars.with_columns((pl.col("timestamp") + _IST_OFFSET).dt.date().alias(SESSION))
    try:
        frame = frame.with_columns(each.expr.alias(key) for key, each in declared.items())
        frame = frame.with_columns(signals().alias(SIGNAL))
    except HermesError:
        raise
    except PolarsError as error:
        raise StrategyError(f"{name} failed on its expressions: {error}") from error
    return frame.drop(SESSION).with_columns(pl.col(SIGNAL).cast(pl.Int8))
