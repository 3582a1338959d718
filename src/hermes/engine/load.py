"""One symbol's way from the store to the kernel's arrays: bars, indicators, targets, and what is known about them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from hermes.data import BarsSource, DataService, QualityReport, Timeframe
from hermes.engine.prepare import IMPACT_SESSIONS, Prepared, prepare, start_times
from hermes.engine.request import BacktestRequest
from hermes.engine.sizing import VolatilityTarget
from hermes.errors import NoDataError, StrategyError
from hermes.market import (
    IST,
    IST_OFFSET_US,
    ChargeSchedule,
    Instrument,
    commission_per_share,
    no_charges,
    nse_calendar,
    schedule_from_mapping,
    segment_of,
    zerodha,
)
from hermes.market.lots import lot_size
from hermes.strategy import Strategy

_MINUTES_OF_SESSION = 375
_SESSIONS_OF_WEEK = 5
_HISTORY_SESSIONS = IMPACT_SESSIONS + 5
"""Sessions loaded before the first day whatever the strategy: bands, ticks, volatility and volume look back on them."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one symbol of a run beside its bars: n bars from `first_us` to `last_us` (starts, µs UTC)."""

    symbol: str
    instrument: Instrument
    source: BarsSource
    quality: QualityReport | None
    schedule: ChargeSchedule
    lot: float
    short_targets: int
    volume_known: bool
    ticks_rounded: bool
    bars: int
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A symbol ready to run: its part, the bars before the first day (warm-up), those from it on with the strategy's
    columns and `signal`, and the same as the kernel's arrays."""

    part: Part
    history: pl.DataFrame
    bars: pl.DataFrame
    prepared: Prepared


def load(
    symbol: str, request: BacktestRequest, data: DataService, strategy: Strategy, *, cached: bool = True
) -> Loaded:
    """Read, evaluate and prepare one symbol of `request`; `cached` False leaves the service's cache as it is.

    Raises UnknownNameError, NoDataError, DataError, QualityError as the data service does, StrategyError for
    expressions that fail, UsageError for a schedule that cannot be.
    """
    instrument = data.instrument(symbol)
    source = data.describe(symbol, request.timeframe)
    quality = data.quality(symbol, request.timeframe)
    schedule = charge_schedule(request, instrument)
    _refuse_missing_days(symbol, request, source)
    read = data.get_market_data(
        symbol,
        load_from(request, strategy),
        request.end_date,
        request.timeframe,
        quality=request.quality,
        cached=cached,
    )
    frame = with_targets(strategy, read)
    start = _first_bar(symbol, frame, request, source)
    lot = float(lot_size(instrument, day_of(frame, start)) if request.lot_size is None else request.lot_size)
    prepared = prepare(frame, start, request, instrument, schedule, adjusted=source.adjusted, lot=lot)
    part = Part(
        symbol=symbol,
        instrument=instrument,
        source=source,
        quality=quality,
        schedule=schedule,
        lot=lot,
        short_targets=prepared.short_targets,
        volume_known=prepared.volume_known,
        ticks_rounded=prepared.ticks_rounded,
        bars=len(frame) - start,
        first_us=int(prepared.timestamps[0]),
        last_us=int(prepared.timestamps[-1]),
    )
    return Loaded(part, read[:start], frame[start:], prepared)


def with_targets(strategy: Strategy, bars: pl.DataFrame) -> pl.DataFrame:
    """The bars with the strategy's columns and `signal`; of a strategy without `signals`, no opinion anywhere."""
    if strategy.gives_targets():
        return strategy.generate_signals(bars)
    return strategy.add_indicators(bars).with_columns(pl.lit(None, pl.Int8).alias("signal")).rechunk()


def charge_schedule(request: BacktestRequest, instrument: Instrument) -> ChargeSchedule:
    """The schedule that the request names; `commission` replaces every other charge."""
    if request.commission is not None:
        return commission_per_share(request.commission)
    if isinstance(request.charges, dict):
        return schedule_from_mapping(request.charges)
    if request.charges == "none":
        return no_charges()
    return zerodha(segment_of(instrument, request.product))


def load_from(request: BacktestRequest, strategy: Strategy) -> date | None:
    """The day from which bars are loaded so that the indicators are warm on the first day asked for."""
    if request.start_date is None:
        return None
    sessions = _HISTORY_SESSIONS
    if isinstance(request.sizing, VolatilityTarget):
        sessions = max(sessions, request.sizing.sessions + 2)
    for timeframe, bars in _warmup_of(strategy).items():
        sessions = max(sessions, _sessions_of(timeframe or request.timeframe, bars) + 1)
    calendar = nse_calendar()
    if len(calendar.days(calendar.first_day, request.start_date)) <= sessions:
        # The calendar does not reach so far back; two days a session are more than enough.
        return date.fromordinal(max(1, request.start_date.toordinal() - 2 * sessions))
    return calendar.previous_sessions(request.start_date, sessions)


def _warmup_of(strategy: Strategy) -> Mapping[Timeframe | None, int]:
    wanted: object = strategy.warmup()
    if isinstance(wanted, Mapping):
        return wanted
    name = type(strategy).__name__
    raise StrategyError(f"{name}.warmup() gave {wanted!r}; it gives bars by timeframe, such as {{None: 50}}.")


def day_of(frame: pl.DataFrame, bar: int) -> date:
    """Exchange-local day of a row."""
    moment: datetime = frame.get_column("timestamp")[bar]
    return moment.astimezone(IST).date()


def _sessions_of(timeframe: Timeframe, bars: int) -> int:
    if timeframe.minutes is not None:
        return math.ceil(bars / math.ceil(_MINUTES_OF_SESSION / timeframe.minutes))
    return bars * (_SESSIONS_OF_WEEK if timeframe is Timeframe.W1 else 1)


def _first_bar(symbol: str, frame: pl.DataFrame, request: BacktestRequest, source: BarsSource) -> int:
    start = 0
    if request.start_date is not None:
        midnight = np.datetime64(request.start_date, "us").astype(np.int64) - IST_OFFSET_US
        start = int(np.searchsorted(start_times(frame), midnight))
    if start >= len(frame):
        raise _no_bars(symbol, request, source)
    return start


def _refuse_missing_days(symbol: str, request: BacktestRequest, source: BarsSource) -> None:
    """Before anything is loaded: the warm-up's days may have bars where those asked for have none."""
    late = request.start_date and source.last_day and request.start_date > source.last_day
    early = request.end_date and source.first_day and request.end_date < source.first_day
    if late or early:
        raise _no_bars(symbol, request, source)


def _no_bars(symbol: str, request: BacktestRequest, source: BarsSource) -> NoDataError:
    start = f" from {request.start_date}" if request.start_date else ""
    end = f" to {request.end_date}" if request.end_date else ""
    stored = f"Stored: {source.first_day} to {source.last_day}."
    return NoDataError(f"{symbol} has no {request.timeframe} bars{start}{end}. {stored}")
