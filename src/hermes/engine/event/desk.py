"""The strategy's side of the account: its orders are checked here before the exchange sees them."""

import math
from itertools import count

from hermes.engine.event.book import Book
from hermes.engine.event.bus import EventBus
from hermes.engine.event.events import OrderEvent, SignalEvent
from hermes.engine.event.ledger import Ledger
from hermes.engine.event.own_orders import OwnOrders
from hermes.engine.event.portfolio import Portfolio
from hermes.engine.event.record import OrderLog
from hermes.engine.event.settings import EventSettings
from hermes.engine.event.working import WorkingOrder
from hermes.engine.kernel import codes
from hermes.engine.kernel.codes import REFUSALS
from hermes.errors import StrategyError
from hermes.market import OrderType, Side, Validity
from hermes.strategy import Bracket, Ticket


class Desk:
    """Implements `hermes.strategy.Broker` on the books of a run."""

    def __init__(
        self,
        books: dict[str, Book],
        settings: EventSettings,
        ledger: Ledger,
        portfolio: Portfolio,
        own: OwnOrders,
        bus: EventBus,
        log: OrderLog,
    ) -> None:
        self._books = books
        self._settings = settings
        self._ledger = ledger
        self._portfolio = portfolio
        self._own = own
        self._bus = bus
        self._log = log
        self._ids = count(1)

    def buy(
        self,
        symbol: str,
        quantity: float,
        *,
        limit: float | None = None,
        trigger: float | None = None,
        trail: float | None = None,
        validity: Validity = Validity.DAY,
        reduce_only: bool = False,
        tag: str = "",
    ) -> Ticket:
        """Send a buy."""
        ticket = self._ticket(symbol, Side.BUY, quantity, limit, trigger, trail, validity, reduce_only, tag)
        return self._send(ticket)

    def sell(
        self,
        symbol: str,
        quantity: float,
        *,
        limit: float | None = None,
        trigger: float | None = None,
        trail: float | None = None,
        validity: Validity = Validity.DAY,
        reduce_only: bool = False,
        tag: str = "",
    ) -> Ticket:
        """Send a sell."""
        ticket = self._ticket(symbol, Side.SELL, quantity, limit, trigger, trail, validity, reduce_only, tag)
        return self._send(ticket)

    def bracket(
        self,
        symbol: str,
        side: Side,
        quantity: float,
        *,
        target: float,
        stop: float | None = None,
        trail: float | None = None,
        limit: float | None = None,
        trigger: float | None = None,
        validity: Validity = Validity.DAY,
        tag: str = "",
    ) -> Bracket:
        """Send an entry with the two orders that close it."""
        entry = self._ticket(symbol, side, quantity, limit, trigger, None, validity, False, tag)
        day = Validity.DAY
        stopping = self._ticket(symbol, side.opposite, quantity, None, stop, trail, day, True, tag)
        taking = self._ticket(symbol, side.opposite, quantity, target, None, None, day, True, tag)
        bracket = Bracket(entry, stopping, taking)
        refusal = self._refusal(entry)
        if not refusal:
            refusal = self._price_refusal(stopping) or self._price_refusal(taking) or _bracket_refusal(bracket)
        if refusal:
            for each in bracket:
                self._reject(each, refusal)
            return bracket
        stopping.status = taking.status = "waiting"
        parent = self._work(entry)
        parent.children = (self._work(stopping), self._work(taking, is_target=True))
        for child in parent.children:
            child.parent, child.left = parent, 0.0
        return bracket

    def oco(self, first: Ticket, second: Ticket) -> None:
        """Link two working tickets of one symbol."""
        one, other = self._order(first), self._order(second)
        both_work = first.status == second.status == "working"
        if one is None or other is None or one is other or not both_work or first.symbol != second.symbol:
            self._log.refuse(self._ledger.moment, first, "bad_combination")
            return
        one.partners += (other,)
        other.partners += (one,)

    def cancel(self, ticket: Ticket) -> bool:
        """Cancel what is left of an order."""
        order = self._order(ticket)
        if order is None:
            return False
        self._own.cancel(self._books[ticket.symbol], order, "cancelled")
        return True

    def cancel_all(self, symbol: str | None = None) -> int:
        """Cancel every working order."""
        return sum(self.cancel(each) for each in self.working(symbol) if each.is_open)

    def modify(
        self,
        ticket: Ticket,
        *,
        quantity: float | None = None,
        limit: float | None = None,
        trigger: float | None = None,
        trail: float | None = None,
    ) -> bool:
        """Change a working order."""
        order = self._order(ticket)
        if order is None:
            return False
        refusal = self._change_refusal(order, quantity, limit, trigger, trail)
        if refusal:
            self._log.refuse(self._ledger.moment, ticket, refusal)
            return False
        if quantity is not None:
            self._own.resize(order, quantity)
        ticket.limit = limit if limit is not None else ticket.limit
        ticket.trigger = trigger if trigger is not None else ticket.trigger
        ticket.trail = trail if trail is not None else ticket.trail
        order.limit = ticket.limit or 0.0
        order.set_level()
        return True

    def close(self, symbol: str) -> Ticket | None:
        """Send a reduce-only market order for all that is held."""
        held = self.position(symbol)
        if held == 0.0:
            return None
        if held > 0.0:
            return self.sell(symbol, held, reduce_only=True, tag="close")
        return self.buy(symbol, -held, reduce_only=True, tag="close")

    def target(self, symbol: str, target: int) -> None:
        """Give a target; -1 counts as 0 where the product cannot be short."""
        if target not in (-1, 0, 1):
            raise StrategyError(f"A target is 1, 0 or -1, not {target!r}.")
        book = self._book(symbol)
        wish = int(target) if self._settings.intraday_product else max(int(target), 0)
        self._log.short_targets += wish != target
        if wish != book.standing or book.due:
            self._bus.publish(SignalEvent(book, wish))

    def position(self, symbol: str) -> float:
        """What is held."""
        try:  # the quickest way for what strategies ask at every bar
            return self._books[symbol].position
        except KeyError:
            return self._book(symbol).position

    def average_price(self, symbol: str) -> float | None:
        """Average price of what is held."""
        book = self._book(symbol)
        return book.average if book.position else None

    def working(self, symbol: str | None = None) -> tuple[Ticket, ...]:
        """Orders that can still fill."""
        books = self._books.values() if symbol is None else (self._book(symbol),)
        open_orders = [each.ticket for book in books for each in book.working if each.is_open]
        return tuple(sorted(open_orders, key=lambda each: each.id))

    @property
    def cash(self) -> float:
        """Rupees in the account."""
        return self._ledger.cash

    @property
    def equity(self) -> float:
        """Cash plus positions at their last closes."""
        return self._ledger.worth

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the run."""
        return tuple(self._books)

    def _order(self, ticket: Ticket) -> WorkingOrder | None:
        """The order behind a ticket while it can fill."""
        book = self._books.get(ticket.symbol)
        if book is None or not ticket.is_open:
            return None
        return next((each for each in book.working if each.ticket is ticket), None)

    def _book(self, symbol: str) -> Book:
        book = self._books.get(symbol)
        if book is None:
            raise StrategyError(f"{symbol!r} is not in this run; its symbols are {', '.join(self._books)}.")
        return book

    def _ticket(
        self,
        symbol: str,
        side: Side,
        quantity: float,
        limit: float | None,
        trigger: float | None,
        trail: float | None,
        validity: Validity,
        reduce_only: bool,
        tag: str,
    ) -> Ticket:
        kind = (
            (OrderType.STOP_LIMIT if limit is not None else OrderType.STOP)
            if trigger is not None or trail is not None
            else (OrderType.LIMIT if limit is not None else OrderType.MARKET)
        )
        ticket = Ticket(
            next(self._ids), symbol, Side(side), quantity, kind, limit, trigger, trail, validity, reduce_only, tag
        )
        book = self._books.get(symbol)
        self._log.add(ticket, self._ledger.moment, None if book is None else book.index)
        return ticket

    def _send(self, ticket: Ticket) -> Ticket:
        refusal = self._refusal(ticket)
        if refusal:
            return self._reject(ticket, refusal)
        self._work(ticket)
        return ticket

    def _work(self, ticket: Ticket, *, is_target: bool = False) -> WorkingOrder:
        book = self._books[ticket.symbol]
        order = WorkingOrder(
            ticket,
            book.number + 1,
            book.mark or book.bar.close,
            only_closes=self._only_closes(ticket),
            is_target=is_target,
        )
        self._bus.publish(OrderEvent(book, codes.OWN_ORDER, order.side, ticket.quantity, order))
        return order

    def _reject(self, ticket: Ticket, reason: str) -> Ticket:
        ticket.status, ticket.reason = "rejected", reason
        return ticket

    def _refusal(self, ticket: Ticket) -> str:
        """Why an order cannot be sent, in the order of the page; empty where it can."""
        book = self._books.get(ticket.symbol)
        if book is None:
            return "unknown_symbol"
        refusal = self._price_refusal(ticket)
        if refusal:
            return refusal
        return self._room_refusal(book, ticket, ticket.quantity)

    def _room_refusal(self, book: Book, ticket: Ticket, quantity: float) -> str:
        """What the account and its limits say to `quantity` more units."""
        if book.blocked:
            return "blocked"
        side = ticket.side.sign
        if self._only_closes(ticket):
            has_room = side * book.position < 0.0 or book.has_opener(-side)
            return "" if has_room else "no_position"
        if not book.opens(side, quantity):
            return ""
        if book.number + 1 <= book.cooldown_until:
            return REFUSALS[codes.REFUSED_COOLDOWN]
        return "" if self._portfolio.room_for(book) else REFUSALS[codes.REFUSED_OPEN]

    def _only_closes(self, ticket: Ticket) -> bool:
        return ticket.reduce_only or (ticket.side is Side.SELL and not self._settings.intraday_product)

    def _price_refusal(self, ticket: Ticket) -> str:
        """Quantity, prices and their combination."""
        book = self._books[ticket.symbol]
        if not _is_quantity(ticket.quantity, book.lot):
            return "bad_quantity"
        if ticket.type is OrderType.MARKET:
            return ""
        prices = [each for each in (ticket.limit, ticket.trigger) if each is not None]
        if not all(_is_price(each) for each in prices):
            return "bad_price"
        trail = ticket.trail
        if trail is not None and not _is_trail(trail):
            return "bad_price"
        if not all(_on_tick(each, book.tick) for each in prices):
            return "off_tick"
        ioc = ticket.validity is Validity.IOC
        if (trail is not None and prices) or (ioc and (trail is not None or ticket.trigger is not None)):
            return "bad_combination"
        return ""

    def _change_refusal(
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


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_quantity(value: float, lot: float) -> bool:
    if not _is_number(value) or value <= 0.0:
        return False
    return lot <= 0.0 or value % lot == 0.0


def _is_price(value: float) -> bool:
    return _is_number(value) and value > 0.0


def _on_tick(price: float, tick: float) -> bool:
    return tick <= 0.0 or abs(price / tick - round(price / tick)) < 1e-6


def _is_trail(value: float) -> bool:
    return _is_number(value) and 0.0 < value < 1.0


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
    one_stop = (stop.trigger is None) != (stop.trail is None)
    prices = (entry.limit, entry.trigger)
    in_order = _in_order(entry.side.sign, stop.trigger, prices, target.limit)
    return "" if one_stop and in_order else "bad_combination"


def _in_order(side: int, stop: float | None, entry: tuple[float | None, ...], target: float | None) -> bool:
    """Whether stop, entry and target, where they have prices, rise for a buy and fall for a sell."""
    between = [side * each for each in entry if each is not None]
    least = [] if stop is None else [side * stop]
    most = [] if target is None else [side * target]
    return all(a < b for a in least for b in [*between, *most]) and all(a < b for a in between for b in most)
