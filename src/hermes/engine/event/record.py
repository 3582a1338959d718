"""What became of a strategy's own orders, for the result."""

from dataclasses import dataclass, field

from hermes.strategy import Ticket


@dataclass(slots=True)
class SentOrder:
    """A ticket, the moment at whose close it was sent (-1: before the first), and its symbol's number if it has one."""

    ticket: Ticket
    moment: int
    symbol: int | None

    @property
    def is_rejected(self) -> bool:
        """Whether it was refused, when it was sent or at its first fill."""
        return self.ticket.status == "rejected"


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A change of a working order, or a link of two, that could not be."""

    moment: int
    ticket: Ticket
    reason: str


@dataclass(slots=True)
class OrderLog:
    """Every own order of a run in the order of sending, and what was refused of later changes."""

    orders: list[SentOrder] = field(default_factory=list)
    refused_changes: list[RefusedChange] = field(default_factory=list)
    short_targets: int = 0

    def add(self, ticket: Ticket, moment: int, symbol: int | None) -> None:
        """Note an order that was sent."""
        self.orders.append(SentOrder(ticket, moment, symbol))

    def refuse(self, moment: int, ticket: Ticket, reason: str) -> None:
        """Note a change that was refused."""
        self.refused_changes.append(RefusedChange(moment, ticket, reason))
