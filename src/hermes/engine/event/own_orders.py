"""A strategy's own orders in a bar: the second part of docs/execution-model.md."""

from collections.abc import Callable

from hermes.engine.event.book import Book
from hermes.engine.event.events import FillEvent
from hermes.engine.event.fills import Fills
from hermes.engine.event.settings import EventSettings
from hermes.engine.event.working import WorkingOrder
from hermes.engine.kernel import codes
from hermes.engine.kernel.codes import REFUSALS
from hermes.market import Validity
from hermes.strategy.broker import Status

Guard = Callable[[Book], None]


class OwnOrders:
    """Looks at the working orders of one book, oldest first, at each place in the bar where the page says so.

    `stop_now` and `target_now` are the exits of the risk settings, which stand before own orders of their kind.
    """

    def __init__(self, settings: EventSettings, fills: Fills, stop_now: Guard, target_now: Guard) -> None:
        self._settings = settings
        self._fills = fills
        self._stop_now = stop_now
        self._target_now = target_now

    def date(self, book: Book) -> None:
        """A new order lives through this session, the first in which it could fill."""
        for each in book.working:
            if each.first_session < 0:
                each.first_session = book.session

    def lapse(self, book: Book) -> None:
        """Rule 1: DAY orders of an earlier session end."""
        for each in _children_first(book.working):
            if each.is_open and 0 <= each.first_session < book.session:
                self._end(book, each, "lapsed", "lapsed")

    def cancel_all(self, book: Book, reason: str) -> None:
        """Cancel every own order of the symbol."""
        for each in _children_first(book.working):
            if each.is_open:
                self._end(book, each, "cancelled", reason)

    def cancel(self, book: Book, order: WorkingOrder, reason: str) -> None:
        """Cancel one order; a bracket's entry takes children that were never armed with it."""
        self._end(book, order, "cancelled", reason)

    def on_fill(self, event: FillEvent) -> None:
        """Whoever closed the position: what could only close it goes."""
        book, order = event.book, event.working
        if book.position != 0.0 or not book.working:
            return
        if order is not None and order.only_closes and order.is_open:
            self._end(book, order, "cancelled", "no_position")
        for each in list(book.working):
            if each.ticket.reduce_only and each.is_open and each.side == event.side:
                if each.parent is not None and each.parent.is_open:
                    entry = each.parent.ticket
                    each.ticket.status, each.left, each.disarmed = "waiting", 0.0, entry.filled
                    each.ticket.quantity = entry.quantity - entry.filled
                else:
                    self._end(book, each, "cancelled", "position_closed")

    def resize(self, order: WorkingOrder, quantity: float) -> None:
        """Give an order another quantity, at least what has filled of it; children get it with their entry."""
        ticket = order.ticket
        ticket.quantity, order.left = quantity, quantity - ticket.filled
        for child in order.children:
            child.ticket.quantity = quantity - child.disarmed
        if order.left <= 1e-9 * quantity:
            ticket.status, order.left = "filled", 0.0

    def exit_works(self, book: Book) -> None:
        """An exit of the rules works: reduce-only orders are cancelled as the resting exits are."""
        self._heed_exit(book)

    def abandon(self, book: Book, openers: list[WorkingOrder]) -> None:
        """An exit of the risk settings has been reached: what is left of the orders that opened the position goes."""
        for each in openers:
            if each.is_open:
                self._end(book, each, "cancelled", "reopens")

    def close_at_open(self, book: Book) -> None:
        """Rule 3: orders that can close, oldest first, at the open."""
        self._heed_exit(book)
        for each in list(book.working):
            if self._may_close(book, each):
                price = self._at_open(book, each)
                if price is not None:
                    self._close(book, each, *price)

    def open_at_open(self, book: Book) -> None:
        """Rule 3: orders that can open, oldest first, at the open. One of the other side first closes, at its turn,
        what an older one has opened just before."""
        for each in list(book.working):
            if not each.only_closes and self._is_live(book, each):
                price = self._at_open(book, each)
                if price is not None and each.side * book.position < 0.0:
                    self._close(book, each, *price)
                if price is not None and each.is_open and each.side * book.position >= 0.0:
                    self._open(book, each, *price)

    def inside(self, book: Book) -> None:
        """Rule 4, in the order that `intrabar` names; the exits of the risk settings included."""
        for each in book.working:
            each.priced_in = -1  # what the open priced
        optimistic = self._settings.optimistic
        if optimistic:
            self._limits(book)
        self._stops(book)
        if not optimistic:
            self._limits(book)
        for each in list(book.working):
            if each.only_closes or each.side * book.position < 0.0 or not self._is_live(book, each):
                continue
            price = self._inside(book, each)
            if price is not None and self._open(book, each, *price):
                book.opened_in, book.opened_at = book.number, each.price
                if optimistic:
                    self._limits(book)
                self._stops(book)
        self._wake_stop_limits(book)

    def _wake_stop_limits(self, book: Book) -> None:
        """A stop-limit that was reached inside the bar is a limit order from the next bar on."""
        for each in book.working:
            can = not each.only_closes or each.side * book.position < 0.0
            if each.kind == "stop_limit" and can and self._is_live(book, each) and _is_reached(book, each):
                each.kind, each.limit_from = "limit", book.number + 1

    def end_of_bar(self, book: Book) -> None:
        """Rule 6: IOC orders end with their first bar, trailing levels follow the close."""
        self._heed_exit(book)
        close = book.bar.close
        for each in list(book.working):
            if each.ticket.validity is Validity.IOC and each.first_bar <= book.number and each.is_open:
                self._end(book, each, "cancelled", "ioc")
            elif each.first_bar <= book.number and each.ticket.status == "working":
                each.follow(close)
        book.working = [each for each in book.working if each.is_open]

    def _stops(self, book: Book) -> None:
        self._stop_now(book)
        for each in list(book.working):
            if (each.kind == "stop" or each.reached) and self._may_close(book, each):
                price = self._inside(book, each)
                if price is not None:
                    self._close(book, each, *price)

    def _limits(self, book: Book) -> None:
        self._target_now(book)
        for each in list(book.working):
            if each.kind == "limit" and self._may_close(book, each):
                price = self._inside(book, each)
                if price is not None:
                    self._close(book, each, *price)

    def _may_close(self, book: Book, order: WorkingOrder) -> bool:
        return self._is_live(book, order) and order.side * book.position < 0.0

    def _is_live(self, book: Book, order: WorkingOrder) -> bool:
        return order.ticket.status == "working" and order.left > 0.0 and order.first_bar <= book.number

    def _at_open(self, book: Book, order: WorkingOrder) -> tuple[float, bool] | None:
        """Base price at the open and whether it is a limit's; None where the order does not fill there."""
        opened, side = book.bar.open, order.side
        if order.kind == "stop" and side * (opened - order.level) >= 0.0:
            order.kind, order.reached = "market", True
        if order.kind == "stop_limit" and side * (opened - order.level) >= 0.0:
            order.kind = "limit"
        if order.kind == "market":
            return opened, False
        if order.kind == "limit" and order.limit_from <= book.number and side * (order.limit - opened) > 0.0:
            return opened, True
        return None

    def _inside(self, book: Book, order: WorkingOrder) -> tuple[float, bool] | None:
        """As `_at_open`, for what the bar reaches after its open."""
        bar, side = book.bar, order.side
        if order.kind == "stop" and _is_reached(book, order):
            order.kind, order.reached = "market", True
            order.reached_in = book.number
            order.base = max(bar.open, order.level) if side > 0 else min(bar.open, order.level)
            if side * book.position < 0.0 and book.opened_in == book.number:
                # The open was before the position.
                at = book.opened_at
                order.base = max(at, order.level) if side > 0 else min(at, order.level)
        if order.kind == "market":
            # A stop that was reached in this very bar; its opening part comes after its closing part.
            return (order.base, False) if order.reached_in == book.number else None
        cheapest = bar.low if side > 0 else bar.high
        if order.kind == "limit" and order.limit_from <= book.number and side * (order.limit - cheapest) > 0.0:
            return min(bar.open, order.limit) if side > 0 else max(bar.open, order.limit), True
        return None

    def _close(self, book: Book, order: WorkingOrder, base: float, is_limit: bool) -> None:
        """Fill the closing part as far as the bar lets."""
        if self._fills.is_locked(book, order.side):
            return
        quantity = min(order.left, abs(book.position), book.budget)
        if quantity <= 0.0:
            return
        price = self._price(book, order, base, is_limit)
        reason = _closing_reason(order)
        self._fills.note_stop(book, reason)
        self._fill(book, order, reason, quantity, price)

    def _open(self, book: Book, order: WorkingOrder, base: float, is_limit: bool) -> bool:
        """Fill the opening part as far as volume, limits and money let; whether anything was filled."""
        fills = self._fills
        if book.exit_reason != codes.NO_ORDER:
            return False
        if book.number <= book.cooldown_until:
            self._refuse(book, order, REFUSALS[codes.REFUSED_COOLDOWN])
            return False
        if fills.is_full(book):
            self._refuse(book, order, REFUSALS[codes.REFUSED_OPEN])
            return False
        if book.budget <= 0.0 or fills.is_locked(book, order.side):
            return False
        price = self._price(book, order, base, is_limit)
        wanted = min(order.left, book.budget)
        quantity, cut = fills.cut(book, order.side, price, wanted, order.turnover, order.brokerage)
        if quantity > 0.0:
            self._fill(book, order, codes.ENTRY, quantity, price)
        if cut != 0 and order.is_open:
            self._refuse(book, order, REFUSALS[cut])
        return quantity > 0.0

    def _price(self, book: Book, order: WorkingOrder, base: float, is_limit: bool) -> float:
        """A limit's base is its price. Closing and opening part of one order in one bar have one price."""
        if order.priced_in != book.number:
            order.priced_in = book.number
            order.price = base if is_limit else self._fills.market_price(book, order.side, base, order.left)
        return order.price

    def _fill(self, book: Book, order: WorkingOrder, reason: int, quantity: float, price: float) -> None:
        ticket = order.ticket
        order.left -= quantity
        done = ticket.filled
        before = (ticket.average_price or 0.0) * done
        ticket.filled = done + quantity
        ticket.average_price = (before + quantity * price) / ticket.filled
        if reason == codes.ENTRY and order not in book.openers:
            book.openers.append(order)
        self._tell_family(book, order, quantity, price)
        if ticket.left <= 1e-9 * ticket.quantity:
            ticket.status, order.left = "filled", 0.0
            book.working.remove(order)
        self._fills.book_own(book, order, reason, quantity, price)

    def _tell_family(self, book: Book, order: WorkingOrder, quantity: float, price: float) -> None:
        """Brackets and OCO: children arm, brothers shrink, partners go. Before `on_fill` can see the fill."""
        for child in order.children:
            if child.ticket.status == "waiting":
                child.ticket.status = "working"
                child.best = price
                child.set_level()
                child.first_bar, child.first_session = book.number, book.session
            child.left += quantity
        parent = order.parent
        if parent is not None:
            if parent.is_open:
                self._end(book, parent, "cancelled", "bracket")
            brother = parent.children[0] if parent.children[1] is order else parent.children[1]
            brother.left -= quantity
            if brother.left <= 1e-9 * brother.ticket.quantity and brother.is_open:
                self._end(book, brother, "cancelled", "oco")
        for partner in order.partners:
            if partner.is_open:
                self._end(book, partner, "cancelled", "oco")

    def _refuse(self, book: Book, order: WorkingOrder, reason: str) -> None:
        """End an order that may not open: rejected where nothing of it was filled."""
        self._end(book, order, "cancelled" if order.ticket.filled else "rejected", reason)

    def _heed_exit(self, book: Book) -> None:
        if book.exit_reason == codes.NO_ORDER:
            return
        for each in list(book.working):
            if each.ticket.reduce_only and each.ticket.status == "working" and each.side * book.position < 0.0:
                self._end(book, each, "cancelled", "exit")

    def _end(self, book: Book, order: WorkingOrder, status: Status, reason: str) -> None:
        ticket = order.ticket
        ticket.status, ticket.reason = status, reason
        order.left = 0.0
        for child in order.children:
            if ticket.filled == 0.0:
                if child.is_open:
                    self._end(book, child, "cancelled", "entry")
            elif child.ticket.status == "working":
                child.ticket.quantity = ticket.filled - child.disarmed  # there will be no more to close
            elif child.ticket.status == "waiting":
                self._end(book, child, "cancelled", "position_closed")


def _children_first(orders: list[WorkingOrder]) -> list[WorkingOrder]:
    """So that each ends for the reason given, not for its entry's end."""
    return sorted(orders, key=lambda each: each.parent is None)


def _is_reached(book: Book, order: WorkingOrder) -> bool:
    furthest = book.bar.high if order.side > 0 else book.bar.low
    return order.side * (furthest - order.level) >= 0.0


def _closing_reason(order: WorkingOrder) -> int:
    if order.is_target:
        return codes.TARGET
    if order.ticket.trail is not None:
        return codes.TRAILING
    return codes.STOP if order.reached else codes.OWN_ORDER
