"""Round trips out of fills: first in, first out."""

import math
from typing import Any

import numpy as np

from hermes.compiled import compiled
from hermes.engine.kernel import codes

TRADE = np.dtype(
    [
        ("entry_bar", np.int64),
        ("exit_bar", np.int64),
        ("side", np.int64),  # 1 long, -1 short
        ("reason", np.int64),
        ("quantity", np.float64),
        ("entry_price", np.float64),
        ("exit_price", np.float64),
        ("charges", np.float64),  # both sides, by the share of each fill's quantity
        ("mae", np.float64),  # worst and best price on the way, as a share of the entry price
        ("mfe", np.float64),
    ],
    align=True,
)


@compiled
def pair_fills(fills: Any, high: Any, low: Any, entered_at_close: bool, trades: Any) -> int:
    """Fill `trades` (room for 2 x len(fills)) from the fills in order; the number of trades.

    An exit takes the oldest lots first; each lot it touches is a trade of its own. The bars from the entry on count
    for the excursions (from the bar after it where entries fill at the close); the bar of the exit counts only with
    the exit's price, for the position may have been gone before its high or low.
    """
    count = len(fills)
    left = np.zeros(count)
    oldest = 0
    made = 0
    for k in range(count):
        fill = fills[k]
        if fill["reason"] == codes.ENTRY:
            left[k] = fill["quantity"]
            continue
        open_quantity = fill["quantity"]
        while oldest < k and open_quantity > 1e-9 * fill["quantity"]:
            entry = fills[oldest]
            if left[oldest] <= 1e-9 * entry["quantity"]:
                oldest += 1
                continue
            quantity = min(left[oldest], open_quantity)
            left[oldest] -= quantity
            open_quantity -= quantity
            trade = trades[made]
            made += 1
            trade["entry_bar"], trade["exit_bar"] = entry["bar"], fill["bar"]
            trade["side"], trade["reason"] = entry["side"], fill["reason"]
            trade["quantity"] = quantity
            trade["entry_price"], trade["exit_price"] = entry["price"], fill["price"]
            trade["charges"] = (
                entry["charges"] * quantity / entry["quantity"] + fill["charges"] * quantity / fill["quantity"]
            )
            worst, best = _excursions(trade, high, low, entered_at_close)
            trade["mae"], trade["mfe"] = worst, best
    return made


@compiled
def _excursions(trade: Any, high: Any, low: Any, entered_at_close: bool) -> tuple[float, float]:
    entry = trade["entry_price"]
    lowest = min(entry, trade["exit_price"])
    highest = max(entry, trade["exit_price"])
    first = trade["entry_bar"] + (1 if entered_at_close else 0)
    for bar in range(first, trade["exit_bar"]):
        lowest = min(lowest, low[bar])
        highest = max(highest, high[bar])
    if entry == 0.0:
        return math.nan, math.nan
    if trade["side"] > 0:
        return lowest / entry - 1.0, highest / entry - 1.0
    return 1.0 - highest / entry, 1.0 - lowest / entry
