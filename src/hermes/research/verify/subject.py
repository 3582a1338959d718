"""A strategy on the bars of one symbol, and what it makes of them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.data import BarsSource, Timeframe
from hermes.errors import StrategyError
from hermes.research.verify.report import Value
from hermes.strategy import Strategy
from hermes.strategy.signals import SIGNAL

Array = npt.NDArray[Any]
"""A column: float64, int64 or Python objects."""

_NO_VALUE = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Columns:
    """What a strategy adds to n bars: its indicators and, as the last one, `signal`."""

    frame: pl.DataFrame

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """Each column as an array that compares quickly; see `comparable`."""
        return {name: comparable(self.frame.get_column(name)) for name in self.frame.columns}

    def value(self, column: str, row: int) -> Value:
        """One value as plain Python; None where it is null or no number."""
        found = self.frame.get_column(column)[row]
        if isinstance(found, float) and not np.isfinite(found):
            return None if np.isnan(found) else str(found)
        return found if isinstance(found, Value) else str(found)


@dataclass(frozen=True)
class Subject:
    """The strategy under test on `bars` of one symbol (all columns of a bar, sorted by time).

    The rows before `start` only warm it up. `history` is `bars` with more rows before them, as far as stored bars go.
    """

    symbol: str
    strategy: Strategy
    timeframe: Timeframe
    bars: pl.DataFrame
    start: int
    history: pl.DataFrame
    source: BarsSource

    def columns(self, bars: pl.DataFrame) -> Columns:
        """The strategy's columns on `bars`, by a strategy made anew. Raises StrategyError where it fails."""
        return columns_of(fresh(self.strategy), bars)

    def time(self, row: int) -> datetime:
        """Start of a bar, UTC."""
        stamp: datetime = self.bars.get_column("timestamp")[row]
        return stamp


def fresh(strategy: Strategy) -> Strategy:
    """A strategy of the same parameters that has not run yet: streaming state is private and starts anew."""
    # Without validation: the values have been through it, and a validator may change what it is given.
    return type(strategy).model_construct(**{name: getattr(strategy, name) for name in type(strategy).model_fields})


def gives_targets(strategy: Strategy) -> bool:
    """Whether the strategy gives targets in column form, by `signals` or by a `generate_signals` of its own."""
    return strategy.gives_targets() or type(strategy).generate_signals is not Strategy.generate_signals


def columns_of(strategy: Strategy, bars: pl.DataFrame) -> Columns:
    """What `strategy` adds to `bars`. Raises StrategyError where it fails, and where rows or the target are missing."""
    name = type(strategy).__name__
    try:
        frame = strategy.generate_signals(bars) if gives_targets(strategy) else _without_targets(strategy, bars)
    except StrategyError:
        raise
    except (Exception, SystemExit) as error:
        raise StrategyError(f"{name} cannot give signals: {type(error).__name__}: {error}") from error
    if frame.height != bars.height or SIGNAL not in frame.columns:
        raise StrategyError(
            f"{name}.generate_signals() gave {frame.height} rows with the columns {', '.join(frame.columns)} for "
            f"{bars.height} bars; it must give one row a bar and a column 'signal'."
        )
    added = [each for each in frame.columns if each not in bars.columns and each != SIGNAL]
    return Columns(frame.select(*added, SIGNAL))


def _without_targets(strategy: Strategy, bars: pl.DataFrame) -> pl.DataFrame:
    return strategy.add_indicators(bars).with_columns(pl.lit(None, pl.Int8).alias(SIGNAL))


def comparable(series: pl.Series) -> Array:
    """float64 with NaN for null, int64 with its least value for null, or Python objects."""
    kind = series.dtype
    if kind.is_float() or kind.is_decimal():
        return series.cast(pl.Float64).to_numpy()
    if kind == pl.UInt64:
        return series.reinterpret(signed=True).fill_null(_NO_VALUE).to_numpy()
    if kind.is_integer() or kind.is_temporal() or kind in {pl.Boolean, pl.Null}:
        return series.to_physical().cast(pl.Int64).fill_null(_NO_VALUE).to_numpy()
    # As text: lists of one length would become a table, and two NaN inside them would differ.
    return np.array([None if each is None else repr(each) for each in series.to_list()], dtype=object)


def differing(whole: Array, other: Array, tolerance: float = 1e-9, scale: float = 1.0) -> npt.NDArray[np.intp]:
    """Rows at which two arrays of one length differ: floats by more than tolerance x max(|whole|, scale), others at
    all. NaN equals NaN alone, and an infinity itself."""
    if whole.dtype.kind != other.dtype.kind:  # a column of nothing but nulls has a type of its own
        unknown = _unknown(whole) & _unknown(other)
        return np.flatnonzero(~unknown & (whole.astype(object) != other.astype(object)))
    if whole.dtype.kind != "f":
        return np.flatnonzero(whole != other)
    if np.array_equal(whole, other, equal_nan=True):
        return np.zeros(0, dtype=np.intp)
    with np.errstate(invalid="ignore"):
        size = np.where(np.isfinite(whole), np.maximum(np.abs(whole), scale), scale)
        near = (np.abs(whole - other) <= tolerance * size) | (whole == other)
    return np.flatnonzero(~near & ~(np.isnan(whole) & np.isnan(other)))


def _unknown(array: Array) -> npt.NDArray[np.bool_]:
    if array.dtype.kind == "f":
        return np.isnan(array)
    return array == _NO_VALUE if array.dtype.kind == "i" else np.array([each is None for each in array], dtype=bool)
