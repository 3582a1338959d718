"""Short ways to write a few bars down and to read what was filled."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.oracle.model import Bar, OracleResult, OracleSettings
from tests.oracle.simulation import simulate

PLENTY = 1_000_000.0


def bar(open_: float, high: float, low: float, close: float, volume: float = PLENTY, **fields: Any) -> Bar:
    return Bar(0, fields.pop("session", 0), open_, high, low, close, volume, **fields)


def flat(price: float, volume: float = PLENTY, **fields: Any) -> Bar:
    return bar(price, price, price, price, volume, **fields)


def alike(bars: Sequence[Bar], **facts: Any) -> list[Bar]:
    """The bars with the same facts about each one's day."""
    return [replace(each, **facts) for each in bars]


def numbered(bars: Sequence[Bar]) -> list[Bar]:
    return [replace(each, index=index) for index, each in enumerate(bars)]


def run(bars: Sequence[Bar], targets: Sequence[int | None], **settings: Any) -> OracleResult:
    """Simulate with 10,000 of cash; targets may be fewer than bars, the rest is no opinion."""
    padded = [*targets, *[None] * (len(bars) - len(targets))]
    return simulate(numbered(bars), padded, OracleSettings(**{"initial_cash": 10_000.0} | settings))


def told(result: OracleResult) -> list[tuple[int, str, float, float, str]]:
    """Every fill as (bar, side, quantity, price, reason)."""
    return [(each.bar, each.side, each.quantity, each.price, each.reason) for each in result.fills]


def refused(result: OracleResult) -> list[tuple[int, str]]:
    return [(each.bar, each.reason) for each in result.rejections]
