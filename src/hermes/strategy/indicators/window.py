"""The last values of a stream, for indicators that look back a fixed number of bars."""

import math
from collections import deque

UNKNOWN = math.nan


class Window:
    """The last `period` values. Every statistic is NaN until it is full, and while it holds a NaN."""

    def __init__(self, period: int) -> None:
        self._values: deque[float] = deque(maxlen=period)
        self._period = period

    def push(self, value: float) -> bool:
        """Add the newest value, and say whether the window is full and free of NaN."""
        self._values.append(value)
        return len(self._values) == self._period and not any(math.isnan(each) for each in self._values)

    @property
    def values(self) -> list[float]:
        """Oldest first."""
        return list(self._values)

    @property
    def mean(self) -> float:
        """Summed exactly, hence free of drift however long the stream is."""
        return math.fsum(self._values) / self._period
