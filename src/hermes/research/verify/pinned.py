"""A data service that shows the bars it was given instead of the stored ones."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from hermes.data import BarsSource, DataService, QualityReport
from hermes.data.bars import BAR_COLUMNS, day_start_us
from hermes.data.reports import QualityPolicy
from hermes.errors import NoDataError, UsageError
from hermes.market import Instrument

_DAY_US = 86_400_000_000


class PinnedBars(DataService):
    """What `origin` knows about instruments and files, with `bars` (by symbol, of one timeframe) for the bars.

    So a backtest runs on a history that was cut or changed, without writing it to a disk.
    """

    def __init__(self, origin: DataService, timeframe: str, bars: Mapping[str, pl.DataFrame]) -> None:
        super().__init__(origin.settings.model_copy(update={"cache_enabled": False, "registry_enabled": False}))
        self._origin = origin
        self._timeframe = timeframe
        self._pinned = bars

    def get_market_data(
        self,
        symbols: str | Sequence[str],
        start: date | None = None,
        end: date | None = None,
        timeframe: str = "1m",
        columns: Sequence[str] | None = None,
        quality: QualityPolicy = "drop",  # noqa: ARG002 - the bars were guarded when they were read
        **_: Any,
    ) -> pl.DataFrame:
        """The pinned bars of `symbols` from `start` to `end`. Raises UsageError for another timeframe or symbol,
        NoDataError where a symbol has none in the range."""
        names = [symbols] if isinstance(symbols, str) else sorted(set(symbols))
        missing = [each for each in names if each not in self._pinned]
        if timeframe != self._timeframe or missing:
            what = f"bars of {', '.join(missing)}" if missing else f"{timeframe} bars"
            raise UsageError(f"A verification has no {what}: only those that it was asked about.")
        frames = [_between(self._pinned[each], start, end) for each in names]
        empty = [name for name, frame in zip(names, frames, strict=True) if frame.is_empty()]
        if empty:
            raise NoDataError(f"{empty[0]} has no {timeframe} bars from {start} to {end}.")
        return pl.concat(frames).select(columns or BAR_COLUMNS)

    def describe(self, symbol: str, timeframe: str = "1m") -> BarsSource:
        """As the stored bars are described."""
        return self._origin.describe(symbol, timeframe)

    def quality(self, symbol: str, timeframe: str = "1m") -> QualityReport:
        """As the stored bars' report is."""
        return self._origin.quality(symbol, timeframe)

    def instrument(self, symbol: str) -> Instrument:
        """As it is known to the stored bars' service."""
        return self._origin.instrument(symbol)


def _between(bars: pl.DataFrame, start: date | None, end: date | None) -> pl.DataFrame:
    stamps = bars.get_column("timestamp").to_physical()
    first = 0 if start is None else stamps.search_sorted(day_start_us(start))
    last = bars.height if end is None else stamps.search_sorted(day_start_us(end) + _DAY_US)
    return bars[int(first) : int(last)]
