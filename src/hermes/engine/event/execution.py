"""The exchange of a backtest: what works is filled, cut, cancelled or refused against the bars of a moment."""

from hermes.engine.event.book import Book
from hermes.engine.event.bus import EventBus
from hermes.engine.event.events import BlockEvent, MarketEvent, OrderEvent, SessionEvent
from hermes.engine.event.fills import Fills
from hermes.engine.event.ledger import Ledger
from hermes.engine.event.own_orders import OwnOrders
from hermes.engine.event.settings import EventSettings
from hermes.engine.kernel import codes
from hermes.engine.kernel.rounding import tick_down, tick_up
from hermes.strategy import Bar

_INFINITY = float("inf")
_TURNING = codes.TURNING
_TRADABLE = codes.TRADABLE


class ExecutionSimulator:
    """Rules 1 to 5 and 8 of docs/execution-model.md for the orders of targets and the exits of the risk settings.

    The strategy's own orders are in `OwnOrders`, which is asked at the places that the page names.
    """

    def __init__(self, books: dict[str, Book], settings: EventSettings, ledger: Ledger, bus: EventBus) -> None:
        self._books = books
        self._settings = settings
        self._ledger = ledger
        self._bus = bus
        self._fills = Fills(settings, ledger, bus)
        self.own = OwnOrders(settings, self._fills, self._stop_now, self._target_now)
        self._guards = settings.guards
        self._only = next(iter(books.values()))

    def on_market(self, event: MarketEvent) -> None:
        """Take every symbol of the moment through its bar, rule by rule."""
        books = self._books
        busy: list[Book] | None = None
        for bar in event:
            book = books[bar[0]]
            book.number = number = book.number + 1
            if book.busy or book.flags[number] & _TURNING:
                book.before = book.bar
                if busy is None:
                    busy = []
                busy.append(book)
            book.bar = bar
        if busy is not None:
            self._go_through(busy)

    def on_bar(self, bar: Bar) -> None:
        """`on_market` of a run with one symbol."""
        book = self._only
        book.number = number = book.number + 1
        if book.busy or book.flags[number] & _TURNING:
            book.before, book.bar = book.bar, bar
            self._go_through_one(book)
        else:
            book.bar = bar

    def _go_through_one(self, book: Book) -> None:
        self._ledger.begin()
        self._begin(book)
        if book.flags[book.number] & _TRADABLE:
            self._close_at_open(book)
            self._open_at_open(book)
            self._inside(book)
        self._end(book)
        self._ledger.end()

    def _go_through(self, books: list[Book]) -> None:
        self._ledger.begin()
        for book in books:
            self._begin(book)
        tradable = [book for book in books if book.flags[book.number] & codes.TRADABLE]
        for book in tradable:
            self._close_at_open(book)
        for book in tradable:
            self._open_at_open(book)
        for book in tradable:
            self._inside(book)
        for book in books:
            self._end(book)
        self._ledger.end()

    def on_order(self, event: OrderEvent) -> None:
        """Accept an order: it works from its first possible bar on."""
        book = event.book
        if event.working is not None:
            book.working.append(event.working)
            self.own.exit_works(book)
        elif event.reason == codes.ENTRY:
            book.entry_side, book.entry_left, book.entry_done = event.side, event.quantity, 0.0
            book.entry_turnover, book.entry_brokerage, book.entry_session = 0.0, 0.0, -1
        else:
            book.exit_reason, book.exit_session = event.reason, -1
            if event.reason == codes.SIGNAL:
                book.exit_charged_to = codes.NO_ORDER
            self.own.exit_works(book)
        book.busy = True

    def on_block(self, event: BlockEvent) -> None:
        """The daily loss is reached: the strategy's own orders are cancelled."""
        self.own.cancel_all(event.book, "daily_loss")

    def on_close(self, event: MarketEvent) -> None:
        """Rule 7 under `fill_at="close"`: the targets' orders fill at the closes of the moment, exits first."""
        books = [self._books[bar.symbol] for bar in event]
        busy = [book for book in books if book.busy and book.flags[book.number] & codes.TRADABLE]
        for book in busy:
            if book.budget_of != book.number:  # nothing worked when the bar began
                self._fills.open_budget(book)
            if book.exit_reason == codes.SIGNAL:
                self._fills.leave(book, book.bar.close, codes.SIGNAL)
        for book in busy:
            self._try_entry(book, book.bar.close)
        if busy:
            self._ledger.mark_again()

    def end_of_data(self) -> None:
        """Rule 8: what works is cancelled, and what is held is closed at its last close."""
        for book in self._books.values():
            self.own.cancel_all(book, "end_of_data")
            if book.position != 0.0:
                self._fills.force_out(book, codes.END_OF_DATA)
        for book in self._books.values():
            self.own.cancel_all(book, "end_of_data")  # sent in on_fill by then
        self._ledger.mark_again()

    def _begin(self, book: Book) -> None:
        """Rules 1 and 2: the session's start, and square-off at the open."""
        flags = book.flags[book.number]
        if flags & codes.FIRST:
            book.session += 1
            book.begin_session(book.session)
            self._begin_session(book)
        if book.entry_session < 0:
            book.entry_session = book.session
        if book.exit_session < 0:
            book.exit_session = book.session
        self.own.date(book)
        self._fills.open_budget(book)
        if flags & codes.SQUARE_OFF:
            book.entry_side, book.blocked = 0, True
            book.exit_reason = codes.SQUARED_OFF if book.position != 0.0 else codes.NO_ORDER
            book.exit_session = book.session
            self.own.cancel_all(book, "square_off")

    def _begin_session(self, book: Book) -> None:
        lapsed = False
        if book.entry_side != 0 and 0 <= book.entry_session < book.session:
            self._fills.end_entry(book, codes.REFUSED_LAPSED)
            lapsed = True
        if book.exit_reason == codes.SIGNAL and 0 <= book.exit_session < book.session:
            book.exit_reason, lapsed = codes.NO_ORDER, True
        self.own.lapse(book)
        self._bus.publish(SessionEvent(book, lapsed))

    def _close_at_open(self, book: Book) -> None:
        """Rules 3a and 3b, and own orders that close."""
        opened = book.bar.open
        reason = book.exit_reason
        if reason != codes.NO_ORDER:
            if not (self._settings.fill_at_close and reason == codes.SIGNAL):
                self._fills.leave(book, opened, reason)
        elif book.position != 0.0 and self._guards:
            stop, kind = self._stop_level(book)
            goal = self._target_level(book)
            long = book.position > 0.0
            if (long and opened <= stop) or (not long and opened >= stop):
                self._stop_out(book, opened, kind)
            elif (long and opened > goal) or (not long and opened < goal):
                self._take_profit(book, goal)
        if book.working:
            self.own.close_at_open(book)

    def _open_at_open(self, book: Book) -> None:
        """Rule 3c, and own orders that open."""
        if not self._settings.fill_at_close:
            self._try_entry(book, book.bar.open)
        if book.working:
            self.own.open_at_open(book)

    def _try_entry(self, book: Book, base: float) -> None:
        if book.entry_side == 0 or book.exit_reason != codes.NO_ORDER:
            return
        if book.position == 0.0 or book.sign == book.entry_side:
            self._fills.enter(book, base)

    def _inside(self, book: Book) -> None:
        """Rule 4, and own orders within the bar."""
        if book.working:
            self.own.inside(book)
        elif self._settings.optimistic:
            self._target_now(book)
            self._stop_now(book)
        else:
            self._stop_now(book)
            self._target_now(book)

    def _stop_now(self, book: Book) -> None:
        """Leave by the stop or trailing stop of the risk settings, if the bar reaches it."""
        if book.target_of == book.number:
            return  # optimistic: the target was reached first, even where it lacked volume
        if self._guards and book.position != 0.0 and book.exit_reason == codes.NO_ORDER and self._reaches_stop(book):
            stop, kind = self._stop_level(book)
            opened = book.bar.open
            if book.opened_in == book.number:
                opened = book.opened_at  # the open was before the position
            self._stop_out(book, min(opened, stop) if book.position > 0.0 else max(opened, stop), kind)

    def _target_now(self, book: Book) -> None:
        """Leave by the target of the risk settings, if the bar trades through it."""
        if self._guards and book.position != 0.0 and book.exit_reason == codes.NO_ORDER and self._reaches_target(book):
            if self._settings.optimistic:
                book.target_of = book.number
            self._take_profit(book, self._target_level(book))

    def _stop_out(self, book: Book, base: float, kind: int) -> None:
        self.own.abandon(book, book.openers)
        self._fills.leave(book, base, kind)

    def _take_profit(self, book: Book, level: float) -> None:
        openers, before = list(book.openers), book.position
        self._fills.take_profit(book, level)
        if book.position != before:
            self.own.abandon(book, openers)

    def _reaches_stop(self, book: Book) -> bool:
        stop, _ = self._stop_level(book)
        return book.bar.low <= stop if book.position > 0.0 else book.bar.high >= stop

    def _reaches_target(self, book: Book) -> bool:
        goal = self._target_level(book)
        return book.bar.high > goal if book.position > 0.0 else book.bar.low < goal

    def _stop_level(self, book: Book) -> tuple[float, int]:
        """The nearer of stop and trailing level, and its reason; never reached where both are off."""
        loss, trail = self._settings.stop_loss, self._settings.trailing_stop
        if book.position > 0.0:
            stop = book.average * (1.0 - loss) if loss > 0.0 else -_INFINITY
            trailing = book.best * (1.0 - trail) if trail > 0.0 else -_INFINITY
            return (trailing, codes.TRAILING) if trailing > stop else (stop, codes.STOP)
        stop = book.average * (1.0 + loss) if loss > 0.0 else _INFINITY
        trailing = book.best * (1.0 + trail) if trail > 0.0 else _INFINITY
        return (trailing, codes.TRAILING) if trailing < stop else (stop, codes.STOP)

    def _target_level(self, book: Book) -> float:
        """Price of the resting target limit, on the tick; never reached where it is off."""
        gain = self._settings.take_profit
        if book.position > 0.0:
            return tick_up(book.average * (1.0 + gain), book.tick) if gain > 0.0 else _INFINITY
        return tick_down(book.average * (1.0 - gain), book.tick) if gain > 0.0 else -_INFINITY

    def _end(self, book: Book) -> None:
        """Rule 5, and what happens to orders at the close."""
        if book.flags[book.number] & codes.CLOSE_OUT:
            if book.position != 0.0:
                self._fills.force_out(book, codes.SQUARED_OFF)
            book.entry_side, book.blocked = 0, True
            self.own.cancel_all(book, "square_off")
        close = book.bar.close
        if book.position > 0.0:
            book.best = max(book.best, close)
        elif book.position < 0.0:
            book.best = min(book.best, close)
        if book.working:
            self.own.end_of_bar(book)
        guarded = self._guards and book.position != 0.0
        book.busy = guarded or bool(book.working) or book.entry_side != 0 or book.exit_reason != codes.NO_ORDER
