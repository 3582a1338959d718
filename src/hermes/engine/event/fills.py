"""Fills of the orders that came from targets: priced, sized and charged by the kernel's own compiled functions."""

from hermes.engine.event.book import Book
from hermes.engine.event.bus import EventBus
from hermes.engine.event.events import FillEvent, RefusalEvent
from hermes.engine.event.ledger import Ledger
from hermes.engine.event.settings import EventSettings
from hermes.engine.event.working import WorkingOrder
from hermes.engine.kernel import codes
from hermes.engine.kernel.fill import charge, payable, price_of
from hermes.engine.kernel.rounding import whole_lots

_INFINITY = float("inf")


class Fills:
    """What one bar lets fill of one order; each fill is published once, and everything else follows from it."""

    def __init__(self, settings: EventSettings, ledger: Ledger, bus: EventBus) -> None:
        self._settings = settings
        self._ledger = ledger
        self._bus = bus

    def open_budget(self, book: Book) -> None:
        """Set what may fill in this bar: nothing without trades, a share of its volume, or anything."""
        book.budget_of = book.number
        share, volume = self._settings.volume_share, book.bar.volume
        if not book.flags[book.number] & codes.TRADABLE:
            book.budget = 0.0
        elif share > 0.0 and volume > 0.0:
            book.budget = whole_lots(share * volume, book.lot)
        else:
            book.budget = _INFINITY

    def is_locked(self, book: Book, side: int) -> bool:
        """Whether nobody takes the other side: buying at the upper band, selling at the lower one."""
        return bool(book.flags[book.number] & (codes.LOCKED_UP if side > 0 else codes.LOCKED_DOWN))

    def market_price(self, book: Book, side: int, base: float, quantity: float) -> float:
        """`base` after slippage for `quantity` units, on the tick, against the trader."""
        return price_of(book.now, book.record, side, base, quantity)

    def leave(self, book: Book, base: float, reason: int) -> None:
        """Fill as much of an exit at the market as the bar lets; the rest becomes, or stays, a working exit order."""
        side = -book.sign
        held = abs(book.position)
        if book.exit_reason == codes.NO_ORDER and reason in (codes.STOP, codes.TRAILING):
            self._abandon_entry(book, -side)
        quantity = 0.0 if self.is_locked(book, side) else min(held, book.budget)
        if quantity > 0.0:
            price = self.market_price(book, side, base, held)
            self.note_stop(book, reason)
            self.book_exit(book, reason, side, quantity, price)
        if book.position != 0.0 and book.exit_reason != reason:
            book.exit_reason, book.exit_session = reason, book.session

    def take_profit(self, book: Book, level: float) -> None:
        """Fill the resting target limit as far as the bar lets; the rest goes on resting."""
        side = -book.sign
        quantity = 0.0 if self.is_locked(book, side) else min(abs(book.position), book.budget)
        if quantity > 0.0:
            opened = book.bar.open
            self._abandon_entry(book, -side)
            price = max(opened, level) if side < 0 else min(opened, level)
            self.book_exit(book, codes.TARGET, side, quantity, price)

    def force_out(self, book: Book, reason: int) -> None:
        """Close the position at the bar's close whatever its volume and lock."""
        side, held = -book.sign, abs(book.position)
        self.book_exit(book, reason, side, held, self.market_price(book, side, book.bar.close, held))

    def enter(self, book: Book, base: float) -> None:
        """Fill as much of the entry order as volume, the limits and the money let."""
        side = book.entry_side
        if book.number <= book.cooldown_until:
            self.end_entry(book, codes.REFUSED_COOLDOWN)
            return
        if self.is_full(book):
            self.end_entry(book, codes.REFUSED_OPEN)
            return
        if book.budget <= 0.0 or self.is_locked(book, side):
            return
        price = self.market_price(book, side, base, book.entry_left)
        wanted = min(book.entry_left, book.budget)
        quantity, cut = self.cut(book, side, price, wanted, book.entry_turnover, book.entry_brokerage)
        if quantity <= 0.0:
            self.end_entry(book, cut)
            return
        self._book_entry(book, side, quantity, price)
        book.entry_done += quantity
        book.entry_left -= quantity
        if cut != 0 or book.entry_left <= 1e-9 * book.entry_done:
            book.entry_side = 0

    def is_full(self, book: Book) -> bool:
        """Whether `max_open_positions` keeps a new position out of `book` now."""
        most = self._settings.max_open_positions
        return most > 0 and book.position == 0.0 and self._ledger.open_positions() >= most

    def cut(
        self, book: Book, side: int, price: float, quantity: float, turnover: float, brokerage: float
    ) -> tuple[float, int]:
        """`quantity` cut by `max_position_pct` and by money, and the refusal code of what cut it last (0: nothing)."""
        settings, ledger, position = self._settings, self._ledger, book.position
        cut = 0
        if settings.max_position > 0.0:
            worth = ledger.without(book) + position * price
            room = whole_lots(settings.max_position * worth / price - abs(position), book.lot)
            if room < quantity:
                quantity, cut = room, codes.REFUSED_LIMIT
        leverage = settings.leverage
        money = ledger.free_without(book, leverage) + position * price - abs(position) * price / leverage
        with_dp = book.dp_session != book.session
        paid = payable(
            quantity, price, money, leverage, book.lot, book.rates, side > 0, turnover, brokerage, with_dp
        ) if quantity > 0.0 else 0.0  # fmt: skip
        if paid < quantity:
            quantity, cut = paid, codes.REFUSED_MONEY
        return quantity, cut

    def end_entry(self, book: Book, reason: int) -> None:
        """Take the entry order away; it is a refusal where nothing of it was filled."""
        if book.entry_done == 0.0:
            self._bus.publish(RefusalEvent(book, self._ledger.moment, book.entry_side, reason, book.entry_left))
        book.entry_side = 0

    def note_stop(self, book: Book, reason: int) -> None:
        """Start the cooldown after a stop or a trailing stop has filled."""
        if self._settings.cooldown > 0 and reason in (codes.STOP, codes.TRAILING):
            book.cooldown_until = book.number + self._settings.cooldown

    def book_exit(self, book: Book, reason: int, side: int, quantity: float, price: float) -> None:
        """Publish a fill that closes for the rules: all fills of one reason in a row are one order."""
        if book.exit_charged_to != reason:
            book.exit_charged_to, book.exit_turnover, book.exit_brokerage = reason, 0.0, 0.0
        turnover, of_order = self._publish(
            book, reason, side, quantity, price, book.exit_turnover, book.exit_brokerage, None
        )
        if book.position == 0.0:
            return  # the ledger's reader has reset what the order was charged
        book.exit_turnover += turnover
        book.exit_brokerage += of_order

    def book_own(self, book: Book, working: WorkingOrder, reason: int, quantity: float, price: float) -> None:
        """Publish a fill of a strategy's own order."""
        turnover, of_order = self._publish(
            book, reason, working.side, quantity, price, working.turnover, working.brokerage, working
        )
        working.turnover += turnover
        working.brokerage += of_order

    def _book_entry(self, book: Book, side: int, quantity: float, price: float) -> None:
        turnover, of_order = self._publish(
            book, codes.ENTRY, side, quantity, price, book.entry_turnover, book.entry_brokerage, None
        )
        book.entry_turnover += turnover
        book.entry_brokerage += of_order

    def _publish(
        self,
        book: Book,
        reason: int,
        side: int,
        quantity: float,
        price: float,
        turnover: float,
        brokerage: float,
        working: WorkingOrder | None,
    ) -> tuple[float, float]:
        """Charge and publish one fill; its turnover and what brokerage it adds to its order."""
        rates = book.rates
        with_dp = book.dp_session != book.session
        items, total, turned, of_order = charge(rates, side > 0, quantity, price, turnover, brokerage, with_dp)
        if side < 0:
            book.dp_session = book.session
        book.budget -= quantity
        self._bus.publish(FillEvent(book, reason, side, quantity, price, items, total, working))
        if book.position == 0.0:
            book.exit_reason = book.exit_charged_to = codes.NO_ORDER
            book.openers.clear()
            book.target_of = -1
        return turned, of_order

    def _abandon_entry(self, book: Book, side: int) -> None:
        """Cancel what is left of the entry that opened the position: it would open again what an exit has closed."""
        if book.entry_side == side and (book.entry_done > 0.0 or not book.openers):
            book.entry_side = 0
