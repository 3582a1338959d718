"""The whole way of a backtest: request, bars, targets, simulation, metrics, result."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from hermes.data import DataService, Timeframe
from hermes.engine.assumptions import list_assumptions, list_warnings
from hermes.engine.event.backtest import Progress, run_many, run_one
from hermes.engine.kernel import CHARGE_COLUMNS
from hermes.engine.load import day_of, load
from hermes.engine.metrics import (
    SESSIONS_A_YEAR,
    WEEKS_A_YEAR,
    MetricInputs,
    Metrics,
    TradeArrays,
    compute_metrics,
)
from hermes.engine.prepare import start_times
from hermes.engine.request import BacktestRequest
from hermes.engine.result import BacktestResult, trade_gross
from hermes.engine.run import Run
from hermes.engine.timeline import Timeline
from hermes.engine.vector import kernel_settings, run_vector
from hermes.errors import NoDataError, UsageError
from hermes.strategy import Strategy, create_strategy


def backtest(
    symbols: str | Sequence[str], strategy: str | Strategy, params: dict[str, Any] | None = None, **fields: Any
) -> BacktestResult:
    """Run a backtest; the one-line form of `run_backtest`.

    `symbols` is one symbol or, with mode="event", several that share one account. `strategy` is a name,
    `path/to/file.py:ClassName` or an instance (then `params` must be left out); `fields` are those of
    `BacktestRequest`: mode="event", timeframe="15m", start_date=date(2024, 1, 1), risk={"stop_loss_pct": 0.02} ...

    Raises pydantic.ValidationError for a field out of bounds, and HermesError (UsageError, NoDataError, DataError,
    StrategyError) with a sentence that says what to do.

    >>> result = backtest("RELIANCE", "RSIStrategy", {"period": 14}, timeframe="15m")  # doctest: +SKIP
    >>> result.metrics.sharpe_ratio  # doctest: +SKIP
    """
    if isinstance(strategy, Strategy):
        if params:
            raise UsageError("A strategy's instance has its parameters already: leave params out, or give its name.")
        request = BacktestRequest(
            symbols=symbols, strategy=type(strategy).__name__, params=strategy.model_dump(mode="json"), **fields
        )
        return run_backtest(request, strategy=strategy)
    return run_backtest(BacktestRequest(symbols=symbols, strategy=strategy, params=params or {}, **fields))


def run_backtest(
    request: BacktestRequest,
    data: DataService | None = None,
    strategy: Strategy | None = None,
    progress: Progress | None = None,
) -> BacktestResult:
    """Run `request` on the bars of `data` (default: the configured data folder).

    `strategy` is for an instance made elsewhere; without it, the request's name and parameters create one. In event
    mode `progress(done, total)` hears how many bars are done. Raises as `backtest` does.
    """
    data = data or DataService()
    strategy = strategy or create_strategy(request.strategy, request.params)
    # The result names every parameter, also those left at their defaults.
    request = request.model_copy(update={"params": strategy.model_dump(mode="json")})
    if not strategy.gives_targets() and not strategy.sees_bars():
        raise UsageError(f"{request.strategy} defines neither signals() nor on_bar(), so it trades nothing.")
    if request.mode == "vector" and not strategy.gives_targets():
        raise UsageError(
            f"{request.strategy} defines no signals(), so the vector engine has nothing to run. Use mode event."
        )
    if len(request.symbols) > 1:
        run, timeline, parts, even_money = run_many(request, data, strategy, progress)
        bars: Callable[[str], pl.DataFrame] = partial(_bars_again, request, data, strategy)
    else:
        loaded = load(request.symbol, request, data, strategy)
        parts, even_money = (loaded.part,), loaded.prepared.bars.close
        bars = lambda _: loaded.bars  # noqa: E731
        if request.mode == "event":
            run, timeline = run_one(loaded, request, strategy, progress)
        else:
            prepared = loaded.prepared
            run = run_vector(prepared, kernel_settings(request, loaded.part.lot))
            timeline = Timeline(prepared.timestamps, prepared.bars.session, prepared.session_days)
    benchmark = even_money if request.benchmark is None else _benchmark(request.benchmark, request, data, timeline)
    return BacktestResult(
        request=request,
        parts=parts,
        metrics=measure(request, timeline, run, benchmark),
        assumptions=list_assumptions(request, parts),
        warnings=list_warnings(request, strategy, parts, run),
        plots=strategy.plots(),
        timeline=timeline,
        run=run,
        bars_of=bars,
    )


def _bars_again(request: BacktestRequest, data: DataService, strategy: Strategy, symbol: str) -> pl.DataFrame:
    """The bars of one of many symbols, which the run did not keep."""
    return load(symbol, request, data, strategy, cached=False).bars


def measure(request: BacktestRequest, timeline: Timeline, run: Run, benchmark: np.ndarray) -> Metrics:
    """Metrics of a finished run against `benchmark`, a price at each of its n moments, float64[n]."""
    gross = trade_gross(run)
    trades, fills = run.trades, run.fills
    return compute_metrics(
        MetricInputs(
            timestamps=timeline.timestamps,
            session_index=timeline.session,
            session_days=timeline.session_days,
            equity=run.equity,
            bars_in_market=run.bars_in_market,
            benchmark=benchmark,
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
        )
    )


def _benchmark(symbol: str, request: BacktestRequest, data: DataService, timeline: Timeline) -> np.ndarray:
    """The benchmark's last known close at each moment; moments before its first take that first close."""
    other = data.get_market_data(symbol, None, request.end_date, request.timeframe, ["timestamp", "close"])
    if start_times(other)[-1] < timeline.timestamps[0]:
        ended = day_of(other, len(other) - 1)
        raise NoDataError(f"Benchmark {symbol} ends on {ended}, before the backtest begins. Choose another.")
    bars = pl.DataFrame({"timestamp": pl.Series(timeline.timestamps).cast(pl.Datetime("us", "UTC"))})
    joined = bars.join_asof(other.select("timestamp", "close"), on="timestamp", strategy="backward")
    closes = joined["close"].fill_null(strategy="backward")
    if closes.null_count():
        raise NoDataError(f"Benchmark {symbol} has no bars in the period of the backtest.")
    return closes.to_numpy()
