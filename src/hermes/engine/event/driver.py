"""Carries the market to the strategy, and what it wants back onto the bus."""

import traceback
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType

from hermes.engine.event.book import Book
from hermes.engine.event.bus import EventBus
from hermes.engine.event.events import FillEvent, MarketEvent, SignalEvent
from hermes.engine.event.feed import Feed
from hermes.engine.event.portfolio import Portfolio
from hermes.engine.kernel.codes import NO_OPINION, REASONS
from hermes.errors import HermesError, StrategyError
from hermes.market import IST, Fill, Side
from hermes.strategy import Bar, Strategy

_HERMES = Path(__file__).parents[2]


class StrategyDriver:
    """Rule 7: the strategy sees the closed bars of a moment, in order of symbol.

    Raises StrategyError, with the symbol, the bar's time and the author's own traceback, for whatever its code raises.
    """

    def __init__(self, strategy: Strategy, books: dict[str, Book], portfolio: Portfolio, bus: EventBus) -> None:
        self._strategy = strategy
        self._books = books
        self._portfolio = portfolio
        self._bus = bus
        self._gives_targets = strategy.gives_targets()
        self._sees_bars = strategy.sees_bars()
        self._on_bar = strategy.on_bar
        self._only = next(iter(books.values()))
        self._waiting = portfolio.waiting

    def on_market(self, event: MarketEvent) -> None:
        """Publish the targets that are new at this close, and call `on_bar`."""
        if self._gives_targets:
            books = self._books
            for bar in event:
                book = books[bar[0]]
                wish = book.target[book.number]
                if wish != book.standing and wish != NO_OPINION:  # noqa: PLR1714  no tuple at every bar
                    self._bus.publish(SignalEvent(book, wish))
        if self._sees_bars:
            for bar in event:
                try:
                    self._on_bar(bar)
                except (Exception, SystemExit) as error:
                    raise self._failure(error, "on_bar", bar.symbol, bar.start_us) from error
        if self._waiting:
            self._portfolio.order_waiting()

    def target_of_bar(self, _bar: Bar) -> None:
        """The first half of `on_market` in a run with one symbol."""
        book = self._only
        wish = book.target[book.number]
        if wish != book.standing and wish != NO_OPINION:  # noqa: PLR1714
            self._bus.publish(SignalEvent(book, wish))
        if self._waiting and not self._sees_bars:
            self._portfolio.order_waiting()

    def show_bar(self, bar: Bar) -> None:
        """The second half of `on_market` in a run with one symbol."""
        try:
            self._on_bar(bar)
        except (Exception, SystemExit) as error:
            raise self._failure(error, "on_bar", bar.symbol, bar.start_us) from error
        if self._waiting:
            self._portfolio.order_waiting()

    def on_start(self) -> None:
        """Call `on_start`, before the first bar."""
        try:
            self._strategy.on_start()
        except (Exception, SystemExit) as error:
            raise self._failure(error, "on_start") from error

    def warm_up(self, feed: Feed) -> None:
        """Call `on_history` with the bars before the first day."""
        if type(self._strategy).on_history is Strategy.on_history:
            return
        for event in feed:
            for bar in (event,) if isinstance(event, Bar) else event:
                try:
                    self._strategy.on_history(bar)
                except (Exception, SystemExit) as error:
                    raise self._failure(error, "on_history", bar.symbol, bar.start_us) from error

    def on_fill(self, event: FillEvent) -> None:
        """Call `on_fill` with a fill in the shared vocabulary."""
        book, order = event.book, event.working
        start = book.bar.start_us
        fill = Fill(
            order_id="" if order is None else str(order.ticket.id),
            symbol=book.symbol,
            side=Side.BUY if event.side > 0 else Side.SELL,
            quantity=event.quantity,
            price=event.price,
            filled_at=datetime.fromtimestamp(start / 1e6, UTC),
            charges=Decimal(repr(float(event.charges))),  # not compiled, it is a NumPy number
            reason=REASONS[event.reason],
        )
        try:
            self._strategy.on_fill(fill)
        except (Exception, SystemExit) as error:
            raise self._failure(error, "on_fill", book.symbol, start) from error

    def _failure(self, error: BaseException, hook: str, symbol: str = "", start_us: int = 0) -> StrategyError:
        where = ""
        if symbol:
            local = datetime.fromtimestamp(start_us / 1e6, IST)
            where = f" at {symbol} {local:%Y-%m-%d %H:%M} IST"
        what = f"{type(self._strategy).__name__}.{hook} failed{where}"
        kind = "" if isinstance(error, HermesError) else f"{type(error).__name__}: "
        failure = StrategyError(f"{what}: {kind}{error}")
        if _passes_through_the_author(error):
            failure.add_note(_of_the_author(error))
        return failure


def _of_the_author(error: BaseException) -> str:
    """The traceback from the author's own code on: the frame of this module above it says nothing."""
    trace: TracebackType | None = error.__traceback__
    if trace is not None:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()


def _passes_through_the_author(error: BaseException) -> bool:
    """Whether code outside Hermes stands between the hook and the error: what a built-in strategy says needs no
    traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(not Path(frame.filename).is_relative_to(_HERMES) for frame in frames)
