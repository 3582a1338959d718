"""What travels over the bus: a closed bar becomes a signal, a signal an order, an order a fill."""

from typing import TYPE_CHECKING, NamedTuple

from hermes.engine.kernel.charges import Items
from hermes.strategy import Bar

if TYPE_CHECKING:
    from hermes.engine.event.book import Book
    from hermes.engine.event.working import WorkingOrder


class MarketEvent(tuple[Bar, ...]):
    """The closed bars of one start, in order of symbol: one moment of the market. Never empty.

    In a run with one symbol its `Bar` is the market event itself: a wrapper at every bar would say nothing.
    """

    __slots__ = ()


class SessionEvent(NamedTuple):
    """A symbol's session begins. `lapsed`: an order that came from a target ended with the session before."""

    book: "Book"
    lapsed: bool


class BlockEvent(NamedTuple):
    """The account's daily loss is reached: nothing of `book` works or is accepted until its next session."""

    book: "Book"


class SignalEvent(NamedTuple):
    """What a strategy wants of a symbol at this close: 1 long, 0 flat, -1 short."""

    book: "Book"
    target: int


class OrderEvent(NamedTuple):
    """An order to the execution simulator.

    Of a target: `side` and `quantity` of an entry (reason ENTRY), or the exit of all that is held (another reason,
    quantity 0). Of a strategy's own: `working` holds it.
    """

    book: "Book"
    reason: int
    side: int
    quantity: float
    working: "WorkingOrder | None" = None


class FillEvent(NamedTuple):
    """One execution: side 1 or -1, quantity in units, price and the eight charges in rupees."""

    book: "Book"
    reason: int
    side: int
    quantity: float
    price: float
    items: Items
    charges: float
    working: "WorkingOrder | None" = None


class RefusalEvent(NamedTuple):
    """An entry that came from a target was refused, or lapsed without a fill; `moment` counts the account's marks."""

    book: "Book"
    moment: int
    side: int
    reason: int
    quantity: float
