"""Indicators that weigh prices with the volume traded, one bar at a time."""

from datetime import date

from hermes.strategy.indicators.stream.base import UNKNOWN, ValueStream


class VWAP(ValueStream):
    """The streaming form of `vwap`."""

    __slots__ = ("_session", "_volume", "_worth")

    def __init__(self) -> None:
        super().__init__()
        self._session: date | None = None
        self._worth = self._volume = 0.0

    def update(self, high: float, low: float, close: float, volume: float, session: date) -> float:
        """The average including this bar of `session` (exchange-local date); NaN before its first trade.

        A bar that lacks a price or its volume is left out.
        """
        if session is not self._session and session != self._session:
            self._session = session
            self._worth = self._volume = 0.0
            self.value = UNKNOWN
        worth = self._worth + (high + low + close) / 3.0 * volume
        if worth - worth != 0.0:
            return UNKNOWN
        self._worth = worth
        self._volume = traded = self._volume + volume
        self.value = average = worth / traded if traded else UNKNOWN
        return average


class OBV(ValueStream):
    """The streaming form of `obv`."""

    __slots__ = ("_previous", "_total")

    def __init__(self) -> None:
        super().__init__()
        self._previous = UNKNOWN
        self._total = 0.0

    def update(self, close: float, volume: float) -> float:
        """The balance including this bar, in shares. A bar that lacks its close or volume changes nothing."""
        known = close + volume
        if known - known == 0.0:
            previous = self._previous
            self._previous = close
            if close > previous or previous - previous != 0.0:
                self._total += volume
            elif close < previous:
                self._total -= volume
        elif close - close == 0.0:
            self._previous = close
        self.value = total = self._total
        return total
