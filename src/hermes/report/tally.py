"""What a run adds up to besides its metrics: own orders by their end, refusals by reason, profit by symbol."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from hermes.engine import BacktestResult

_STATES: Final = ("filled", "cancelled", "lapsed", "rejected", "working", "waiting")
"""How an own order can end, in the order in which a reader asks."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """How many own orders ended in one way, how many of these had filled in part, and why, most frequent first."""

    status: str
    count: int
    in_part: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SymbolTotals:
    """One symbol's round trips: how many, the share that won (None without any), charges and net in rupees."""

    symbol: str
    name: str
    trades: int
    win_rate: float | None
    charges: float
    net: float


def order_states(orders: pl.DataFrame) -> list[OrderState]:
    """The ends of `orders` (a result's own orders), those that occur; reasons as words without underscores."""
    found = []
    for status in _STATES:
        these = orders.filter(pl.col("status") == status)
        if these.height:
            in_part = 0 if status == "filled" else these.filter(pl.col("filled") > 0).height
            found.append(OrderState(status, these.height, in_part, count_reasons(these)))
    return found


def count_reasons(frame: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    """The column `reason` as words and how often each occurs, most frequent first, empty ones left out."""
    counted = (
        frame.filter(pl.col("reason") != "").group_by("reason").len().sort(["len", "reason"], descending=[True, False])
    )
    return tuple((str(reason).replace("_", " "), count) for reason, count in counted.iter_rows())


def by_symbol(result: "BacktestResult") -> list[SymbolTotals]:
    """Each symbol of the run, in order of symbol; those without a trade too."""
    sums = {
        row["symbol"]: row
        for row in result.trades.group_by("symbol")
        .agg(pl.len().alias("trades"), (pl.col("net") > 0).mean().alias("won"), pl.col("charges", "net").sum())
        .iter_rows(named=True)
    }
    rows = []
    for part in result.parts:
        name, sum_ = part.instrument.name or "", sums.get(part.symbol)
        if sum_ is None:
            rows.append(SymbolTotals(part.symbol, name, 0, None, 0.0, 0.0))
        else:
            rows.append(SymbolTotals(part.symbol, name, sum_["trades"], sum_["won"], sum_["charges"], sum_["net"]))
    return rows
