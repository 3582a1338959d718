"""The strategy's own orders of one symbol: which of them work, what fills them and what ends them."""

from typing import TYPE_CHECKING

from tests.oracle.account import Order
from tests.oracle.model import Bar, Exact, exact
from tests.oracle.own_orders.model import Status
from tests.oracle.own_orders.ticket import Ticket
from tests.oracle.prices import against_trader, market_price

if TYPE_CHECKING:
    from tests.oracle.own_orders.desk import Desk


class Book:
    """`tickets` are those of the symbol, oldest first; `numbers` gives each one's ordinal."""

    def __init__(self, desk: "Desk") -> None:
        self.desk = desk
        self.tickets: list[Ticket] = []
        self.numbers: dict[Ticket, int] = {}

    def add(self, ticket: Ticket, ordinal: int) -> None:
        self.tickets.append(ticket)
        self.numbers[ticket] = ordinal

    def working(self) -> list[Ticket]:
        """Oldest first; a copy, for whoever fills orders changes what works."""
        return [each for each in self.tickets if each.works]

    # What an order is to the position

    def only_reduces(self, ticket: Ticket) -> bool:
        return ticket.reduce_only or (ticket.side < 0 and self.desk.settings.product == "CNC")

    def can_close(self, ticket: Ticket) -> bool:
        return ticket.side == -self.desk.side

    def would_open(self, ticket: Ticket, left: Exact) -> bool:
        """Whether `left` units of the order would open or enlarge a position."""
        return not self.only_reduces(ticket) and (not self.can_close(ticket) or left > abs(self.desk.account.position))

    def has_opener(self, side: int | None = None) -> bool:
        """Whether an order works that would open a position (by a buy, 1, or a sell, -1)."""
        return any(side in (None, each.side) and self.would_open(each, each.left) for each in self.working())

    # What ends an order

    def end(self, ticket: Ticket, status: Status, reason: str) -> None:
        ticket.status, ticket.reason, ticket.ended = status, reason, self.desk.purse.moment
        if not ticket.filled:
            self.end_all([each for each in ticket.children if each.is_open], "cancelled", "entry")
        elif status != "filled":
            self.end_all([each for each in ticket.children if each.status == "waiting"], "cancelled", "position_closed")

    def end_all(self, tickets: list[Ticket], status: Status, reason: str) -> None:
        for each in tickets:
            if each.is_open:
                self.end(each, status, reason)

    def cancel_all(self, reason: str) -> int:
        """Children first where an entry stands before them: each order ends for the reason given."""
        tickets = [each for each in self.tickets if each.is_open]
        self.end_all(sorted(tickets, key=lambda each: each.entry is None), "cancelled", reason)
        return len(tickets)

    def lapse(self, bar: Bar) -> None:
        """1. An order lives through the session of the first bar in which it could fill."""
        old = [each for each in self.tickets if each.is_open and each.first_bar < bar.index]
        self.end_all(sorted(old, key=lambda each: each.entry is None), "lapsed", "lapsed")

    def after_close(self, bar: Bar) -> None:
        """6. IOC orders end with their first bar; trailing stops follow the close."""
        self.end_all([each for each in self.tickets if each.ioc and each.first_bar <= bar.index], "cancelled", "ioc")
        for each in self.tickets:
            each.follow(exact(bar.close))

    def yield_to_exit(self) -> None:
        """While an exit of the settings or of a target works, nothing else waits to close the position."""
        if self.desk.exit is not None:
            ours = [each for each in self.working() if each.reduce_only and self.can_close(each)]
            self.end_all(ours, "cancelled", "exit")

    def position_closed(self, side: int) -> None:
        """Flat: orders that could only have closed the position by a buy (1) or a sell (-1) have nothing to do."""
        for each in self.tickets:
            if not (each.is_open and each.reduce_only and each.side == side):
                continue
            if each.entry is not None and each.entry.works:
                each.status, each.disarmed = "waiting", each.entry.filled
            else:
                self.end(each, "cancelled", "position_closed")

    # 3. The open

    def close_at_open(self, bar: Bar) -> None:
        for each in self.working():
            if each.works and self.can_close(each) and (price := self.price_at_open(each, bar)) is not None:
                self.fill_closing(each, bar, price)

    def open_at_open(self, bar: Bar) -> None:
        for each in self.working():
            if not each.works or self.only_reduces(each):
                continue
            price = self.price_at_open(each, bar)
            if price is None:
                continue
            if self.can_close(each):
                # What an older order has opened at this very open.
                self.fill_closing(each, bar, price)
            if each.works and not self.can_close(each):
                self.fill_opening(each, bar, price)

    def price_at_open(self, ticket: Ticket, bar: Bar) -> Exact | None:
        """What the order pays or gets at the open, None where it does not fill there."""
        if (paid := self.paid_before(ticket, bar, "open")) is not None:
            return paid
        base = exact(bar.open)
        if ticket.has_level and not ticket.triggered:
            if ticket.side * (base - ticket.level) < 0:
                return None
            ticket.triggered = True
        if ticket.limit is None:
            price = market_price(self.desk.settings, bar, ticket.side, base, ticket.left)
        elif ticket.side * (ticket.limit - base) > 0:
            price = limit_price(ticket, bar, base)
        else:
            return None
        ticket.price_of_bar = (bar.index, "open", price)
        return price

    # 4. Inside the bar

    def inside(self, bar: Bar) -> None:
        self.closing_inside(bar, limits=True)
        for each in self.working():
            if not each.works or self.only_reduces(each) or self.can_close(each):
                continue
            price = self.price_inside(each, bar)
            if price is not None and self.fill_opening(each, bar, price):
                self.desk.opened_inside, self.desk.opened_at = bar.index, price
                # Nobody knows which price came first: stops at once, limits from the next bar on.
                self.closing_inside(bar, limits=self.desk.settings.intrabar == "optimistic")
        self.wake_stop_limits(bar)

    def closing_inside(self, bar: Bar, *, limits: bool) -> None:
        if limits and self.desk.settings.intrabar == "optimistic":
            self.limits_inside(bar)
        self.stops_inside(bar)
        if limits and self.desk.settings.intrabar == "pessimistic":
            self.limits_inside(bar)

    def stops_inside(self, bar: Bar) -> None:
        self.desk.stop_inside(bar)
        self.close_inside([each for each in self.working() if each.is_stop], bar)

    def limits_inside(self, bar: Bar) -> None:
        self.desk.target_inside(bar)
        self.close_inside([each for each in self.working() if each.limit is not None], bar)

    def close_inside(self, tickets: list[Ticket], bar: Bar) -> None:
        for each in tickets:
            if each.works and self.can_close(each) and (price := self.price_inside(each, bar)) is not None:
                self.fill_closing(each, bar, price)

    def price_inside(self, ticket: Ticket, bar: Bar) -> Exact | None:
        """What the order pays or gets inside the bar, None where it does not fill there."""
        if (paid := self.paid_before(ticket, bar, "inside")) is not None:
            return paid
        buys = ticket.side > 0
        opened = exact(bar.open)
        if ticket.limit is not None and (ticket.triggered or not ticket.has_level):
            if ticket.side * (ticket.limit - exact(bar.low if buys else bar.high)) <= 0:
                return None
            price = limit_price(ticket, bar, (min if buys else max)(opened, ticket.limit))
        elif ticket.is_stop and not ticket.triggered:
            if not reached(ticket, bar):
                return None
            ticket.triggered = True
            base = (max if buys else min)(opened, ticket.level)
            if self.can_close(ticket) and self.desk.opened_inside == bar.index:
                base = (max if buys else min)(self.desk.opened_at, ticket.level)  # the open was before the position
            price = market_price(self.desk.settings, bar, ticket.side, base, ticket.left)
        else:
            return None
        ticket.price_of_bar = (bar.index, "inside", price)
        return price

    def wake_stop_limits(self, bar: Bar) -> None:
        """A stop-limit reached inside the bar is a limit order from the next bar on."""
        for each in self.working():
            if each.limit is not None and each.trigger is not None and not each.triggered:
                each.triggered = reached(each, bar) and (self.can_close(each) or not self.only_reduces(each))

    # Fills

    def paid_before(self, ticket: Ticket, bar: Bar, place: str) -> Exact | None:
        """The price of the part that has closed, for the part that opens."""
        if ticket.price_of_bar is None or ticket.price_of_bar[:2] != (bar.index, place):
            return None
        return ticket.price_of_bar[2]

    def fill_closing(self, ticket: Ticket, bar: Bar, price: Exact) -> None:
        wanted = min(ticket.left, abs(self.desk.account.position))
        quantity = self.desk.within_volume(bar, ticket.side, wanted)
        if quantity:
            self.book(ticket, bar, quantity, price, ticket.closing_reason)

    def fill_opening(self, ticket: Ticket, bar: Bar, price: Exact) -> bool:
        """Whether anything was opened."""
        desk, purse = self.desk, self.desk.purse
        if desk.exit is not None:
            return False
        if obstacle := desk.obstacle(bar):
            self.end(ticket, "cancelled" if ticket.filled else "rejected", obstacle)
            return False
        by_volume = desk.within_volume(bar, ticket.side, ticket.left)
        if not by_volume:
            return False
        by_limit = purse.within_limit(desk, by_volume, price)
        order = Order(ticket.side, ticket.left, "entry", ticket.first_bar, ticket.totals)
        by_money = purse.within_money(desk, order, bar, by_limit, price)
        if by_money:
            self.book(ticket, bar, by_money, price, "entry")
            desk.openers.append(ticket)
        if by_money < by_volume and ticket.works:
            reason = "insufficient_funds" if by_money < by_limit else "position_limit"
            self.end(ticket, "cancelled" if ticket.filled else "rejected", reason)
        return bool(by_money)

    def book(self, ticket: Ticket, bar: Bar, quantity: Exact, price: Exact, reason: str) -> None:
        """One fill, and what it means for the order, its pair and its bracket."""
        closing = self.can_close(ticket)
        order = Order(ticket.side, ticket.left, reason, ticket.first_bar, ticket.totals)
        self.desk.fill(order, bar, quantity, price, self.numbers[ticket])
        ticket.totals = order.totals
        ticket.filled += quantity
        ticket.turnover += quantity * price
        if ticket.entry is not None:
            self.child_has_filled(ticket)
        if not ticket.left:
            self.end(ticket, "filled", "")
        elif closing and not self.desk.side and self.only_reduces(ticket):
            self.end(ticket, "cancelled", "no_position")
        self.end_all(ticket.partners, "cancelled", "oco")
        self.arm_children(ticket, price)
        if closing:
            self.desk.after_closing(ticket.side)

    def arm_children(self, entry: Ticket, price: Exact) -> None:
        for each in entry.children:
            if each.is_open:
                each.status = "working"
                if each.trail is not None and each.best is None:
                    each.best = price

    def child_has_filled(self, child: Ticket) -> None:
        """The other child closes as much less, and what is left of the entry must not open it again."""
        assert child.entry is not None
        assert child.sibling is not None
        self.end_all([child.entry], "cancelled", "bracket")
        if child.sibling.left <= 0:
            self.end_all([child.sibling], "cancelled", "oco")


def reached(ticket: Ticket, bar: Bar) -> bool:
    return ticket.side * (exact(bar.high if ticket.side > 0 else bar.low) - ticket.level) >= 0


def limit_price(ticket: Ticket, bar: Bar, base: Exact) -> Exact:
    """On the tick, against the trader, but never beyond the limit."""
    assert ticket.limit is not None
    return (min if ticket.side > 0 else max)(against_trader(ticket.side, base, bar), ticket.limit)
