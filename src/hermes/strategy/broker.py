"""What a strategy can ask of the account it runs on: orders, and what is held."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from hermes.market.orders import OrderType, Side, Validity

Status = Literal["waiting", "working", "filled", "cancelled", "rejected", "lapsed"]


@dataclass(slots=True, eq=False)
class Ticket:
    """One order of a strategy, from its sending to its end; read it, and change it through the broker only.

    Prices in rupees; `trail` is a share of the price. `waiting` is a bracket's child whose entry has not filled yet.
    `reason` says why an order was rejected, cancelled or has lapsed.
    """

    id: int
    symbol: str
    side: Side
    quantity: float
    type: OrderType
    limit: float | None = None
    trigger: float | None = None
    trail: float | None = None
    validity: Validity = Validity.DAY
    reduce_only: bool = False
    tag: str = ""
    status: Status = "working"
    filled: float = 0.0
    average_price: float | None = field(default=None)
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it can still fill."""
        return self.status in ("working", "waiting")

    @property
    def left(self) -> float:
        """The quantity that has not filled."""
        return self.quantity - self.filled


class Bracket(NamedTuple):
    """An entry and the two orders that will close it; the fill of one makes the other smaller by as much."""

    entry: Ticket
    stop: Ticket
    target: Ticket


class Broker(Protocol):
    """The account of a run. Orders sent at the close of bar t can fill from bar t+1 on.

    An order that cannot be is not an error of the run: its ticket comes back with status "rejected" and the reason,
    which is also in the result (docs/execution-model.md lists the reasons).
    """

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
        """Send a buy: market without a price, limit, stop (trigger), stop-limit (both), or trailing stop (trail)."""

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
        """Send a sell; prices as in `buy`."""

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
        """Send an entry (market, or by `limit` and `trigger`) with the stop (or trailing stop) and target that close
        it. The two arm as the entry fills."""

    def oco(self, first: Ticket, second: Ticket) -> None:
        """Let the first fill of either ticket cancel the other."""

    def cancel(self, ticket: Ticket) -> bool:
        """Cancel what is left of an order; False where it had ended already."""

    def cancel_all(self, symbol: str | None = None) -> int:
        """Cancel every working order (of `symbol`); how many there were."""

    def modify(
        self,
        ticket: Ticket,
        *,
        quantity: float | None = None,
        limit: float | None = None,
        trigger: float | None = None,
        trail: float | None = None,
    ) -> bool:
        """Change what is given of a working order; False, with the refusal in the result, where that cannot be."""

    def close(self, symbol: str) -> Ticket | None:
        """Send a market order that closes the position; None where there is none."""

    def target(self, symbol: str, target: int) -> None:
        """Give a target (1, 0, -1) as `signals()` would: sized and limited by the run's settings."""

    def position(self, symbol: str) -> float:
        """What is held, negative if short."""

    def average_price(self, symbol: str) -> float | None:
        """Average price of the open position; None where there is none."""

    def working(self, symbol: str | None = None) -> tuple[Ticket, ...]:
        """Orders that can still fill (of `symbol`), oldest first."""

    @property
    def cash(self) -> float:
        """Rupees in the account."""

    @property
    def equity(self) -> float:
        """Cash plus positions at their last closes."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the run, sorted."""
