"""Stored bars as a feed: all symbols of a window of days at a time, so that years need the room of weeks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.data import DataService, Timeframe
from hermes.engine.event.feed import Columns
from hermes.engine.load import Part
from hermes.engine.prepare import start_times
from hermes.engine.request import BacktestRequest
from hermes.errors import DataError, NoDataError
from hermes.market import IST, nse_calendar

_ROWS = 1 << 18
"""Bars of all symbols in a window, about: 15 MB of numbers. Smaller windows would open each file more often."""

_BARS_A_WEEK = 5 * 375
_FLOATS = ("open", "high", "low", "close", "volume", "oi")
_COLUMNS = ("timestamp", *_FLOATS)


def columns_of(frame: pl.DataFrame) -> Columns:
    """The rows of one symbol's bars as arrays; an unknown open interest is 0."""
    # Copies: a few rows would otherwise keep the whole read behind them in memory.
    opened, high, low, close, volume, oi = (
        np.array(frame.get_column(name).cast(pl.Float64).to_numpy()) for name in _FLOATS
    )
    return Columns(np.array(start_times(frame)), opened, high, low, close, volume, np.nan_to_num(oi))


def windows(parts: Sequence[Part], request: BacktestRequest, data: DataService) -> Iterator[Mapping[str, Columns]]:
    """The bars of `parts` in consecutive windows of whole weeks, read from the store as they are asked for.

    Raises DataError where a symbol's bars are no longer those that its facts were made from.
    """
    seen = dict.fromkeys((part.symbol for part in parts), 0)
    by_symbol = {part.symbol: part for part in parts}
    for start, end in _spans(parts, request):
        window = {}
        for part in parts:
            # Asking for days that a symbol does not have would be an error.
            if _day(part.last_us) < start or _day(part.first_us) > end:
                continue
            window[part.symbol] = columns = _read(part.symbol, start, end, request, data)
            seen[part.symbol] += len(columns.start_us)
        yield window
    for symbol, count in seen.items():
        if count != by_symbol[symbol].bars:
            raise DataError(
                f"The bars of {symbol} changed while they were read: {by_symbol[symbol].bars:,} at first, "
                f"{count:,} then. Run the backtest again."
            )


def _read(symbol: str, start: date, end: date, request: BacktestRequest, data: DataService) -> Columns:
    try:
        frame = data.get_market_data(
            symbol, start, end, request.timeframe, _COLUMNS, quality=request.quality, cached=False
        )
    except NoDataError:  # a symbol that was suspended for weeks
        nothing = np.zeros(0)
        return Columns(np.zeros(0, dtype=np.int64), nothing, nothing, nothing, nothing, nothing, nothing)
    columns = columns_of(frame)
    if request.timeframe is Timeframe.W1:
        columns = columns._replace(start_us=_week_starts(columns.start_us, request.start_date))
    return columns


def _week_starts(start_us: npt.NDArray[np.int64], first: date | None) -> npt.NDArray[np.int64]:
    """The open of each week's first session (from day `first` on), though a symbol's own bars began later in it.

    Bars of one week close together, so they must be one moment: else who has seen the close of one could still trade
    at the open of another, days before it.
    """
    calendar = nse_calendar()
    starts = start_us.copy()
    for place, start in enumerate(start_us.tolist()):
        day = _day(start)
        monday = day - timedelta(days=day.weekday())
        sessions = calendar.sessions(max(monday, first or monday), day)
        if sessions:
            starts[place] = min(start, round(sessions[0].open.timestamp() * 1e6))
    return starts


def _spans(parts: Sequence[Part], request: BacktestRequest) -> Iterator[tuple[date, date]]:
    first = request.start_date or min(_day(part.first_us) for part in parts)
    last = max(_day(part.last_us) for part in parts)
    minutes = request.timeframe.minutes or 375
    weeks = max(1, _ROWS * minutes // (_BARS_A_WEEK * len(parts)))
    while first <= last:
        # Whole ISO weeks, so that no weekly bar is cut.
        end = first - timedelta(days=first.weekday()) + timedelta(weeks=weeks, days=-1)
        # What ends the run cuts its last bar, as one read of everything would.
        yield first, min(end, request.end_date) if request.end_date else end
        first = end + timedelta(days=1)


def _day(start_us: int) -> date:
    return datetime.fromtimestamp(start_us / 1e6, UTC).astimezone(IST).date()
