"""Strength and direction of a trend, one bar at a time."""

from math import inf

from hermes.strategy.indicators.column import checked_period
from hermes.strategy.indicators.stream.base import UNKNOWN, LinesStream
from hermes.strategy.indicators.stream.volatility import ATR
from hermes.strategy.indicators.trend import DirectionalMovement, SupertrendLines

_new = tuple.__new__  # half the time of calling the named tuple itself
_NO_MOVEMENT = DirectionalMovement(UNKNOWN, UNKNOWN, UNKNOWN)
_NO_LINES = SupertrendLines(UNKNOWN, UNKNOWN)


class ADX(LinesStream[DirectionalMovement[float]]):
    """The streaming form of `adx`."""

    __slots__ = ("_close", "_high", "_index", "_low", "_minus", "_period", "_plus", "_range", "_seen")

    def __init__(self, period: int = 14) -> None:
        super().__init__(_NO_MOVEMENT)
        self._period = checked_period("ADX", period, 2)
        self._seen = 0
        self._high = self._low = self._close = UNKNOWN
        self._plus = self._minus = self._range = self._index = 0.0

    def update(self, high: float, low: float, close: float) -> DirectionalMovement[float]:
        """The three lines including this bar; each NaN before it is known. A bar that lacks a price is left out."""
        known = high + low + close
        if known - known != 0.0:
            return _NO_MOVEMENT
        up, down, last = high - self._high, self._low - low, self._close
        self._high, self._low, self._close = high, low, close
        if last - last != 0.0:
            return _NO_MOVEMENT
        period, seen = self._period, self._seen + 1
        plus, minus, reach = self._plus, self._minus, self._range
        self._seen = seen
        if seen >= period:
            plus -= plus / period
            minus -= minus / period
            reach -= reach / period
        if up > down:
            if up > 0.0:
                plus += up
        elif down > up and down > 0.0:
            minus += down
        reach += (high if high > last else last) - (low if low < last else last)
        self._plus, self._minus, self._range = plus, minus, reach
        if seen < period:
            return _NO_MOVEMENT
        index = self._strength(seen, plus, minus)
        if reach > 0.0:
            self.value = lines = _new(DirectionalMovement, (index, 100.0 * plus / reach, 100.0 * minus / reach))
        else:
            self.value = lines = DirectionalMovement(index, UNKNOWN, UNKNOWN)
        return lines

    def _strength(self, seen: int, plus: float, minus: float) -> float:
        """The index: the mean of the first `period` strengths, smoothed from then on."""
        period, index, moved = self._period, self._index, plus + minus
        if moved > 0.0:
            strength = 100.0 * (plus - minus if plus > minus else minus - plus) / moved
            index += (strength - index) / period if seen >= 2 * period else strength
        if seen == 2 * period - 1:
            index /= period
        self._index = index
        return index if seen >= 2 * period - 1 else UNKNOWN


class Supertrend(LinesStream[SupertrendLines[float]]):
    """The streaming form of `supertrend`."""

    __slots__ = ("_direction", "_lower", "_multiplier", "_previous", "_range", "_upper")

    def __init__(self, period: int = 10, multiplier: float = 3.0) -> None:
        super().__init__(_NO_LINES)
        self._range = ATR(period)
        self._multiplier = multiplier
        self._upper, self._lower = inf, -inf
        self._previous = UNKNOWN
        self._direction = -1.0

    def update(self, high: float, low: float, close: float) -> SupertrendLines[float]:
        """Line and direction including this bar; NaN for the first `period` bars."""
        reach = self._multiplier * self._range.update(high, low, close)
        if reach - reach != 0.0:
            return _NO_LINES
        middle, previous = (high + low) / 2.0, self._previous
        upper, lower = middle + reach, middle - reach
        if upper >= self._upper and not previous > self._upper:
            upper = self._upper
        if lower <= self._lower and not previous < self._lower:
            lower = self._lower
        direction = self._direction
        if direction < 0.0:
            if close > upper:
                direction = 1.0
        elif close < lower:
            direction = -1.0
        self._upper, self._lower, self._previous, self._direction = upper, lower, close, direction
        self.value = lines = _new(SupertrendLines, (lower if direction > 0.0 else upper, direction))
        return lines
