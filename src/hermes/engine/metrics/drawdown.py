"""The deepest fall from a peak, and how long the account stayed below one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest drawdown; places count marks, 0 being the start value before the first session."""

    depth: float
    peak: int
    trough: int
    recovery: int | None
    length: int


def deepest_drawdown(start: float, marks: NDArray[np.float64]) -> Drawdown | None:
    """The deepest drawdown of a positive `start` followed by `marks` float64[s].

    None when no mark is below a peak.
    """
    path = np.concatenate(([start], marks))
    peaks = np.maximum.accumulate(path)
    falls = path / peaks - 1.0
    trough = int(np.argmin(falls))
    if not falls[trough] < 0:
        return None
    level = peaks[trough]
    peak = int(np.flatnonzero(path[:trough] == level)[-1])
    regained = np.flatnonzero(path[trough:] >= level)
    recovery = trough + int(regained[0]) if len(regained) else None
    end = len(path) - 1 if recovery is None else recovery
    return Drawdown(float(falls[trough]), peak, trough, recovery, end - peak)


def longest_under_water(start: float, marks: NDArray[np.float64]) -> int:
    """The longest run of consecutive marks below the highest value before them."""
    path = np.concatenate(([start], marks))
    at_peak = np.flatnonzero(path >= np.maximum.accumulate(path))
    return int(np.max(np.diff(np.append(at_peak, len(path))))) - 1
