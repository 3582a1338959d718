"""7. The strategy: its script's actions, played one after the other at the close of a moment."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import isfinite

from tests.oracle.model import Exact, Side, exact
from tests.oracle.own_orders.checks import Wish, fault, fault_of_child
from tests.oracle.own_orders.desk import Desk
from tests.oracle.own_orders.model import (
    Action,
    Bracket,
    Cancel,
    CancelAll,
    Close,
    Modify,
    Oco,
    RefusedChange,
    Send,
    Target,
)
from tests.oracle.own_orders.purse import Purse
from tests.oracle.own_orders.ticket import Ticket

FAULTS_BEFORE = ("bad_quantity", "bad_price", "off_tick")


class Player:
    """`tickets` holds every order by ordinal, None where a number was taken without an order."""

    def __init__(self, desks: Mapping[str, Desk], purse: Purse) -> None:
        self.desks = desks
        self.purse = purse
        self.tickets: list[Ticket | None] = []
        self.wishes: dict[Ticket, Wish] = {}
        self.refused_changes: list[RefusedChange] = []

    def play(self, action: Action) -> None:
        match action:
            case Send():
                self.send(action)
            case Bracket():
                self.send_bracket(action)
            case Close(symbol):
                self.close(symbol)
            case Oco(first, second):
                self.link(first, second)
            case Cancel(ordinal):
                if (ticket := self.ticket(ordinal)) is not None:
                    self.desks[ticket.symbol].book.end_all([ticket], "cancelled", "cancelled")
            case CancelAll(symbol):
                for name, desk in self.desks.items():
                    if symbol in (None, name):
                        desk.book.cancel_all("cancelled")
            case Modify():
                self.change(action)
            case Target(symbol, target):
                self.desks[symbol].see(target)
                self.desks[symbol].make_due_orders()

    def ticket(self, ordinal: int) -> Ticket | None:
        """None, too, for a number that no order bears yet, and for an order that was unknown to every desk."""
        ticket = self.tickets[ordinal] if ordinal < len(self.tickets) else None
        return ticket if ticket is not None and ticket.symbol in self.desks else None

    # Sending

    def send(self, action: Send) -> None:
        wish = Wish(
            signed(action.side),
            action.quantity,
            action.limit,
            action.trigger,
            action.trail,
            action.validity == "ioc",
            action.reduce_only,
        )
        self.accept(wish, action.symbol, [self.written(wish, action.symbol)])

    def send_bracket(self, action: Bracket) -> None:
        wish = Wish(
            signed(action.side),
            action.quantity,
            action.limit,
            action.trigger,
            ioc=action.validity == "ioc",
            is_bracket=True,
            stop=action.stop,
            child_trail=action.trail,
            target=action.target,
        )
        entry = self.written(wish, action.symbol)
        child = Wish(-wish.side, 0, reduce_only=True)
        stop = self.written(replace(child, trigger=action.stop, trail=action.trail), action.symbol)
        target = self.written(replace(child, limit=action.target), action.symbol)
        target.is_target = True
        entry.children = (stop, target)
        stop.entry = target.entry = entry
        stop.sibling, target.sibling = target, stop
        stop.status = target.status = "waiting"
        stop.best = None
        self.accept(wish, action.symbol, [entry, stop, target])

    def close(self, symbol: str) -> None:
        desk = self.desks[symbol]
        if not desk.side:
            self.tickets.append(None)
            return
        wish = Wish(-desk.side, abs(desk.account.position), reduce_only=True)
        self.accept(wish, symbol, [self.written(wish, symbol)])

    def written(self, wish: Wish, symbol: str) -> Ticket:
        desk = self.desks.get(symbol)
        return Ticket(
            symbol,
            wish.side,
            readable(wish.quantity),
            0 if desk is None else desk.next_index,
            limit=None if wish.limit is None else readable(wish.limit),
            trigger=None if wish.trigger is None else readable(wish.trigger),
            trail=None if wish.trail is None else readable(wish.trail),
            ioc=wish.ioc,
            reduce_only=wish.reduce_only,
            best=None if desk is None else desk.last_close,
        )

    def accept(self, wish: Wish, symbol: str, tickets: list[Ticket]) -> None:
        desk = self.desks.get(symbol)
        reason = "unknown_symbol" if desk is None else fault(wish, desk)
        self.wishes[tickets[0]] = wish
        for ticket in tickets:
            if reason is not None:
                ticket.status, ticket.reason, ticket.ended = "rejected", reason, self.purse.moment
            elif desk is not None:
                desk.book.add(ticket, len(self.tickets))
            self.tickets.append(ticket)
        if desk is not None:
            desk.book.yield_to_exit()

    # Linking and changing

    def link(self, first: int, second: int) -> None:
        one, other = self.ticket(first), self.ticket(second)
        if (
            one is None
            or other is None
            or one is other
            or not (one.works and other.works)
            or one.symbol != other.symbol
        ):
            self.refuse(first, "bad_combination")
        else:
            one.partners.append(other)
            other.partners.append(one)

    def change(self, action: Modify) -> None:
        """What is not given stays; an order that has ended cannot be changed, which is no refusal of the page."""
        ticket = self.ticket(action.ordinal)
        if ticket is None or not ticket.is_open:
            return
        first = ticket.entry or ticket
        wish = replace(self.wishes[first], priced_entry=first.works)
        desk = self.desks[ticket.symbol]
        prices = new_prices(action)
        if ticket.entry is None:
            wish = replace(
                wish,
                quantity=wish.quantity if action.quantity is None else action.quantity,
                limit=prices.get("limit", wish.limit),
                trigger=prices.get("trigger", wish.trigger),
                trail=prices.get("trail", wish.trail),
            )
            reason = fault(wish, desk, ticket)
        else:
            wish = replace(
                wish,
                target=prices.get("limit", wish.target),
                stop=prices.get("trigger", wish.stop),
                child_trail=prices.get("trail", wish.child_trail),
            )
            reason = fault_of_child(wish, desk, changes_quantity=action.quantity is not None)
        if reason not in FAULTS_BEFORE and prices.keys() - changeable(ticket):
            reason = "bad_combination"
        if reason is not None:
            self.refuse(action.ordinal, reason)
            return
        self.wishes[first] = wish
        ticket.limit = maybe(prices.get("limit"), ticket.limit)
        ticket.trigger = maybe(prices.get("trigger"), ticket.trigger)
        ticket.trail = maybe(prices.get("trail"), ticket.trail)
        if ticket.entry is None:
            ticket.asked = exact(wish.quantity)
            if not ticket.left:
                desk.book.end(ticket, "filled", "")

    def refuse(self, ordinal: int, reason: str) -> None:
        self.refused_changes.append(RefusedChange(self.purse.moment, ordinal, reason))


def signed(side: Side) -> int:
    return 1 if side == "buy" else -1


def maybe(number: float | None, otherwise: Exact | None = None) -> Exact | None:
    return otherwise if number is None else exact(number)


def new_prices(action: Modify) -> dict[str, float]:
    asked = {"limit": action.limit, "trigger": action.trigger, "trail": action.trail}
    return {name: price for name, price in asked.items() if price is not None}


def changeable(ticket: Ticket) -> set[str]:
    """A price is changed, not added, and what has been reached is no longer there to change."""
    reached = {"trigger", "trail"} if ticket.triggered else set()
    return {name for name in ("limit", "trigger", "trail") if getattr(ticket, name) is not None} - reached


def readable(number: float | Exact) -> Exact:
    """What is no number is rejected before anybody reckons with it."""
    return exact(number) if isfinite(number) else Fraction(0)
