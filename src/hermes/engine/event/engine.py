"""The event engine: its parts, wired to one bus, and the loop that feeds them."""

import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np

from hermes.engine.event.book import Book, Facts
from hermes.engine.event.bus import EventBus
from hermes.engine.event.desk import Desk
from hermes.engine.event.driver import StrategyDriver
from hermes.engine.event.events import (
    BlockEvent,
    FillEvent,
    MarketEvent,
    OrderEvent,
    RefusalEvent,
    SessionEvent,
    SignalEvent,
)
from hermes.engine.event.execution import ExecutionSimulator
from hermes.engine.event.feed import Feed
from hermes.engine.event.ledger import Ledger
from hermes.engine.event.portfolio import Portfolio
from hermes.engine.event.record import OrderLog
from hermes.engine.event.settings import EventSettings
from hermes.strategy import Bar, Strategy

Progress = Callable[[int], None]
_SMALLEST_BLOCK, _LARGEST_BLOCK = 64, 4096  # moments between two words of progress
_TELL_SECONDS = 0.2


class EventEngine:
    """One run: `facts` and `records` (layout SETTINGS, with each symbol's lot) by symbol, in order of symbol.

    The order of subscriptions is the order of the rules: the exchange fills, the ledger marks, the portfolio looks at
    the day's loss, the strategy sees the bar.
    """

    def __init__(
        self,
        strategy: Strategy,
        facts: dict[str, Facts],
        records: dict[str, np.void],
        max_open_positions: int | None = None,
    ) -> None:
        self.books = {
            symbol: Book(symbol, index, facts[symbol], records[symbol]) for index, symbol in enumerate(sorted(facts))
        }
        settings = EventSettings.of(next(iter(records.values())), max_open_positions)
        self.bus = bus = EventBus()
        self.orders = OrderLog()
        self.ledger = ledger = Ledger(self.books, settings.initial_cash)
        self.execution = execution = ExecutionSimulator(self.books, settings, ledger, bus)
        self.portfolio = portfolio = Portfolio(self.books, settings, ledger, bus)
        self.desk = Desk(self.books, settings, ledger, portfolio, execution.own, bus, self.orders)
        self._strategy = strategy
        self._driver = driver = StrategyDriver(strategy, self.books, portfolio, bus)

        # The two forms of a moment go the same way.
        bus.subscribe(MarketEvent, execution.on_market)
        bus.subscribe(Bar, execution.on_bar)
        bus.subscribe(MarketEvent, ledger.on_market)
        bus.subscribe(Bar, ledger.on_bar)
        if settings.max_daily_loss > 0.0:
            bus.subscribe(MarketEvent, portfolio.on_market)
            bus.subscribe(Bar, lambda bar: portfolio.on_market(MarketEvent((bar,))))
        bus.subscribe(MarketEvent, driver.on_market)
        if strategy.gives_targets():
            bus.subscribe(Bar, driver.target_of_bar)
        if strategy.sees_bars():
            bus.subscribe(Bar, driver.show_bar)
        if settings.fill_at_close:
            bus.subscribe(MarketEvent, execution.on_close)
            bus.subscribe(Bar, lambda bar: execution.on_close(MarketEvent((bar,))))
        bus.subscribe(SessionEvent, portfolio.on_session)
        bus.subscribe(SignalEvent, portfolio.on_signal)
        bus.subscribe(OrderEvent, execution.on_order)
        bus.subscribe(BlockEvent, execution.on_block)
        bus.subscribe(FillEvent, ledger.on_fill)
        bus.subscribe(FillEvent, execution.own.on_fill)
        if type(strategy).on_fill is not Strategy.on_fill:
            bus.subscribe(FillEvent, driver.on_fill)
        bus.subscribe(RefusalEvent, ledger.on_refusal)

    def run(self, feed: Feed, progress: Progress | None = None, history: Feed = ()) -> None:
        """Publish every moment of `feed`, then close what is held; `progress` hears how many bars are done.

        `history` are moments before the first: the strategy may warm up on them (`on_history`), nothing can trade.
        Raises StrategyError for what the strategy's code raises.
        """
        self._driver.on_start()
        self._driver.warm_up(history)
        self._strategy.connect(self.desk)
        kind: type[Any] = Bar if len(self.books) == 1 else MarketEvent
        moments = iter(feed)
        try:
            block = _SMALLEST_BLOCK
            began = time.monotonic()
            while self.bus.publish_all(kind, islice(moments, block)):
                taken, began = time.monotonic() - began, time.monotonic()
                # A slow strategy is told about as often as a quick one.
                block = min(block * 2, _LARGEST_BLOCK) if taken < _TELL_SECONDS else max(block // 2, 1)
                if progress is not None:
                    progress(self.bars_done)
            if self.ledger.marks:
                self.execution.end_of_data()
        finally:
            self._strategy.connect(None)

    @property
    def bars_done(self) -> int:
        """Bars of all symbols so far."""
        return sum(book.number + 1 for book in self.books.values())
