"""One order of the strategy while it lives."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.charges import OrderTotals
from tests.oracle.model import Exact
from tests.oracle.own_orders.model import Status


@dataclass(eq=False)
class Ticket:
    """`asked` is the quantity it was sent for; a bracket's child asks for what its entry has filled, less what of that
    somebody else has closed (`disarmed`).

    `price_of_bar` is what the order's first fill of a bar cost: the second part of a fill through zero costs the
    same.
    """

    symbol: str
    side: int
    asked: Exact
    first_bar: int
    limit: Exact | None = None
    trigger: Exact | None = None
    trail: Exact | None = None
    ioc: bool = False
    reduce_only: bool = False
    status: Status = "working"
    reason: str = ""
    ended: int | None = None
    filled: Exact = Fraction(0)
    turnover: Exact = Fraction(0)
    totals: OrderTotals = field(default_factory=OrderTotals)
    best: Exact | None = None
    triggered: bool = False
    price_of_bar: tuple[int, str, Exact] | None = None
    partners: list["Ticket"] = field(default_factory=list)
    entry: "Ticket | None" = None
    sibling: "Ticket | None" = None
    children: tuple["Ticket", ...] = ()
    is_target: bool = False
    disarmed: Exact = Fraction(0)

    @property
    def quantity(self) -> Exact:
        if self.entry is None or self.sibling is None:
            return self.asked
        return self.entry.filled - self.sibling.filled - self.disarmed

    @property
    def left(self) -> Exact:
        return self.quantity - self.filled

    @property
    def works(self) -> bool:
        return self.status == "working"

    @property
    def is_open(self) -> bool:
        return self.status in ("working", "waiting")

    @property
    def has_level(self) -> bool:
        """Whether something must be reached first: a stop, a trailing stop or a stop-limit."""
        return self.trigger is not None or self.trail is not None

    @property
    def is_stop(self) -> bool:
        """A stop or a trailing stop; a stop-limit is a limit order that sleeps."""
        return self.has_level and self.limit is None

    @property
    def level(self) -> Exact:
        if self.trigger is not None:
            return self.trigger
        assert self.trail is not None
        assert self.best is not None
        return self.best * (1 + self.side * self.trail)

    @property
    def closing_reason(self) -> str:
        if self.trail is not None:
            return "trailing"
        if self.is_stop:
            return "stop"
        return "target" if self.is_target else "order"

    def follow(self, close: Exact) -> None:
        """The best close so far: the highest for one that sells, the lowest for one that buys."""
        if self.trail is not None and self.best is not None:
            self.best = min(self.best, close) if self.side > 0 else max(self.best, close)
