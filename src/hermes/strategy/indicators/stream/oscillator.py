"""Oscillators, one value at a time."""

from collections import deque
from math import fsum

from hermes.strategy.indicators.column import checked_period
from hermes.strategy.indicators.oscillator import CCI_SCALE, MACDLines, StochasticLines
from hermes.strategy.indicators.stream.average import EMA
from hermes.strategy.indicators.stream.base import UNKNOWN, LinesStream, ValueStream
from hermes.strategy.indicators.stream.window import CompensatedMean, Highest, Lowest, Window

_new = tuple.__new__  # half the time of calling the named tuple itself
_NO_MACD = MACDLines(UNKNOWN, UNKNOWN, UNKNOWN)


class RSI(ValueStream):
    """The streaming form of `rsi`."""

    __slots__ = ("_fall", "_first", "_left", "_period", "_previous", "_rise")

    def __init__(self, period: int = 14) -> None:
        super().__init__()
        self._period = self._left = checked_period("RSI", period, 2)
        self._rise = self._fall = 0.0
        self._first = UNKNOWN  # the previous value while the averages begin
        self._previous = UNKNOWN  # the same afterwards

    def update(self, value: float) -> float:
        """The index including `value`; NaN before `period` changes. A value that is not finite is left out."""
        change = value - self._previous
        if change - change != 0.0:  # a missing value, or the beginning
            return self._begin(value)
        rise, fall, period = self._rise, self._fall, self._period
        if change > 0.0:
            rise += (change - rise) / period
            fall -= fall / period
        else:
            rise -= rise / period
            fall -= (change + fall) / period
        self._previous = value
        self._rise = rise
        self._fall = fall
        both = rise + fall
        self.value = index = 100.0 * rise / both if both > 0.0 else UNKNOWN
        return index

    def _begin(self, value: float) -> float:
        if value - value != 0.0 or not self._left:
            return UNKNOWN
        change, self._first = value - self._first, value
        if change - change != 0.0:
            return UNKNOWN
        self._left -= 1
        self._rise += max(change, 0.0)
        self._fall += max(-change, 0.0)
        if self._left:
            return UNKNOWN
        self._rise /= self._period
        self._fall /= self._period
        self._previous = value
        both = self._rise + self._fall
        self.value = 100.0 * self._rise / both if both > 0.0 else UNKNOWN
        return self.value


class MACD(LinesStream[MACDLines[float]]):
    """The streaming form of `macd`."""

    __slots__ = ("_averages", "_fast", "_fast_alpha", "_signal", "_signal_alpha", "_slow", "_slow_alpha")

    def __init__(self, fast: int = 12, slow: int = 26, signal: int = 9) -> None:
        super().__init__(_NO_MACD)
        checked_period("MACD: slow", slow, checked_period("MACD: fast", fast) + 1)
        self._averages = EMA(fast), EMA(slow), EMA(signal)  # used until all three are known
        self._fast = self._slow = self._signal = UNKNOWN
        self._fast_alpha, self._slow_alpha, self._signal_alpha = 2 / (fast + 1), 2 / (slow + 1), 2 / (signal + 1)

    def update(self, value: float) -> MACDLines[float]:
        """The three lines including `value`; each NaN before it is known. A value that is not finite is left out."""
        fast, slow, signal = self._fast, self._slow, self._signal
        fast += self._fast_alpha * (value - fast)
        slow += self._slow_alpha * (value - slow)
        line = fast - slow
        signal += self._signal_alpha * (line - signal)
        if signal - signal == 0.0:  # false of a missing value, and in the beginning
            self._fast, self._slow, self._signal = fast, slow, signal
            self.value = lines = _new(MACDLines, (line, signal, line - signal))
            return lines
        return self._begin(value)

    def _begin(self, value: float) -> MACDLines[float]:
        fast, slow, signal = self._averages
        if value - value != 0.0 or self.ready:
            return _NO_MACD
        line = fast.update(value) - slow.update(value)
        average = signal.update(line)
        if signal.ready:
            self._fast, self._slow, self._signal = fast.value, slow.value, average
        self.value = MACDLines(line, average, line - average)
        return self.value


class Stochastic(LinesStream[StochasticLines[float]]):
    """The streaming form of `stochastic`."""

    __slots__ = ("_highest", "_lowest", "_signal", "_slow")

    def __init__(self, k: int = 14, smooth: int = 3, d: int = 3) -> None:
        super().__init__(StochasticLines(UNKNOWN, UNKNOWN))
        self._highest, self._lowest = Highest(checked_period("Stochastic", k)), Lowest(k)
        self._slow = CompensatedMean(checked_period("Stochastic: smooth", smooth))
        self._signal = CompensatedMean(checked_period("Stochastic: d", d))

    def update(self, high: float, low: float, close: float) -> StochasticLines[float]:
        """%K and %D including this bar; each NaN before it is known."""
        lowest = self._lowest.push(low)
        reach = self._highest.push(high) - lowest
        slow = self._slow.update(100.0 * (close - lowest) / reach if reach > 0.0 else UNKNOWN)
        self.value = lines = _new(StochasticLines, (slow, self._signal.update(slow)))
        return lines


class CCI(ValueStream):
    """The streaming form of `cci`; the one stream whose time grows with the period."""

    __slots__ = ("_unmoved", "_window")

    def __init__(self, period: int = 20) -> None:
        super().__init__()
        self._window = Window(checked_period("CCI", period, 2))
        self._unmoved = 0

    def update(self, high: float, low: float, close: float) -> float:
        """The index including this bar; NaN before `period` bars."""
        window = self._window
        typical = (high + low + close) / 3
        values = window.values
        self._unmoved = self._unmoved + 1 if values and values[-1] == typical else 1
        if not window.push(typical) or self._unmoved >= window.period:
            # Where nothing has moved, the mean's rounding would be all that is left to measure.
            self.value = UNKNOWN
            return UNKNOWN
        away = [each - typical for each in values]
        mean = fsum(away) / window.period
        # What lies above the mean is half of all deviation from it.
        spread = 2.0 * sum([each - mean for each in away if each > mean]) / window.period
        self.value = index = -mean / (CCI_SCALE * spread)
        return index


class ROC(ValueStream):
    """The streaming form of `roc`."""

    __slots__ = ("_values",)

    def __init__(self, period: int = 10) -> None:
        super().__init__()
        self._values = deque([UNKNOWN] * checked_period("ROC", period), maxlen=period)

    def update(self, value: float) -> float:
        """The change in percent up to `value`; NaN before `period` + 1 values."""
        values = self._values
        old = values[0]
        if value - value != 0.0:
            value = UNKNOWN
        values.append(value)
        self.value = change = 100.0 * (value / old - 1.0) if old else UNKNOWN
        return change
