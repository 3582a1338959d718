"""What an order must pass when it is sent or changed; the first check that fails names the reason."""

import math
from numbers import Real

from hermes.engine.event.book import Book
from hermes.engine.event.portfolio import Portfolio
from hermes.engine.event.settings import EventSettings
from hermes.engine.event.working import WorkingOrder
from hermes.engine.kernel import codes
from hermes.engine.kernel.codes import REFUSALS
from hermes.market import OrderType, Side, Validity
from hermes.strategy import Bracket, Ticket


class OrderChecks:
    """The checks of docs/execution-model.md, "When an order is sent"; an empty text means that all were passed."""

    def __init__(self, books: dict[str, Book], settings: EventSettings, portfolio: Portfolio) -> None:
        self._books = books
        self._settings = settings
        self._portfolio = portfolio

    def refusal(self, ticket: Ticket) -> str:
        """Why an order cannot be sent, in the order of the page; empty where it can."""
        book = self._books.get(ticket.symbol)
        if book is None:
            return "unknown_symbol"
        refusal = self._price_refusal(ticket)
        if refusal:
            return refusal
        if ticket.trail is not None and book.mark == 0.0:
            return "bad_price"  # no close yet that the level could follow
        return self._room_refusal(book, ticket, ticket.quantity)

    def bracket_refusal(self, bracket: Bracket) -> str:
        """All three of a bracket, then their prices against each other."""
        entry, stop, target = bracket
        own = self.refusal(entry)
        if own:
            return own
        return self._price_refusal(stop) or self._price_refusal(target) or _bracket_refusal(bracket)

    def _room_refusal(self, book: Book, ticket: Ticket, quantity: float) -> str:
        """What the account and its limits say to `quantity` more units."""
        if book.blocked:
            return "blocked"
        side = ticket.side.sign
        if self.only_closes(ticket):
            has_room = side * book.position < 0.0 or book.has_opener(-side)
            return "" if has_room else "no_position"
        if not book.opens(side, quantity):
            return ""
        if book.number + 1 <= book.cooldown_until:
            return REFUSALS[codes.REFUSED_COOLDOWN]
        return "" if self._portfolio.room_for(book) else REFUSALS[codes.REFUSED_OPEN]

    def only_closes(self, ticket: Ticket) -> bool:
        """Whether an order may never open a position: reduce-only, or a sell where nothing can be short."""
        return ticket.reduce_only or (ticket.side is Side.SELL and not self._settings.intraday_product)

    def _price_refusal(self, ticket: Ticket) -> str:
        """Quantity, prices and their combination."""
        book = self._books[ticket.symbol]
        if not _is_quantity(ticket.quantity, book.lot):
            return "bad_quantity"
        if ticket.type is OrderType.MARKET:
            return ""
        prices = [each for each in (ticket.limit, ticket.trigger) if each is not None]
        trail = ticket.trail
        if not all(_is_price(each) for each in prices) or not (trail is None or _is_trail(trail)):
            return "bad_price"
        if not all(_on_tick(each, book.tick) for each in prices):
            return "off_tick"
        ioc = ticket.validity is Validity.IOC
        if (trail is not None and prices) or (ioc and (trail is not None or ticket.trigger is not None)):
            return "bad_combination"
        return ""

    def change_refusal(
        self,
        order: WorkingOrder,
        quantity: float | None,
        limit: float | None,
        trigger: float | None,
        trail: float | None,
    ) -> str:
        """Why a change cannot be, by the checks of sending; empty where it can."""
        ticket = order.ticket
        book = self._books[ticket.symbol]
        if quantity is not None:
            enough = _is_quantity(quantity, book.lot) and quantity >= ticket.filled
            if not enough or order.parent is not None:
                return "bad_quantity"
        prices = [each for each in (limit, trigger) if each is not None]
        if not all(_is_price(each) for each in prices) or not (trail is None or _is_trail(trail)):
            return "bad_price"
        if not all(_on_tick(each, book.tick) for each in prices):
            return "off_tick"
        lacks_limit = limit is not None and ticket.limit is None
        lacks_level = (trigger is not None and ticket.trigger is None) or (trail is not None and ticket.trail is None)
        is_reached = (trigger is not None or trail is not None) and order.kind in ("market", "limit")
        if lacks_limit or lacks_level or is_reached or _breaks_bracket(order, limit, trigger):
            return "bad_combination"
        if order.parent is not None:
            return ""
        return self._room_refusal(book, ticket, (quantity or ticket.quantity) - ticket.filled)


def number(value: object) -> float:
    """`value` as a float; NaN, which no check passes, for what is no number (True and False are none)."""
    if type(value) is float:
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # an integer beyond every float
        return math.nan


def _is_quantity(value: float, lot: float) -> bool:
    if not 0.0 < value < math.inf:
        return False
    return lot <= 0.0 or value % lot == 0.0


def _is_price(value: float) -> bool:
    return 0.0 < value < math.inf


def _on_tick(price: float, tick: float) -> bool:
    return tick <= 0.0 or abs(price / tick - round(price / tick)) < 1e-6


def _is_trail(value: float) -> bool:
    return 0.0 < value < 1.0


def _breaks_bracket(order: WorkingOrder, limit: float | None, trigger: float | None) -> bool:
    """Whether new prices would take a bracket's out of their order."""
    entry = order.parent or order
    if not entry.children:
        return False
    stop, target = (child.ticket for child in entry.children)
    new = {order.ticket.id: (limit, trigger)}

    def prices(ticket: Ticket) -> tuple[float | None, float | None]:
        given = new.get(ticket.id, (None, None))
        return given[0] or ticket.limit, given[1] or ticket.trigger

    own = prices(entry.ticket) if entry.is_open else (None, None)
    return not _in_order(entry.side, prices(stop)[1], own, prices(target)[0])


def _bracket_refusal(bracket: Bracket) -> str:
    """The stop must lie on the losing side and the target on the winning side, of each other and of the entry."""
    entry, stop, target = bracket
    both_exits = (stop.trigger is None) != (stop.trail is None) and target.limit is not None
    prices = (entry.limit, entry.trigger)
    in_order = _in_order(entry.side.sign, stop.trigger, prices, target.limit)
    return "" if both_exits and in_order else "bad_combination"


def _in_order(side: int, stop: float | None, entry: tuple[float | None, ...], target: float | None) -> bool:
    """Whether stop, entry and target, where they have prices, rise for a buy and fall for a sell."""
    between = [side * each for each in entry if each is not None]
    least = [] if stop is None else [side * stop]
    most = [] if target is None else [side * target]
    return all(a < b for a in least for b in [*between, *most]) and all(a < b for a in between for b in most)
