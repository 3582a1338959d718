"""A strategy's own order while it works."""

from typing import Literal

from hermes.market import OrderType
from hermes.strategy import Ticket

Kind = Literal["market", "limit", "stop", "stop_limit"]


class WorkingOrder:
    """What the execution simulator knows of a ticket: how it would fill now, and who hangs on it.

    `kind` changes while it works: a stop that was reached is a market order, a stop-limit a limit order from bar
    `limit_from` on. `left` is what may still fill: for a bracket's child, what its entry has filled so far.
    `only_closes`: reduce-only, or a sell where nothing can be short.
    """

    # What most orders never change stays with the class: orders are made by the thousand.
    first_session = reached_in = priced_in = -1
    limit_from = 0
    level = turnover = brokerage = base = price = disarmed = 0.0
    reached = False
    parent: "WorkingOrder | None" = None
    children: "tuple[WorkingOrder, ...]" = ()
    partners: "tuple[WorkingOrder, ...]" = ()

    def __init__(
        self, ticket: Ticket, first_bar: int, best: float, *, only_closes: bool, is_target: bool = False
    ) -> None:
        self.ticket = ticket
        self.only_closes = only_closes
        self.side = ticket.side.sign
        self.kind: Kind = ticket.type.value
        self.left = ticket.quantity
        self.limit = ticket.limit or 0.0
        self.best = best
        self.is_target = is_target
        self.first_bar = first_bar
        if ticket.type is not OrderType.MARKET:
            self.set_level()

    def set_level(self) -> None:
        """Where a stop stands: the trigger, or the trailing level under (over) the best close."""
        trail = self.ticket.trail
        if trail is None:
            self.level = self.ticket.trigger or 0.0
        else:
            self.level = self.best * (1.0 - trail) if self.side < 0 else self.best * (1.0 + trail)

    def follow(self, close: float) -> None:
        """Let a trailing level follow a close."""
        if self.ticket.trail is not None:
            self.best = max(self.best, close) if self.side < 0 else min(self.best, close)
            self.set_level()

    @property
    def is_open(self) -> bool:
        """Whether it can fill, now or when it is armed."""
        return self.ticket.is_open
