"""The strategy's side of the account: its orders are checked here before the exchange sees them."""

from itertools import count

from hermes.engine.event.book import Book
from hermes.engine.event.bus import EventBus
from hermes.engine.event.checks import OrderChecks, number
from hermes.engine.event.events import OrderEvent, SignalEvent
from hermes.engine.event.ledger import Ledger
from hermes.engine.event.own_orders import OwnOrders
from hermes.engine.event.portfolio import Portfolio
from hermes.engine.event.record import OrderLog
from hermes.engine.event.settings import EventSettings
from hermes.engine.event.working import WorkingOrder
from hermes.engine.kernel import codes
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
        self._own = own
        self._bus = bus
        self._log = log
        self._checks = OrderChecks(books, settings, portfolio)
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
        side = Side(side)
        entry = self._ticket(symbol, side, quantity, limit, trigger, None, validity, False, tag)
        day = Validity.DAY
        stopping = self._ticket(symbol, side.opposite, quantity, None, stop, trail, day, True, tag)
        taking = self._ticket(symbol, side.opposite, quantity, target, None, None, day, True, tag)
        bracket = Bracket(entry, stopping, taking)
        refusal = self._checks.bracket_refusal(bracket)
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
        quantity, limit, trigger, trail = (
            None if each is None else number(each) for each in (quantity, limit, trigger, trail)
        )
        refusal = self._checks.change_refusal(order, quantity, limit, trigger, trail)
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
        if symbol not in self._books:
            return self.sell(symbol, 0.0, reduce_only=True, tag="close")  # refused, as any order for it
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
        if type(validity) is not Validity:
            validity = _validity(validity)
        if type(symbol) is not str:
            symbol = str(symbol)  # for the result: no such symbol is in the run
        ticket = Ticket(
            id=next(self._ids),
            symbol=symbol,
            side=side,
            quantity=number(quantity),
            type=kind,
            limit=None if limit is None else number(limit),
            trigger=None if trigger is None else number(trigger),
            trail=None if trail is None else number(trail),
            validity=validity,
            reduce_only=bool(reduce_only),
            tag=tag,
        )
        book = self._books.get(symbol)
        self._log.add(ticket, self._ledger.moment, None if book is None else book.index)
        return ticket

    def _send(self, ticket: Ticket) -> Ticket:
        refusal = self._checks.refusal(ticket)
        if refusal:
            return self._reject(ticket, refusal)
        self._work(ticket)
        return ticket

    def _work(self, ticket: Ticket, *, is_target: bool = False) -> WorkingOrder:
        book = self._books[ticket.symbol]
        order = WorkingOrder(
            ticket,
            book.number + 1,
            book.mark,
            only_closes=self._checks.only_closes(ticket),
            is_target=is_target,
        )
        self._bus.publish(OrderEvent(book, codes.OWN_ORDER, order.side, ticket.quantity, order))
        return order

    def _reject(self, ticket: Ticket, reason: str) -> Ticket:
        ticket.status, ticket.reason = "rejected", reason
        return ticket


def _validity(word: str) -> Validity:
    try:
        return Validity(word)
    except ValueError:
        raise StrategyError(f"A validity is 'day' or 'ioc', not {word!r}.") from None
