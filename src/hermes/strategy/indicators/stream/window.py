"""The last values of a stream, for indicators that look back a fixed number of bars."""

import math
from collections import deque

from hermes.strategy.indicators.stream.base import UNKNOWN


class Window:
    """The last `period` values. `push` says whether there are so many known ones in a row."""

    __slots__ = ("_left", "period", "values")

    def __init__(self, period: int) -> None:
        self.period = period
        self.values: deque[float] = deque(maxlen=period)
        self._left = period

    def push(self, value: float) -> bool:
        """Add the newest value, and say whether the window is full and free of NaN."""
        self.values.append(value)
        if value - value != 0.0:
            self._left = self.period + 1
        if self._left:
            self._left -= 1
        return not self._left

    @property
    def mean(self) -> float:
        """Summed exactly, hence free of drift however long the stream is."""
        return math.fsum(self.values) / self.period


class CompensatedMean:
    """The mean of the last `period` values by a running sum that carries its rounding error along (Kahan 1965)."""

    __slots__ = ("_left", "_lost", "_period", "_total", "_values")

    def __init__(self, period: int) -> None:
        self._period = period
        self._restart()

    def _restart(self) -> None:
        # Full of zeros from the start: so there is always an oldest value to take off.
        self._values = deque([0.0] * self._period, maxlen=self._period)
        self._total = self._lost = 0.0
        self._left = self._period

    def update(self, value: float) -> float:
        """The mean including `value`; NaN before `period` known values in a row."""
        if value - value != 0.0:
            self._restart()
            return UNKNOWN
        values, total = self._values, self._total
        step = value - self._lost
        after = total + step
        lost = (after - total) - step
        step = -values[0] - lost
        self._total = total = after + step
        self._lost = (total - after) - step
        values.append(value)
        if self._left:
            self._left -= 1
            if self._left:
                return UNKNOWN
        return total / self._period


class Highest:
    """The highest of the last `period` values, in a time that does not grow with the period (Lemire 2006).

    `_falling` holds the values that can still become the highest: each is below the one before it.
    """

    __slots__ = ("_falling", "_left", "_period", "_values")

    def __init__(self, period: int) -> None:
        self._period = period
        self._restart()

    def _restart(self) -> None:
        self._values: deque[float] = deque(maxlen=self._period)
        self._falling: deque[float] = deque()
        self._left = self._period

    def push(self, value: float) -> float:
        """The highest including `value`; NaN before `period` known values in a row."""
        if value - value != 0.0:
            self._restart()
            return UNKNOWN
        values, falling = self._values, self._falling
        if not self._left and values[0] == falling[0]:
            falling.popleft()
        values.append(value)
        while falling and falling[-1] < value:
            falling.pop()
        falling.append(value)
        if self._left:
            self._left -= 1
            if self._left:
                return UNKNOWN
        return falling[0]


class Lowest:
    """The lowest of the last `period` values; see `Highest`."""

    __slots__ = ("_left", "_period", "_rising", "_values")

    def __init__(self, period: int) -> None:
        self._period = period
        self._restart()

    def _restart(self) -> None:
        self._values: deque[float] = deque(maxlen=self._period)
        self._rising: deque[float] = deque()
        self._left = self._period

    def push(self, value: float) -> float:
        """The lowest including `value`; NaN before `period` known values in a row."""
        if value - value != 0.0:
            self._restart()
            return UNKNOWN
        values, rising = self._values, self._rising
        if not self._left and values[0] == rising[0]:
            rising.popleft()
        values.append(value)
        while rising and rising[-1] > value:
            rising.pop()
        rising.append(value)
        if self._left:
            self._left -= 1
            if self._left:
                return UNKNOWN
        return rising[0]
