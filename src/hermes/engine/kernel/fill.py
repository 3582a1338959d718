"""The kernel's functions of one fill, for callers in Python: one call each, records as arrays of length 1.

Numba looks at every argument that comes from Python. A record costs it two microseconds, an array of one a tenth.
"""

from typing import Any

from hermes.compiled import compiled
from hermes.engine.kernel.charges import Items, charge_items, per_share, total_of, turnover_of
from hermes.engine.kernel.orders import market_price
from hermes.engine.kernel.sizing import affordable, wanted_quantity


@compiled
def price_of(now: Any, settings: Any, side: int, base: float, quantity: float) -> float:
    """`market_price` of the only rows of `now` and `settings`."""
    return market_price(now[0], settings[0], side, base, quantity)


@compiled
def charge(
    rates: Any, buying: bool, quantity: float, price: float, turnover: float, brokerage: float, with_dp: bool
) -> tuple[Items, float, float, float]:
    """The items of a fill, their sum, its turnover, and the brokerage with a cap that it adds to its order."""
    row = rates[0]
    items = charge_items(row, buying, quantity, price, turnover, brokerage, with_dp)
    return items, total_of(items), turnover_of(row, quantity, price), items[0] - per_share(row, quantity)


@compiled
def payable(
    wanted: float,
    price: float,
    money: float,
    leverage: float,
    lot: float,
    rates: Any,
    buying: bool,
    turnover: float,
    brokerage: float,
    with_dp: bool,
) -> float:
    """`affordable` at the only row of `rates`."""
    return affordable(wanted, price, money, leverage, lot, rates[0], buying, turnover, brokerage, with_dp)


@compiled
def asked(
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
    """`wanted_quantity` of the only row of `settings`."""
    return wanted_quantity(settings[0], price, equity, atr, annual_volatility, cycles, winners, won, lost)
