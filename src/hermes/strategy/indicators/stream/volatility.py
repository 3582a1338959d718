"""Measures of range and the channels drawn from them, one bar at a time."""

from collections import deque
from math import fsum, sqrt

from hermes.strategy.indicators.column import checked_period
from hermes.strategy.indicators.stream.average import EMA
from hermes.strategy.indicators.stream.base import EXACT, ROUNDER, UNKNOWN, LinesStream, ValueStream
from hermes.strategy.indicators.stream.window import Highest, Lowest, Window
from hermes.strategy.indicators.volatility import Bands

_new = tuple.__new__  # half the time of calling the named tuple itself
_NO_BANDS = Bands(UNKNOWN, UNKNOWN, UNKNOWN)
# A variance that is a smaller share of the mean square has lost too many digits in the difference.
_LEAST_SHARE = 1e-5


class ATR(ValueStream):
    """The streaming form of `atr`."""

    __slots__ = ("_left", "_period", "_previous", "_total")

    def __init__(self, period: int = 14) -> None:
        super().__init__()
        self._period = self._left = checked_period("ATR", period)
        self._previous = UNKNOWN
        self._total = 0.0

    def update(self, high: float, low: float, close: float) -> float:
        """The average including this bar; NaN for the first `period` bars. A bar that lacks a price is left out."""
        known = high + low + close
        if known - known != 0.0:
            return UNKNOWN
        previous, level = self._previous, self.value
        self._previous = close
        reach = (high if high > previous else previous) - (low if low < previous else previous)
        level += (reach - level) / self._period
        if level - level == 0.0:  # false in the beginning
            self.value = level
            return level
        return self._begin(reach)

    def _begin(self, reach: float) -> float:
        if reach - reach != 0.0:
            return UNKNOWN
        self._left -= 1
        self._total += reach
        if self._left:
            return UNKNOWN
        self.value = self._total / self._period
        return self.value


class Bollinger(LinesStream[Bands[float]]):
    """The streaming form of `bollinger`: running sums on prices, which are whole hundredths, whole sums otherwise.

    The sums are of distances from a price nearby, hence exact, and so is their mean; the deviation loses no more than
    five of its sixteen digits, for else the price nearby is chosen anew.
    """

    __slots__ = ("_aways", "_left", "_limit", "_nearby", "_other", "_period", "_squares", "_total", "_width")

    def __init__(self, period: int = 20, width: float = 2.0) -> None:
        super().__init__(_NO_BANDS)
        self._period = checked_period("Bollinger", period, 2)
        self._width = width
        self._limit = EXACT / period
        self._other: Window | None = None
        self._nearby = UNKNOWN
        self._restart()

    def _restart(self) -> None:
        self._aways = deque([0.0] * self._period, maxlen=self._period)
        self._total = self._squares = 0.0
        self._left = self._period

    def update(self, value: float) -> Bands[float]:
        """The bands including `value`; NaN before `period` values, and while one of them is missing."""
        if self._other is None:
            whole = value * 100.0 + ROUNDER - ROUNDER
            away = whole - self._nearby
            square = away * away
            if whole / 100.0 == value and square < self._limit:
                aways, period = self._aways, self._period
                old = aways[0]
                self._total = total = self._total + (away - old)
                self._squares = squares = self._squares + (square - old * old)
                aways.append(away)
                if self._left:
                    self._left -= 1
                    if self._left:
                        return _NO_BANDS
                squares *= period
                spread = squares - total * total
                if spread < _LEAST_SHARE * squares:
                    spread = self._centre()
                    total = self._total
                middle = (self._nearby * period + total) / (100.0 * period)
                reach = self._width * sqrt(spread) / (100.0 * period)
                self.value = bands = _new(Bands, (middle + reach, middle, middle - reach))
                return bands
        return self._update_other(value)

    def _centre(self) -> float:
        """Choose the price nearby anew; the square of `period` deviations."""
        shift = self._total / self._period + ROUNDER - ROUNDER
        self._nearby += shift
        self._aways = deque([each - shift for each in self._aways], maxlen=self._period)
        self._total = sum(self._aways)
        self._squares = sum([each * each for each in self._aways])
        return self._squares * self._period - self._total * self._total

    def _update_other(self, value: float) -> Bands[float]:
        """The rare ways: the first value, a missing one, and any stream that has ever had more than two decimals."""
        if self._other is None:
            if value - value != 0.0:
                self._restart()
                self._nearby = UNKNOWN
                self.value = _NO_BANDS
                return _NO_BANDS
            whole = value * 100.0 + ROUNDER - ROUNDER
            if self._left == self._period and whole / 100.0 == value:
                self._nearby = whole
                return self.update(value)
            self._other = Window(self._period)
            for each in list(self._aways)[self._left :]:
                self._other.push((self._nearby + each) / 100.0)
        window = self._other
        if not window.push(value):
            self.value = _NO_BANDS
            return _NO_BANDS
        middle = window.mean
        reach = self._width * sqrt(fsum([(each - middle) ** 2 for each in window.values]) / self._period)
        self.value = Bands(middle + reach, middle, middle - reach)
        return self.value


class Donchian(LinesStream[Bands[float]]):
    """The streaming form of `donchian`."""

    __slots__ = ("_highest", "_lowest")

    def __init__(self, period: int = 20) -> None:
        super().__init__(_NO_BANDS)
        self._highest, self._lowest = Highest(checked_period("Donchian", period)), Lowest(period)

    def update(self, high: float, low: float) -> Bands[float]:
        """The channel including this bar; NaN before `period` bars."""
        upper = self._highest.push(high)
        lower = self._lowest.push(low)
        self.value = bands = _new(Bands, (upper, (upper + lower) / 2.0, lower))
        return bands


class Keltner(LinesStream[Bands[float]]):
    """The streaming form of `keltner`."""

    __slots__ = ("_middle", "_multiplier", "_range")

    def __init__(self, period: int = 20, multiplier: float = 2.0, atr_period: int = 10) -> None:
        super().__init__(_NO_BANDS)
        self._middle = EMA(period)
        self._range = ATR(atr_period)
        self._multiplier = multiplier

    def update(self, high: float, low: float, close: float) -> Bands[float]:
        """The channel including this bar; each line NaN before it is known."""
        middle = self._middle.update(close)
        reach = self._multiplier * self._range.update(high, low, close)
        self.value = bands = _new(Bands, (middle + reach, middle, middle - reach))
        return bands
