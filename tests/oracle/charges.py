"""Charges of one fill, in exact arithmetic."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Literal

from tests.oracle.model import Exact, Rates, exact

Rounding = Literal["paisa", "none"]


def half_up(amount: Exact) -> Exact:
    """To whole paise, halves away from zero."""
    paise = floor(abs(amount) * 100 + Fraction(1, 2))
    return Fraction(paise if amount >= 0 else -paise, 100)


@dataclass
class OrderTotals:
    """What an order has traded, and paid as brokerage for its turnover, before the fill in question."""

    turnover: Exact = field(default_factory=Fraction)
    brokerage: Exact = field(default_factory=Fraction)


@dataclass(frozen=True)
class Charged:
    """`items` in the order of CHARGE_ITEMS; the rest is what the order's totals become."""

    items: tuple[Exact, ...]
    turnover: Exact
    brokerage: Exact

    @property
    def total(self) -> Exact:
        return sum(self.items, Fraction(0))


def charge(
    rates: Rates,
    side: int,
    quantity: Exact,
    price: Exact,
    before: OrderTotals,
    *,
    dp_paid_today: bool,
    rounding: Rounding,
) -> Charged:
    def rate(name: str) -> Exact:
        return exact(rates.get(name) or Decimal(0))

    def rounded(amount: Exact) -> Exact:
        return half_up(amount) if rounding == "paisa" else amount

    turnover = rounded(quantity * price)
    cumulated = before.turnover + turnover
    of_turnover = rate("brokerage_rate") * cumulated
    cap = rates.get("brokerage_cap")
    if cap is not None:
        of_turnover = min(of_turnover, exact(cap))
    order_brokerage = rounded(of_turnover + rate("brokerage_flat") - before.brokerage)
    brokerage = order_brokerage + rounded(rate("per_share") * quantity)
    bought = side > 0
    stt = rounded(turnover * rate("stt_buy" if bought else "stt_sell"))
    transaction = rounded(turnover * rate("transaction"))
    sebi = rounded(turnover * rate("sebi"))
    ipft = rounded(turnover * rate("ipft"))
    stamp = rounded(turnover * rate("stamp_buy" if bought else "stamp_sell"))
    gst = rounded(rate("gst") * (brokerage + transaction + sebi + ipft))
    dp = Fraction(0) if bought or dp_paid_today else rounded(rate("dp"))
    return Charged(
        items=(brokerage, stt, transaction, sebi, ipft, stamp, gst, dp),
        turnover=cumulated,
        brokerage=before.brokerage + order_brokerage,
    )
