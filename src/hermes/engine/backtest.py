"""The whole way of a backtest: request, bars, targets, simulation, metrics, result."""

import math
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from hermes.data import BarsSource, DataService, Timeframe
from hermes.engine.assumptions import list_assumptions, list_warnings
from hermes.engine.kernel import CHARGE_COLUMNS
from hermes.engine.metrics import (
    SESSIONS_A_YEAR,
    WEEKS_A_YEAR,
    MetricInputs,
    Metrics,
    TradeArrays,
    compute_metrics,
)
from hermes.engine.prepare import IMPACT_SESSIONS, Prepared, prepare, start_times
from hermes.engine.request import BacktestRequest
from hermes.engine.result import BacktestResult, trade_gross
from hermes.engine.sizing import VolatilityTarget
from hermes.engine.run import Run
from hermes.engine.vector import kernel_settings, run_vector
from hermes.errors import NoDataError, UsageError
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
from hermes.strategy import Strategy, create_strategy

_MINUTES_OF_SESSION = 375
_SESSIONS_OF_WEEK = 5
_HISTORY_SESSIONS = IMPACT_SESSIONS + 5
"""Sessions loaded before the first day whatever the strategy: bands, ticks, volatility and volume look back on them."""


def backtest(
    symbol: str, strategy: str | Strategy, params: dict[str, Any] | None = None, **fields: Any
) -> BacktestResult:
    """Run a backtest; the one-line form of `run_backtest`.

    `strategy` is a name, `path/to/file.py:ClassName` or an instance (then `params` must be left out); `fields` are
    those of `BacktestRequest`: timeframe="15m", start_date=date(2024, 1, 1), risk={"stop_loss_pct": 0.02} ...

    Raises pydantic.ValidationError for a field out of bounds, and HermesError (UsageError, NoDataError, DataError,
    StrategyError) with a sentence that says what to do.

    >>> result = backtest("RELIANCE", "RSIStrategy", {"period": 14}, timeframe="15m")  # doctest: +SKIP
    >>> result.metrics.sharpe_ratio  # doctest: +SKIP
    """
    if isinstance(strategy, Strategy):
        if params:
            raise UsageError("A strategy's instance has its parameters already: leave params out, or give its name.")
        request = BacktestRequest(
            symbol=symbol, strategy=type(strategy).__name__, params=strategy.model_dump(mode="json"), **fields
        )
        return run_backtest(request, strategy=strategy)
    return run_backtest(BacktestRequest(symbol=symbol, strategy=strategy, params=params or {}, **fields))


def run_backtest(
    request: BacktestRequest, data: DataService | None = None, strategy: Strategy | None = None
) -> BacktestResult:
    """Run `request` on the bars of `data` (default: the configured data folder).

    `strategy` is for an instance made elsewhere; without it, the request's name and parameters create one.
    Raises as `backtest` does.
    """
    data = data or DataService()
    strategy = strategy or create_strategy(request.strategy, request.params)
    # The result names every parameter, also those left at their defaults.
    request = request.model_copy(update={"params": strategy.model_dump(mode="json")})
    instrument = data.instrument(request.symbol)
    source = data.describe(request.symbol, request.timeframe)
    quality = data.quality(request.symbol, request.timeframe)
    schedule = charge_schedule(request, instrument)
    _refuse_missing_days(request, source)

    loaded = data.get_market_data(
        request.symbol,
        load_from(request, strategy),
        request.end_date,
        request.timeframe,
        quality=request.quality,
    )
    frame = strategy.generate_signals(loaded)
    start = _first_bar(frame, request, source)
    lot = float(lot_size(instrument, _day_of(frame, start)) if request.lot_size is None else request.lot_size)
    prepared = prepare(frame, start, request, instrument, schedule, adjusted=source.adjusted, lot=lot)
    run = run_vector(prepared, kernel_settings(request, lot))
    return BacktestResult(
        request=request,
        instrument=instrument,
        metrics=measure(request, prepared, run, _benchmark(request, data, prepared)),
        assumptions=list_assumptions(request, prepared, schedule, source),
        warnings=list_warnings(request, instrument, prepared, run, schedule, source, quality),
        source=source,
        quality=quality,
        plots=strategy.plots(),
        bars=frame[start:],
        prepared=prepared,
        run=run,
    )


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
    for timeframe, bars in strategy.warmup().items():
        sessions = max(sessions, _sessions_of(timeframe or request.timeframe, bars) + 1)
    calendar = nse_calendar()
    if len(calendar.days(calendar.first_day, request.start_date)) <= sessions:
        # The calendar does not reach so far back; two days a session are more than enough.
        return date.fromordinal(max(1, request.start_date.toordinal() - 2 * sessions))
    return calendar.previous_sessions(request.start_date, sessions)


def _sessions_of(timeframe: Timeframe, bars: int) -> int:
    if timeframe.minutes is not None:
        return math.ceil(bars / math.ceil(_MINUTES_OF_SESSION / timeframe.minutes))
    return bars * (_SESSIONS_OF_WEEK if timeframe is Timeframe.W1 else 1)


def _first_bar(frame: pl.DataFrame, request: BacktestRequest, source: BarsSource) -> int:
    start = 0
    if request.start_date is not None:
        midnight = np.datetime64(request.start_date, "us").astype(np.int64) - IST_OFFSET_US
        start = int(np.searchsorted(start_times(frame), midnight))
    if start >= len(frame):
        raise _no_bars(request, source)
    return start


def _refuse_missing_days(request: BacktestRequest, source: BarsSource) -> None:
    """Before anything is loaded: the warm-up's days may have bars where those asked for have none."""
    late = request.start_date and source.last_day and request.start_date > source.last_day
    early = request.end_date and source.first_day and request.end_date < source.first_day
    if late or early:
        raise _no_bars(request, source)


def _no_bars(request: BacktestRequest, source: BarsSource) -> NoDataError:
    start = f" from {request.start_date}" if request.start_date else ""
    end = f" to {request.end_date}" if request.end_date else ""
    stored = f"Stored: {source.first_day} to {source.last_day}."
    return NoDataError(f"{request.symbol} has no {request.timeframe} bars{start}{end}. {stored}")


def _day_of(frame: pl.DataFrame, bar: int) -> date:
    moment: datetime = frame.get_column("timestamp")[bar]
    return moment.astimezone(IST).date()


def measure(request: BacktestRequest, prepared: Prepared, run: Run, benchmark: np.ndarray | None = None) -> Metrics:
    """Metrics of a finished run; `benchmark` float64[n] replaces the instrument's own closes."""
    gross = trade_gross(run)
    trades, fills = run.trades, run.fills
    return compute_metrics(
        MetricInputs(
            timestamps=prepared.timestamps,
            session_index=prepared.bars.session,
            session_days=prepared.session_days,
            equity=run.equity,
            bars_in_market=run.bars_in_market,
            close=prepared.bars.close,
            trades=TradeArrays(
                gross=gross,
                charges=trades["charges"],
                net=gross - trades["charges"],
                entry_notional=trades["entry_price"] * trades["quantity"],
                bars_held=trades["exit_bar"] - trades["entry_bar"],
            ),
            fill_notional=fills["quantity"] * fills["price"],
            charge_totals=np.array([fills[name].sum() for name in CHARGE_COLUMNS]),
            initial_cash=request.initial_cash,
            risk_free_rate=request.risk_free_rate,
            marks_a_year=WEEKS_A_YEAR if request.timeframe is Timeframe.W1 else SESSIONS_A_YEAR,
            benchmark_close=benchmark,
        )
    )


def _benchmark(request: BacktestRequest, data: DataService, prepared: Prepared) -> np.ndarray | None:
    """The benchmark's last known close at each bar; bars before its first take that first close."""
    if request.benchmark is None:
        return None
    other = data.get_market_data(request.benchmark, None, request.end_date, request.timeframe, ["timestamp", "close"])
    if start_times(other)[-1] < prepared.timestamps[0]:
        ended = _day_of(other, len(other) - 1)
        raise NoDataError(f"Benchmark {request.benchmark} ends on {ended}, before the backtest begins. Choose another.")
    bars = pl.DataFrame({"timestamp": pl.Series(prepared.timestamps).cast(pl.Datetime("us", "UTC"))})
    joined = bars.join_asof(other.select("timestamp", "close"), on="timestamp", strategy="backward")
    closes = joined["close"].fill_null(strategy="backward")
    if closes.null_count():
        raise NoDataError(f"Benchmark {request.benchmark} has no bars in the period of the backtest.")
    return closes.to_numpy()
