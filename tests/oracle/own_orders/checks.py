"""What an order must pass when it is sent or changed; the first check that fails names the reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from tests.oracle.model import Exact, exact
from tests.oracle.own_orders.desk import Desk
from tests.oracle.own_orders.ticket import Ticket


@dataclass(frozen=True)
class Wish:
    """An order as its sender writes it; `stop`, `child_trail` and `target` belong to a bracket's children.

    `priced_entry` is whether the entry's own price still binds them: no longer once the entry has ended.
    """

    side: int
    quantity: float | Exact
    limit: float | None = None
    trigger: float | None = None
    trail: float | None = None
    ioc: bool = False
    reduce_only: bool = False
    is_bracket: bool = False
    stop: float | None = None
    child_trail: float | None = None
    target: float | None = None
    priced_entry: bool = True

    @property
    def prices(self) -> list[float]:
        return given(self.limit, self.trigger, self.stop, self.target)

    @property
    def trails(self) -> list[float]:
        return given(self.trail, self.child_trail)


def given(*numbers: float | None) -> list[float]:
    return [each for each in numbers if each is not None]


def fault(wish: Wish, desk: Desk, ticket: Ticket | None = None) -> str | None:
    """Why the order cannot be; `ticket` is the order that is to be changed into `wish`."""
    if is_bad_quantity(wish, desk, ticket):
        return "bad_quantity"
    if reason := fault_of_prices(wish, desk):
        return reason
    if desk.is_blocked:
        return "blocked"
    left = exact(wish.quantity) - (ticket.filled if ticket else 0)
    sent = Ticket(desk.symbol, wish.side, left, 0, reduce_only=wish.reduce_only)
    if lacks_position(sent, desk):
        return "no_position"
    if desk.book.would_open(sent, left):
        if desk.cools_down(desk.next_index):
            return "cooldown"
        if not desk.purse.has_room(desk.symbol, with_working=True):
            return "max_open_positions"
    return None


def fault_of_child(bracket: Wish, desk: Desk, *, changes_quantity: bool) -> str | None:
    """Why a child of a bracket cannot be changed so; its quantity is what the entry has filled."""
    return "bad_quantity" if changes_quantity else fault_of_prices(bracket, desk)


def fault_of_prices(wish: Wish, desk: Desk) -> str | None:
    if not all(isfinite(each) and each > 0 for each in wish.prices) or not all(0 < each < 1 for each in wish.trails):
        return "bad_price"
    if is_off_tick(wish.prices, desk):
        return "off_tick"
    return "bad_combination" if is_bad_combination(wish) else None


def is_bad_quantity(wish: Wish, desk: Desk, ticket: Ticket | None) -> bool:
    if not isfinite(wish.quantity) or wish.quantity <= 0:
        return True
    quantity, lot = exact(wish.quantity), desk.settings.lot
    return bool(lot and quantity % lot) or (ticket is not None and quantity < ticket.filled)


def is_off_tick(prices: Iterable[float], desk: Desk) -> bool:
    tick = exact(desk.previous.tick) if desk.previous is not None else Fraction(0)
    return tick > 0 and any(exact(each) % tick for each in prices)


def is_bad_combination(wish: Wish) -> bool:
    if wish.trail is not None and given(wish.limit, wish.trigger):
        return True
    if wish.ioc and given(wish.trigger, wish.trail):
        return True
    return wish.is_bracket and not brackets_its_entry(wish)


def brackets_its_entry(wish: Wish) -> bool:
    """Stop (or trailing stop, of which no price is known), entry and target in the order of the side."""
    if len(given(wish.stop, wish.child_trail)) != 1 or wish.target is None:
        return False
    own = given(wish.limit, wish.trigger) if wish.priced_entry else []
    losing = given(wish.stop)
    return all(
        wish.side * (exact(above) - exact(below)) > 0
        for below, above in [
            *((stop, wish.target) for stop in losing),
            *((stop, price) for stop in losing for price in own),
            *((price, wish.target) for price in own),
        ]
    )


def lacks_position(sent: Ticket, desk: Desk) -> bool:
    if not desk.book.only_reduces(sent) or desk.book.can_close(sent):
        return False
    entry = desk.entry is not None and desk.entry.side == -sent.side
    return not entry and not desk.book.has_opener(-sent.side)
