"""How many shares an entry order asks for, and how many of them can be paid."""

import math
from typing import Any

from hermes.compiled import compiled
from hermes.engine.kernel import codes
from hermes.engine.kernel.charges import charge_items, total_of
from hermes.engine.kernel.rounding import whole_lots

# Rupees: far below a paisa, far above the rounding error of a sum. Money this short still pays a whole lot.
_NOTHING = 1e-6


@compiled
def kelly_fraction(cycles: int, winners: int, won: float, lost: float) -> float:
    """W - (1 - W) / R of the positions closed so far (Kelly 1956, in the form of W and the payoff ratio R).

    W is the share of winners, R the average winning return over the average losing one. Without a loser R is
    infinite and the fraction is W; without a winner it is negative.
    """
    share = winners / cycles
    losers = cycles - winners
    if losers == 0 or lost <= 0.0:
        return share
    if winners == 0 or won <= 0.0:
        return -1.0
    payoff = (won / winners) / (lost / losers)
    return share - (1.0 - share) / payoff


@compiled
def wanted_quantity(
    settings: Any,
    price: float,
    equity: float,
    atr: float,
    annual_volatility: float,
    cycles: int,
    winners: int,
    won: float,
    lost: float,
) -> float:
    """Quantity of an entry made at a close of `price`, before rounding to lots; zero where it cannot be known."""
    mode: int = settings["sizing_mode"]
    value: float = settings["sizing_value"]
    if mode == codes.FIXED_QUANTITY:
        return value
    if price <= 0.0 or equity <= 0.0:
        return 0.0
    if mode == codes.ALL_IN:
        leverage: float = settings["leverage"]
        return equity * leverage / price
    if mode == codes.PERCENT_EQUITY:
        return value * equity / price
    if mode == codes.FIXED_FRACTIONAL:
        stop_loss: float = settings["stop_loss"]
        return value * equity / (price * stop_loss)
    if mode == codes.ATR:
        multiple: float = settings["sizing_multiple"]
        return value * equity / (multiple * atr) if atr > 0.0 else 0.0
    if mode == codes.VOLATILITY_TARGET:
        return value / annual_volatility * equity / price if annual_volatility > 0.0 else 0.0
    if cycles < 30:
        lot: float = settings["lot"]
        return lot if lot > 0.0 else 1.0
    fraction = kelly_fraction(cycles, winners, won, lost)
    return value * fraction * equity / price if fraction > 0.0 else 0.0


@compiled
def affordable(
    wanted: float,
    price: float,
    money: float,
    leverage: float,
    lot: float,
    rates: Any,
    buying: bool,
    turnover_before: float,
    brokerage_before: float,
    with_dp: bool,
) -> float:
    """The largest quantity up to `wanted` whose margin and charges `money` can pay.

    Charges never fall as the quantity grows, which brackets the answer: what is affordable after the charges of
    too many shares is surely affordable, what is not after the charges of too few surely is not.
    """
    margin = price / leverage
    if money <= 0.0:
        return 0.0
    # Before any charge is computed: what no money pays has a turnover that no integer holds.
    wanted = min(wanted, whole_lots((money + _NOTHING) / margin, lot))
    cost = total_of(charge_items(rates, buying, wanted, price, turnover_before, brokerage_before, with_dp))
    if wanted * margin + cost <= money + _NOTHING:
        return wanted
    low = _lots_below((money - cost) / margin, lot)
    cost = total_of(charge_items(rates, buying, low, price, turnover_before, brokerage_before, with_dp))
    high = min(wanted, whole_lots((money - cost) / margin, lot))
    while high - low > (1e-15 * high if lot <= 0.0 else 0.5 * lot):
        steps = (high - low) / lot if lot > 0.0 else 0.0
        middle = (low + high) / 2.0 if lot <= 0.0 else high if steps < 2.5 else low + math.floor(steps / 2.0) * lot
        if lot <= 0.0 and (middle <= low or middle >= high):
            break
        cost = total_of(charge_items(rates, buying, middle, price, turnover_before, brokerage_before, with_dp))
        if middle * margin + cost <= money + (_NOTHING if lot > 0.0 else 0.0):
            low = middle
        else:
            high = middle if lot <= 0.0 else middle - lot
    return low


@compiled
def _lots_below(quantity: float, lot: float) -> float:
    if not quantity > 0.0:
        return 0.0
    return quantity if lot <= 0.0 else math.floor(quantity / lot) * lot
