"""From signals to orders: the size of an entry, the limits on risk, and the day's loss."""

from hermes.engine.event.book import Book
from hermes.engine.event.bus import EventBus
from hermes.engine.event.events import BlockEvent, MarketEvent, OrderEvent, RefusalEvent, SessionEvent, SignalEvent
from hermes.engine.event.ledger import Ledger
from hermes.engine.event.settings import EventSettings
from hermes.engine.kernel import codes
from hermes.engine.kernel.fill import asked
from hermes.engine.kernel.rounding import whole_lots
from hermes.market import IST_OFFSET_US

_DAY_US = 86_400_000_000


class Portfolio:
    """Rules 1, 6 and 7 of docs/execution-model.md, for every symbol of the account."""

    def __init__(self, books: dict[str, Book], settings: EventSettings, ledger: Ledger, bus: EventBus) -> None:
        self._books = books
        self._settings = settings
        self._ledger = ledger
        self._bus = bus
        self._day = -1
        self._loss_day = -1
        self.day_start = ledger.equity
        self.waiting: set[Book] = set()
        """Books whose target is due at this close without a new signal."""

    def on_session(self, event: SessionEvent) -> None:
        """Rule 1: the day's loss starts anew, a block ends, and what is due by then is ordered."""
        book, settings = event.book, self._settings
        if event.lapsed and book.sign != book.standing:
            self._set_due(book, due=True)
        day = (book.bar.start_us + IST_OFFSET_US) // _DAY_US
        if day > self._day:
            self._day, self.day_start = day, self._ledger.equity
        if not book.blocked or self._loss_day == day:
            return
        book.blocked = False
        if settings.intraday_product:
            self._set_due(book, due=book.standing != 0)
        if book.due and not settings.fill_at_close:
            before = book.number - 1
            volatility = book.facts.annual_volatility[max(book.session - 1, 0)]
            made_at = self._ledger.moment_of(book, book.before)
            self._make_orders(book, made_at, book.number, book.atr_at(before), volatility)

    def on_signal(self, event: SignalEvent) -> None:
        """Rule 7: a new target replaces what is left of the earlier one's orders."""
        book, target = event.book, event.target
        if target != book.standing:
            book.standing = target
            self._set_due(book, due=True)
            book.entry_side = 0
            if book.exit_reason == codes.SIGNAL:
                book.exit_reason = codes.NO_ORDER
        if book.due and not book.blocked:
            self.order(book)

    def order(self, book: Book) -> None:
        """Make the orders of the standing target at this close."""
        number = book.number
        first = number if self._settings.fill_at_close else number + 1
        made_at = self._ledger.moment_of(book, book.bar)
        self._make_orders(book, made_at, first, book.atr_at(number), book.annual_volatility)

    def order_waiting(self) -> None:
        """Order what is due at this close and not blocked; what is blocked goes on waiting."""
        for book in sorted(self.waiting, key=lambda each: each.index):
            if not book.blocked:
                self.order(book)

    def on_market(self, event: MarketEvent) -> None:
        """Rule 6: the daily-loss limit, checked at the mark of the moment."""
        limit = self._settings.max_daily_loss
        equity = self._ledger.equity
        if self._loss_day == self._day or equity > self.day_start * (1.0 - limit):
            return
        open_books = [book for book in self._books.values() if not book.blocked]
        if not any(bar.symbol == book.symbol for bar in event for book in open_books):
            return  # every symbol that trades now is squared off
        self._loss_day = self._day
        for book in open_books:
            book.blocked, book.entry_side = True, 0
            leaving = book.exit_reason not in (codes.NO_ORDER, codes.SIGNAL)
            self._bus.publish(BlockEvent(book))
            if book.position != 0.0 and not leaving:
                self._bus.publish(OrderEvent(book, codes.DAILY_LOSS, -book.sign, 0.0))

    def room_for(self, book: Book) -> bool:
        """Whether `max_open_positions` lets a position in `book` be ordered."""
        most = self._settings.max_open_positions
        if most == 0 or book.position != 0.0:
            return True
        others = (each for each in self._books.values() if each is not book)
        return sum(1 for each in others if each.position != 0.0 or each.has_opener()) < most

    def _set_due(self, book: Book, *, due: bool) -> None:
        book.due = due
        if due:
            self.waiting.add(book)
        else:
            self.waiting.discard(book)

    def _make_orders(self, book: Book, moment: int, first_bar: int, atr: float, annual_volatility: float) -> None:
        """Turn the standing target into orders made at the close of `moment`, which fill from `first_bar` on."""
        self._set_due(book, due=False)
        settings, ledger = self._settings, self._ledger
        leaving = book.exit_reason not in (codes.NO_ORDER, codes.SIGNAL)
        sign = 0 if leaving else book.sign
        goal = book.standing
        if sign == goal:
            return
        if sign != 0:
            self._bus.publish(OrderEvent(book, codes.SIGNAL, -sign, 0.0))
        if goal == 0:
            return
        price, equity = book.mark, ledger.equity
        wanted = asked(
            book.record, price, equity, atr, annual_volatility,
            ledger.cycles, ledger.winners, ledger.won, ledger.lost,
        )  # fmt: skip
        quantity = whole_lots(wanted, book.lot)
        reason = codes.REFUSED_SIZE
        if settings.max_position > 0.0 and quantity > 0.0:
            room = whole_lots(settings.max_position * equity / price, book.lot)
            if room < quantity:
                quantity, reason = room, codes.REFUSED_LIMIT
        if first_bar <= book.cooldown_until:
            self._bus.publish(RefusalEvent(book, moment, goal, codes.REFUSED_COOLDOWN, quantity))
        elif quantity <= 0.0:
            self._bus.publish(RefusalEvent(book, moment, goal, reason, 0.0))
        elif not self.room_for(book):
            self._bus.publish(RefusalEvent(book, moment, goal, codes.REFUSED_OPEN, quantity))
        else:
            self._bus.publish(OrderEvent(book, codes.ENTRY, goal, quantity))
