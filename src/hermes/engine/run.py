"""What either engine gives for a request, before metrics and frames."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hermes.engine.event.record import OrderLog

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """A simulation of n moments (one symbol: bars): equity float64[n] in rupees at each close (the last one after the
    closing fills), and rows of layout FILL, REFUSAL and TRADE in order of time.

    `bar` in these rows counts moments of the account. `fill_symbol`, `refusal_symbol` and `trade_symbol` give each
    row's symbol as its place among the run's sorted symbols. `bars_in_market` counts the moments at whose close
    something is held. `own` holds what the strategy ordered by itself; it is empty for targets.
    """

    equity: npt.NDArray[np.float64]
    fills: npt.NDArray[np.void]
    refusals: npt.NDArray[np.void]
    trades: npt.NDArray[np.void]
    fill_symbol: Ints
    refusal_symbol: Ints
    trade_symbol: Ints
    bars_in_market: int
    own: OrderLog = field(default_factory=OrderLog)


def open_positions(fills: npt.NDArray[np.void], symbol: Ints, n: int) -> Ints:
    """How many symbols are held, int64[n], after the fills of each of n moments."""
    changes = np.zeros(n, dtype=np.int64)
    for each in np.unique(symbol):
        own = fills[symbol == each]
        held = np.abs(np.cumsum(own["side"] * own["quantity"])) > 1e-9
        np.add.at(changes, own["bar"], np.diff(held, prepend=False).astype(np.int64) * np.where(held, 1, -1))
    return np.cumsum(changes)


def moments_held(fills: npt.NDArray[np.void], symbol: Ints, n: int) -> int:
    """Of n moments, how many have a position at their close."""
    if len(fills) and (symbol == symbol[0]).all():  # from fill to fill, without a column for it
        held = np.abs(np.cumsum(fills["side"] * fills["quantity"])) > 1e-9
        return int(np.diff(np.append(fills["bar"], n))[held].sum())
    return int(np.count_nonzero(open_positions(fills, symbol, n)))
