"""A backtest in event mode: one symbol from memory, many from the store a window at a time."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.data import DataService
from hermes.engine.event.book import Facts
from hermes.engine.event.engine import EventEngine
from hermes.engine.event.feed import Columns, feed
from hermes.engine.event.outcome import outcome
from hermes.engine.event.stored import columns_of, windows
from hermes.engine.load import Loaded, Part, load
from hermes.engine.request import BacktestRequest
from hermes.engine.run import Run
from hermes.engine.timeline import Timeline
from hermes.engine.vector import kernel_settings
from hermes.strategy import Strategy

F8 = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


def run_one(
    loaded: Loaded, request: BacktestRequest, strategy: Strategy, progress: Progress | None = None
) -> tuple[Run, Timeline]:
    """Run a symbol whose bars are in memory."""
    part, prepared = loaded.part, loaded.prepared
    facts = Facts.of(prepared, with_targets=strategy.gives_targets())
    engine = _engine(strategy, {part.symbol: facts}, [part], request)
    bars = prepared.bars
    oi = loaded.bars.get_column("oi").cast(pl.Float64).fill_null(0.0).to_numpy()
    columns = Columns(prepared.timestamps, bars.open, bars.high, bars.low, bars.close, bars.volume, oi)
    history = feed(request.symbols, [{part.symbol: columns_of(loaded.history)}])
    engine.run(feed(request.symbols, [{part.symbol: columns}]), _of(part.bars, progress), history)
    run = outcome(engine, lambda _: (prepared.timestamps, bars.high, bars.low), entered_at_close=_late(request))
    return run, Timeline(prepared.timestamps, bars.session, prepared.session_days)


def run_many(
    request: BacktestRequest, data: DataService, strategy: Strategy, progress: Progress | None = None
) -> tuple[Run, Timeline, tuple[Part, ...], F8]:
    """Run every symbol of the request on one account.

    Also gives the parts, and what one rupee spread evenly over the symbols is worth at each moment, float64[n]: each
    bought at its first close, money waiting until then.
    """
    parts, facts, histories = [], {}, {}
    for symbol in request.symbols:
        # One symbol's columns after the other: only two bytes a bar stay.
        loaded = load(symbol, request, data, strategy, cached=False)
        parts.append(loaded.part)
        facts[symbol] = Facts.of(loaded.prepared, with_targets=strategy.gives_targets())
        histories[symbol] = columns_of(loaded.history)
        del loaded
    engine = _engine(strategy, facts, parts, request)
    bars = feed(request.symbols, windows(parts, request, data))
    history = feed(request.symbols, [histories])
    engine.run(bars, _of(sum(part.bars for part in parts), progress), history)
    times = np.frombuffer(engine.ledger.times, dtype=np.int64)
    timeline = Timeline.of(times)
    by_symbol = {part.symbol: part for part in parts}

    def highs_and_lows(symbol: str) -> tuple[npt.NDArray[np.int64], F8, F8]:
        read = _whole(by_symbol[symbol], request, data)
        return read.start_us, read.high, read.low

    run = outcome(engine, highs_and_lows, entered_at_close=_late(request))
    return run, timeline, tuple(parts), _even_money(parts, times, request, data)


def _engine(
    strategy: Strategy, facts: dict[str, Facts], parts: Sequence[Part], request: BacktestRequest
) -> EventEngine:
    records = {part.symbol: kernel_settings(request, part.lot) for part in parts}
    return EventEngine(strategy, facts, records, request.risk.max_open_positions)


def _whole(part: Part, request: BacktestRequest, data: DataService) -> Columns:
    """All bars of one symbol, read window by window as the run read them."""
    found = [window[part.symbol] for window in windows([part], request, data) if part.symbol in window]
    return Columns(*(np.concatenate(each) for each in zip(*found, strict=True)))


def _even_money(parts: Sequence[Part], times: npt.NDArray[np.int64], request: BacktestRequest, data: DataService) -> F8:
    worth = np.zeros(len(times))
    for part in parts:
        read = _whole(part, request, data)
        place = np.searchsorted(read.start_us, times, side="right") - 1
        worth += np.where(place < 0, 1.0, read.close[np.maximum(place, 0)] / read.close[0])
    return worth / len(parts)


def _late(request: BacktestRequest) -> bool:
    return request.fill_at == "close"


def _of(total: int, progress: Progress | None) -> Callable[[int], None] | None:
    return None if progress is None else lambda done: progress(done, total)
