"""Short ways to write down a few moments and a script, and to read what became of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.oracle.model import Bar
from tests.oracle.own_orders.model import Action, OwnOrderResult, OwnOrderSettings, Target
from tests.oracle.own_orders.simulation import simulate_moments
from tests.oracle.scenario import numbered

# Actions by moment, and bars by symbol: mypy cannot join the types of lists that hold different things.
Script = Mapping[int, Any]
Bars = Sequence[Bar] | Mapping[str, Any]


def play(bars: Bars, script: Script, **settings: Any) -> OwnOrderResult:
    """Simulate with 10,000 of cash; a list of bars is of symbol A, a None among a symbol's bars a missing one."""
    given = bars if isinstance(bars, Mapping) else {"A": bars}
    count = max(len(each) for each in given.values())
    moments: list[dict[str, Bar]] = [{} for _ in range(count)]
    for symbol, row in given.items():
        places = [place for place, each in enumerate(row) if each is not None]
        for place, each in zip(places, numbered([each for each in row if each is not None]), strict=True):
            moments[place][symbol] = each
    actions = [list(script.get(number, ())) for number in range(count)]
    return simulate_moments(moments, actions, OwnOrderSettings(**{"initial_cash": 10_000.0} | settings))


def targets(*wanted: int | None, symbol: str = "A") -> dict[int, list[Action]]:
    return {number: [Target(symbol, each)] for number, each in enumerate(wanted) if each is not None}


def told(result: OwnOrderResult) -> list[tuple[int, str, float, float, str]]:
    """Every fill as (moment, side, quantity, price, reason)."""
    return [(each.moment, each.side, each.quantity, each.price, each.reason) for each in result.fills]


def told_by_symbol(result: OwnOrderResult) -> list[tuple[int, str, str, float, float, str]]:
    return [(each.moment, each.symbol, each.side, each.quantity, each.price, each.reason) for each in result.fills]


def ends(result: OwnOrderResult) -> list[tuple[str, str]]:
    """Status and reason of every ticket."""
    return [(each.status, each.reason) for each in result.tickets]
