"""Moving averages, one value at a time."""

import math
from collections import deque

from hermes.strategy.indicators.column import checked_period
from hermes.strategy.indicators.stream.base import EXACT, ROUNDER, UNKNOWN, ValueStream
from hermes.strategy.indicators.stream.window import CompensatedMean, Window


class SMA(ValueStream):
    """The streaming form of `sma`: exact on prices, which are whole hundredths, and compensated on anything else."""

    __slots__ = ("_divisor", "_hundredths", "_left", "_limit", "_other", "_period", "_total")

    def __init__(self, period: int) -> None:
        super().__init__()
        self._period = checked_period("SMA", period)
        self._divisor = 100.0 * period
        self._limit = (EXACT / period) ** 2
        self._other: CompensatedMean | None = None
        self._restart()

    def _restart(self) -> None:
        # Full of zeros from the start: so there is always an oldest value to take off.
        self._hundredths = deque([0.0] * self._period, maxlen=self._period)
        self._total = 0.0
        self._left = self._period

    def update(self, value: float) -> float:
        """The average including `value`; NaN before `period` values, and while one of them is missing."""
        if self._other is None:
            whole = value * 100.0 + ROUNDER - ROUNDER
            if whole / 100.0 == value and whole * whole < self._limit:
                hundredths = self._hundredths
                self._total = total = self._total + (whole - hundredths[0])
                hundredths.append(whole)
                if self._left:
                    self._left -= 1
                    if self._left:
                        return UNKNOWN
                self.value = mean = total / self._divisor
                return mean
        return self._update_other(value)

    def _update_other(self, value: float) -> float:
        """The rare ways: a missing value, and any stream that has ever had more than two decimals."""
        if self._other is None:
            if value - value != 0.0:
                self._restart()
                self.value = UNKNOWN
                return UNKNOWN
            self._other = CompensatedMean(self._period)
            for each in list(self._hundredths)[self._left :]:
                self._other.update(each / 100.0)
        self.value = mean = self._other.update(value)
        return mean


class WMA(ValueStream):
    """The streaming form of `wma`: running sums on prices, which are whole hundredths, whole sums on anything else."""

    __slots__ = ("_divisor", "_hundredths", "_left", "_limit", "_other", "_period", "_total", "_weighted")

    def __init__(self, period: int) -> None:
        super().__init__()
        self._period = checked_period("WMA", period)
        self._divisor = 100.0 * (period * (period + 1) / 2)
        self._limit = (EXACT / period**2) ** 2
        self._other: Window | None = None
        self._restart()

    def _restart(self) -> None:
        self._hundredths = deque([0.0] * self._period, maxlen=self._period)
        self._total = self._weighted = 0.0
        self._left = self._period

    def update(self, value: float) -> float:
        """The average including `value`; NaN before `period` values, and while one of them is missing."""
        if self._other is None:
            whole = value * 100.0 + ROUNDER - ROUNDER
            if whole / 100.0 == value and whole * whole < self._limit:
                hundredths, total = self._hundredths, self._total
                self._weighted = weighted = self._weighted + (self._period * whole - total)
                self._total = total + (whole - hundredths[0])
                hundredths.append(whole)
                if self._left:
                    self._left -= 1
                    if self._left:
                        return UNKNOWN
                self.value = mean = weighted / self._divisor
                return mean
        return self._update_other(value)

    def _update_other(self, value: float) -> float:
        if self._other is None:
            if value - value != 0.0:
                self._restart()
                self.value = UNKNOWN
                return UNKNOWN
            self._other = Window(self._period)
            for each in list(self._hundredths)[self._left :]:
                self._other.push(each / 100.0)
        known = self._other.push(value)
        total = math.fsum(weight * each for weight, each in enumerate(self._other.values, 1)) if known else UNKNOWN
        self.value = mean = 100.0 * total / self._divisor
        return mean


class Exponential(ValueStream):
    """v[t] = v[t-1] + alpha (x[t] - v[t-1]), begun by the plain mean of the first `period` known values."""

    __slots__ = ("_alpha", "_left", "_period", "_total")

    def __init__(self, period: int, alpha: float) -> None:
        super().__init__()
        self._period = self._left = period
        self._alpha = alpha
        self._total = 0.0

    def update(self, value: float) -> float:
        """The average including `value`; NaN before `period` values. A value that is not finite is left out."""
        level = self.value
        level += self._alpha * (value - level)
        if level - level == 0.0:  # one comparison tells both a missing value and the beginning, where the level is NaN
            self.value = level
            return level
        return self._begin(value)

    def _begin(self, value: float) -> float:
        if value - value != 0.0 or not self._left:
            return UNKNOWN
        self._left -= 1
        self._total += value
        if self._left:
            return UNKNOWN
        self.value = self._total / self._period
        return self.value


class EMA(Exponential):
    """The streaming form of `ema`."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(checked_period("EMA", period), 2 / (period + 1))


class Wilder(Exponential):
    """The streaming form of `wilder`."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(checked_period("Wilder", period), 1 / period)
