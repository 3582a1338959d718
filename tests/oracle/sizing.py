"""How many units an entry order asks for."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from tests.oracle.model import Bar, Exact, OracleSettings, Refusal, exact


def whole_lots(quantity: Exact, lot: int) -> Exact:
    if quantity <= 0:
        return Fraction(0)
    return Fraction(floor(quantity / lot) * lot) if lot else quantity


def kelly_fraction(returns: Sequence[Exact]) -> Exact:
    """f = W - (1 - W) / R of closed positions, where who did not win has lost, be it nothing.

    Without a loss 1 / R is 0; without a winner f is at most 0.
    """
    wins = [each for each in returns if each > 0]
    losses = [-each for each in returns if each <= 0]
    if not wins:
        return Fraction(0)
    won = Fraction(len(wins), len(returns))
    if not any(losses):
        return won
    ratio = (sum(wins, Fraction(0)) / len(wins)) / (sum(losses, Fraction(0)) / len(losses))
    return won - (1 - won) / ratio


def wanted(settings: OracleSettings, bar: Bar, equity: Exact, closed_returns: Sequence[Exact]) -> Exact:
    """The quantity before lots and limits, seen from the close of `bar`.

    0 when something needed is unknown.
    """
    sizing = settings.sizing
    price = exact(bar.close)
    match sizing.mode:
        case "all_in":
            return equity * exact(settings.leverage) / price
        case "fixed_quantity":
            return exact(sizing.quantity)
        case "percent_equity":
            return exact(sizing.fraction) * equity / price
        case "fixed_fractional":
            if settings.stop_loss_pct is None:
                return Fraction(0)
            return exact(sizing.risk) * equity / (price * exact(settings.stop_loss_pct))
        case "atr":
            if not bar.atr:
                return Fraction(0)
            return exact(sizing.risk) * equity / (exact(sizing.multiple) * exact(bar.atr))
        case "volatility_target":
            if not bar.sizing_volatility:
                return Fraction(0)
            return exact(sizing.target) / exact(bar.sizing_volatility) * equity / price
        case "kelly":
            if len(closed_returns) < 30:
                return Fraction(settings.lot or 1)
            return exact(sizing.fraction) * kelly_fraction(closed_returns) * equity / price


def entry_quantity(
    settings: OracleSettings, bar: Bar, equity: Exact, closed_returns: Sequence[Exact]
) -> tuple[Exact, Refusal | None]:
    """Whole lots within `max_position_pct`, and why there are none."""
    quantity = whole_lots(wanted(settings, bar, equity, closed_returns), settings.lot)
    if quantity == 0:
        return quantity, "zero_quantity"
    if settings.max_position_pct is not None:
        most = exact(settings.max_position_pct) * equity / exact(bar.close)
        quantity = min(quantity, whole_lots(most, settings.lot))
    return quantity, None if quantity else "position_limit"
