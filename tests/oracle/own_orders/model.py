"""Scripts of a strategy, the moments they are played on, and what comes out.

A ticket is addressed by its ordinal, which the script alone decides: `Send` and `Close` take one number, `Bracket`
three (entry, stop, target), in the order in which the actions are played, whether or not the order is accepted. A
`Close` without a position takes its number too and leaves it without a ticket (status `none`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tests.oracle.model import Bar, OracleSettings, Side, Trade

Moment = Mapping[str, Bar]
"""The bars of one start, by symbol. `Bar.index` counts the bars of its own symbol from 0, `Bar.session` the trading
days, which are the same for all symbols."""

Validity = Literal["day", "ioc"]
Status = Literal["waiting", "working", "filled", "cancelled", "rejected", "lapsed", "none"]


@dataclass(frozen=True)
class OwnOrderSettings(OracleSettings):
    max_open_positions: int | None = None


@dataclass(frozen=True)
class Send:
    """Market without a price, limit, stop (trigger), stop-limit (both), trailing stop (trail)."""

    symbol: str
    side: Side
    quantity: float
    limit: float | None = None
    trigger: float | None = None
    trail: float | None = None
    validity: Validity = "day"
    reduce_only: bool = False


@dataclass(frozen=True)
class Bracket:
    """`limit` and `trigger` are the entry's, `stop` or `trail` and `target` the children's."""

    symbol: str
    side: Side
    quantity: float
    target: float
    stop: float | None = None
    trail: float | None = None
    limit: float | None = None
    trigger: float | None = None
    validity: Validity = "day"


@dataclass(frozen=True)
class Oco:
    first: int
    second: int


@dataclass(frozen=True)
class Cancel:
    ordinal: int


@dataclass(frozen=True)
class CancelAll:
    symbol: str | None = None


@dataclass(frozen=True)
class Modify:
    ordinal: int
    quantity: float | None = None
    limit: float | None = None
    trigger: float | None = None
    trail: float | None = None


@dataclass(frozen=True)
class Close:
    symbol: str


@dataclass(frozen=True)
class Target:
    symbol: str
    target: int


Action = Send | Bracket | Oco | Cancel | CancelAll | Modify | Close | Target


@dataclass(frozen=True)
class OwnFill:
    """`ordinal` is the ticket's; None for what targets and the run's settings bring about."""

    moment: int
    symbol: str
    side: Side
    quantity: float
    price: float
    reason: str
    charges: tuple[float, ...]
    ordinal: int | None


@dataclass(frozen=True)
class TicketOutcome:
    """How an order of the strategy ended; `ended` is the moment of its end, None where it took a number only.

    Reasons beside those that the page names: `cancelled` (by the strategy), `oco` (the other one of a pair, or the
    other child of a bracket, has filled), `entry` (a bracket's entry has ended with nothing filled), `bracket` (a
    child's fill ends the entry), `exit` (an exit of the settings or of a target works), `reopens` (an exit of the
    settings ends the entry that opened its position), `lapsed`.
    """

    symbol: str
    side: Side
    status: Status
    reason: str
    filled: float
    average_price: float | None
    ended: int | None


@dataclass(frozen=True)
class TargetRefusal:
    """An entry of a target that was refused, or has lapsed."""

    moment: int
    symbol: str
    side: Side
    quantity: float
    reason: str


@dataclass(frozen=True)
class RefusedChange:
    """A `Modify` or `Oco` that was refused; `ordinal` is the first ticket it names."""

    moment: int
    ordinal: int
    reason: str


@dataclass(frozen=True)
class OwnOrderResult:
    """`equity`, `cash` and each list of `positions` hold one value per moment, at its close.

    `trades` count the bars of their own symbol.
    """

    fills: list[OwnFill]
    tickets: list[TicketOutcome]
    target_refusals: list[TargetRefusal]
    refused_changes: list[RefusedChange]
    equity: list[float]
    cash: list[float]
    positions: dict[str, list[float]]
    trades: dict[str, list[Trade]]
    shorts_ignored: int
