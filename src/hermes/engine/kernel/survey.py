"""One pass over the bars before they are simulated: sessions, tradable bars, flat bars, prices that are none."""

import math

import numpy as np
import numpy.typing as npt

from hermes.compiled import compiled
from hermes.engine.kernel import codes

F8 = npt.NDArray[np.float64]


@compiled
def survey(
    stamps: npt.NDArray[np.int64],
    offset: int,
    day: int,
    opened: F8,
    high: F8,
    low: F8,
    close: F8,
    volume: F8,
    flags: npt.NDArray[np.uint8],
    session: npt.NDArray[np.int32],
) -> tuple[int, int, int]:
    """Fill `flags` (FIRST, TRADABLE where there is volume, FLAT) and `session` (0, 1, ...) of n bars.

    `stamps` are starts in the unit of `day`, the length of a day; a session is one day of the local time that is
    `offset` ahead. Returns the number of sessions, how many bars have volume, and the first bar with a price that is
    not a positive number (-1: none).
    """
    current = -1
    ends = stamps[0] if len(stamps) > 0 else 0
    with_volume = 0
    bad = -1
    for bar in range(len(stamps)):
        flag = 0
        if bar == 0 or stamps[bar] >= ends:
            current += 1
            flag = codes.FIRST
            ends = ((stamps[bar] + offset) // day + 1) * day - offset
        o, h, w, c = opened[bar], high[bar], low[bar], close[bar]
        # NaN compares false, infinity survives the sum: one look at the sum serves all four.
        known = o > 0.0 and h > 0.0 and w > 0.0 and c > 0.0 and o + h + w + c < math.inf
        if bad < 0 and not known:
            bad = bar
        if volume[bar] > 0.0:
            with_volume += 1
            flag |= codes.TRADABLE
        if h == w and o == c and h == c:
            flag |= codes.FLAT
        flags[bar] = flag
        session[bar] = current
    return current + 1, with_volume, bad
