"""A strategy that gives targets, bar by bar: the way of a live feed."""

import polars as pl

from hermes.data.bars import BAR_COLUMNS, BAR_SCHEMA, empty_bars
from hermes.errors import DataError, StrategyError, UsageError
from hermes.market import IST
from hermes.strategy.bar import Bar
from hermes.strategy.base import Strategy
from hermes.strategy.signals import SIGNAL

# Each bar is a piece of its own at first; this many are then joined, for a column in many pieces is slow to read.
_PIECES = 64


class TargetStream:
    """The target at the close of each bar, as `generate_signals` gives it on all bars so far.

    Every update computes the columns anew over the history and all bars since: a strategy is expressions, of which
    nobody can say how far back they look (an exponential average never forgets), so nothing is left out and the
    targets are the very ones of a backtest. That takes time in proportion to the bars kept, some 5 to 20 ms for a
    year of minutes, once a bar. Begin with no more history than the strategy's `warmup()` and the comparison ask for.
    """

    def __init__(self, strategy: Strategy, history: pl.DataFrame | None = None) -> None:
        """`history` holds the bars of one symbol before the feed begins, of the feed's own timeframe, rising in time.

        Its columns are those of a `get_market_data` frame. Raises StrategyError for a strategy without
        `signals()`, or one that also wants to see every bar, UsageError for missing columns, DataError for bars of
        several symbols or out of time order.
        """
        name = type(strategy).__name__
        if not strategy.gives_targets():
            raise StrategyError(f"{name} defines no signals(), so it has no targets: it runs in event mode.")
        if strategy.sees_bars():
            raise StrategyError(f"{name} defines on_bar, which needs an account: it runs in event mode.")
        self._strategy = strategy
        self._bars = _checked(empty_bars() if history is None else history)
        self._symbol: str | None = None
        self._last: int | None = None
        self._target: int | None = None
        if self._bars.height:
            self._symbol, self._last = self._bars["symbol"][0], self._bars["timestamp"].cast(pl.Int64)[-1]
            self._target = self._newest(self._bars)

    @property
    def bars(self) -> pl.DataFrame:
        """All bars so far, oldest first, in the columns of BAR_SCHEMA."""
        return self._bars

    @property
    def target(self) -> int | None:
        """The target at the newest close: 1 long, 0 flat, -1 short, None no opinion (as before)."""
        return self._target

    def update(self, bar: Bar) -> int | None:
        """Add a closed bar, and give the target at its close.

        Raises DataError for a bar of another symbol, or one that does not start after the last one; Raises
        StrategyError where an expression fails. A bar that raises is not kept.
        """
        if self._symbol is not None and bar.symbol != self._symbol:
            raise DataError(
                f"The feed has a bar of {bar.symbol!r} among those of {self._symbol!r}. Use a stream for each symbol."
            )
        if self._last is not None and bar.start_us <= self._last:
            late, last = (each.astimezone(IST) for each in (bar.timestamp, self._bars["timestamp"][-1]))
            raise DataError(
                f"The feed is out of time order: a bar of {bar.symbol} at {late:%Y-%m-%d %H:%M} IST comes after one at "
                f"{last:%Y-%m-%d %H:%M} IST. Give each bar once, oldest first."
            )
        bars = self._bars.vstack(pl.DataFrame([[value] for value in bar], schema=BAR_SCHEMA, strict=False))
        if bars.n_chunks() > _PIECES:
            bars = bars.rechunk()
        target = self._newest(bars)
        self._bars, self._target = bars, target
        self._symbol, self._last = bar.symbol, bar.start_us
        return target

    def _newest(self, bars: pl.DataFrame) -> int | None:
        target: int | None = self._strategy.generate_signals(bars)[SIGNAL][-1]
        return target


def _checked(history: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in BAR_COLUMNS if name not in history.columns]
    if missing:
        raise UsageError(f"The history lacks the columns {', '.join(missing)}; it needs {', '.join(BAR_COLUMNS)}.")
    bars = history.select(BAR_COLUMNS).cast(BAR_SCHEMA)
    if bars["symbol"].n_unique() > 1:
        found = ", ".join(sorted(bars["symbol"].unique()))
        raise DataError(f"The history holds several symbols ({found}). Use a stream for each.")
    start_us = bars["timestamp"].cast(pl.Int64)
    place = (start_us.diff() <= 0).arg_true()
    if place.len():
        late = bars["timestamp"].dt.convert_time_zone("Asia/Kolkata")[place[0]]
        raise DataError(f"The history is out of time order at {late:%Y-%m-%d %H:%M} IST. Sort it, each bar once.")
    return bars
