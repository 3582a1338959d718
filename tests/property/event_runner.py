"""The oracle's scenario through the event engine: the same arrays that the kernel gets, bar by bar over the bus."""

from dataclasses import replace

import numpy as np
import polars as pl
from tests.property.kernel_runner import KernelResult, kernel_prepared, kernel_settings, read_run
from tests.property.scenarios import Scenario

from hermes.engine.event.book import Facts
from hermes.engine.event.engine import EventEngine
from hermes.engine.event.feed import Columns, feed
from hermes.engine.event.outcome import outcome
from hermes.engine.prepare import Prepared
from hermes.engine.run import Run
from hermes.strategy import Strategy

DAY_US, MINUTE_US = 86_400_000_000, 60_000_000


class Given(Strategy):
    """Targets come with the bars."""

    def signals(self) -> pl.Expr:
        return pl.lit(0)


def run_event(prepared: Prepared, settings: np.void, strategy: Strategy | None = None) -> tuple[Run, EventEngine]:
    facts = Facts.of(prepared, with_targets=True)
    engine = EventEngine(strategy or Given(), {"X": facts}, {"X": settings})
    bars = prepared.bars
    columns = Columns(
        prepared.timestamps, bars.open, bars.high, bars.low, bars.close, bars.volume, np.zeros(len(bars.close))
    )
    engine.run(feed(["X"], [{"X": columns}]))
    highs = lambda _: (prepared.timestamps, bars.high, bars.low)  # noqa: E731
    return outcome(engine, highs, entered_at_close=bool(settings["fill_at_close"])), engine


def event_prepared(scenario: Scenario) -> Prepared:
    """The kernel's arrays with times of day, which the account's day is read from."""
    prepared = kernel_prepared(scenario)
    session = prepared.bars.session.astype(np.int64)
    return replace(prepared, timestamps=session * DAY_US + np.arange(len(session)) * MINUTE_US)


def run_scenario(scenario: Scenario) -> KernelResult:
    run, _ = run_event(event_prepared(scenario), kernel_settings(scenario.settings))
    return read_run(run)
