"""The oracle for orders of a strategy's own and for several symbols on one account: plain Python, exact fractions.

Written from docs/execution-model.md alone, to be read beside it; it shares charges, prices, sizing and accounting
with the oracle for one symbol and nothing with the engines.
"""

from tests.oracle.own_orders.model import (
    Action,
    Bracket,
    Cancel,
    CancelAll,
    Close,
    Modify,
    Moment,
    Oco,
    OwnFill,
    OwnOrderResult,
    OwnOrderSettings,
    RefusedChange,
    Send,
    Target,
    TargetRefusal,
    TicketOutcome,
)
from tests.oracle.own_orders.simulation import simulate_moments

__all__ = [
    "Action",
    "Bracket",
    "Cancel",
    "CancelAll",
    "Close",
    "Modify",
    "Moment",
    "Oco",
    "OwnFill",
    "OwnOrderResult",
    "OwnOrderSettings",
    "RefusedChange",
    "Send",
    "Target",
    "TargetRefusal",
    "TicketOutcome",
    "simulate_moments",
]
