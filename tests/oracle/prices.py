"""Ticks, slippage and locked bars."""

from fractions import Fraction
from math import ceil, floor, sqrt

from tests.oracle.model import Bar, Exact, OracleSettings, exact


def up_to_tick(price: Exact, tick: Exact) -> Exact:
    return ceil(price / tick) * tick if tick else price


def down_to_tick(price: Exact, tick: Exact) -> Exact:
    return floor(price / tick) * tick if tick else price


def against_trader(side: int, price: Exact, bar: Bar) -> Exact:
    """A buyer's price up to the tick, a seller's down."""
    tick = exact(bar.tick)
    return up_to_tick(price, tick) if side > 0 else down_to_tick(price, tick)


def slippage(settings: OracleSettings, bar: Bar, quantity_left: Exact) -> Exact:
    if settings.impact is None:
        return exact(settings.slippage)
    if bar.day_volatility is None or not bar.average_daily_volume:
        return Fraction(0)
    share = quantity_left / exact(bar.average_daily_volume)
    return min(exact(settings.impact_k) * exact(bar.day_volatility) * exact(sqrt(share)), Fraction(1, 2))


def market_price(settings: OracleSettings, bar: Bar, side: int, base: Exact, quantity_left: Exact) -> Exact:
    price = against_trader(side, base * (1 + side * slippage(settings, bar, quantity_left)), bar)
    return price if price > 0 else exact(bar.tick)


def is_locked(bar: Bar, side: int) -> bool:
    """Whether a buyer (side 1) or a seller (side -1) finds nobody on the other side of this bar."""
    band = bar.band_upper if side > 0 else bar.band_lower
    if band is None or not bar.open == bar.high == bar.low == bar.close:
        return False
    return abs(exact(bar.close) - exact(band)) <= exact(bar.tick) / 2
