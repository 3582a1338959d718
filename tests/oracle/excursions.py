"""How far the market went against a trade and with it."""

from collections.abc import Sequence
from fractions import Fraction

from tests.oracle.model import Bar, Exact, exact


def excursions(
    bars: Sequence[Bar], first: int, exit_bar: int, entry_price: Exact, exit_price: Exact, held: int
) -> tuple[float, float]:
    """MAE and MFE as shares of the entry price, neither negative: the highs and lows of `bars` from `first` up to the
    one before the exit's, and the exit's price."""
    prices = [exit_price]
    for bar in bars:
        if first <= bar.index < exit_bar:
            prices += [exact(bar.high), exact(bar.low)]
    moves = [held * (price / entry_price - 1) for price in prices]
    return float(max(-min(moves), Fraction(0))), float(max(*moves, Fraction(0)))
