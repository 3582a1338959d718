"""Rounding that is the same in compiled code and in Python: whole paise and whole ticks, by integers."""

import math

from hermes.compiled import compiled

# Prices and ticks are whole paise, held as floats whose error is far below this share of a tick.
_NEARLY = 1e-6


@compiled
def paise(rupees: float) -> int:
    """Whole paise of an amount of rupees that is not negative, halves up."""
    return math.floor(rupees * 100.0 + 0.5 + 1e-7)


@compiled
def share_of(amount: int, billionths: int) -> int:
    """`amount` paise times a rate given in billionths, in whole paise, halves up; exact for any amount."""
    billions = amount // 1_000_000_000  # split, so that no product overflows 64 bits
    rest = amount - billions * 1_000_000_000
    return billions * billionths + (rest * billionths + 500_000_000) // 1_000_000_000


@compiled
def tick_up(price: float, tick: float) -> float:
    """The lowest price on the tick at or above `price`; the price itself where tick is 0."""
    if tick <= 0.0:
        return price
    steps = math.ceil(price / tick - _NEARLY)
    return (steps * math.floor(tick * 100.0 + 0.5)) / 100.0


@compiled
def tick_down(price: float, tick: float) -> float:
    """The highest price on the tick at or below `price`; the price itself where tick is 0."""
    if tick <= 0.0:
        return price
    steps = math.floor(price / tick + _NEARLY)
    return (steps * math.floor(tick * 100.0 + 0.5)) / 100.0


@compiled
def whole_lots(quantity: float, lot: float) -> float:
    """`quantity` rounded down to lots; itself where lot is 0 (fractional); never negative."""
    if not quantity > 0.0:  # NaN too
        return 0.0
    if lot <= 0.0:
        return quantity
    return math.floor(quantity / lot + 1e-9) * lot
