"""Trade the day's first break out of the range of its opening minutes, with a bracket order."""

import math
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from pydantic import Field, PrivateAttr, model_validator

from hermes.data.timeframe import Timeframe
from hermes.market import Side
from hermes.strategy.bar import Bar
from hermes.strategy.base import Strategy
from hermes.strategy.broker import Ticket

_MINUTE_US = 60_000_000


class Breakout(NamedTuple):
    """Prices of one bracket in rupees: stop entry, stop loss, target."""

    entry: float
    stop: float
    target: float


@dataclass(slots=True)
class OpeningRange:
    """Highest and lowest price of a session's first bars, in paise.

    `step` is the greatest common divisor of all their prices. Each is a multiple of the tick, hence so is `step`, and
    what is a multiple of `step` lies on the tick without anybody knowing it.
    """

    high: int = 0
    low: int = 0
    step: int = 0

    def include(self, bar: Bar) -> None:
        """Widen the range by a bar."""
        prices = [round(100 * each) for each in (bar.open, bar.high, bar.low, bar.close)]
        self.high = max(self.high, prices[1])
        self.low = min(self.low or prices[2], prices[2])
        self.step = math.gcd(self.step, *prices)

    def breakout(self, side: Side, reward: float) -> Breakout | None:
        """A bracket that enters one step beyond the range, with the target `reward` ranges further; None where the
        price has not moved."""
        width = self.high - self.low
        if not width:
            return None
        entry = self.high + self.step if side is Side.BUY else self.low - self.step
        stop = self.low if side is Side.BUY else self.high
        target = entry + side.sign * max(1, round(reward * width / self.step)) * self.step
        return Breakout(entry / 100, stop / 100, target / 100)


@dataclass(slots=True)
class _Day:
    """A symbol's session so far; `opened_us` is the start of its first bar in microseconds UTC."""

    session: date
    opened_us: int
    range: OpeningRange
    is_decided: bool = False
    entries: tuple[Ticket, ...] = ()


class OpeningRangeBreakout(Strategy):
    """Enter by a stop order beyond the range of the session's first minutes, with stop and target; once a session.

    When the range is complete, a bracket is sent: a stop entry one step above its high, a stop at its low, a target
    `reward` ranges above the entry. Without `long_only` a second one mirrors it below the low, and the fill of one
    entry cancels the other; that takes the product MIS. An entry that has not filled `latest_entry` minutes after the
    session's first bar is cancelled. A position that a session leaves open, as only CNC does, is sold in the next.
    """

    minutes: int = Field(15, ge=1, le=360, description="Minutes of the opening range")
    reward: float = Field(2.0, gt=0, le=100, description="Distance of the target from the entry, in ranges")
    share: float = Field(0.5, gt=0, le=10, description="Share of the equity that a trade is worth")
    quantity: int = Field(0, ge=0, le=10_000_000, description="Units of a trade; 0 takes the share instead")
    latest_entry: int = Field(240, ge=2, le=400, description="Minutes of the session after which nothing is entered")
    long_only: bool = Field(True, description="Whether breaks below the range are left alone")

    _days: dict[str, _Day] = PrivateAttr(default_factory=dict)
    _last_us: dict[str, int] = PrivateAttr(default_factory=dict)
    _length_us: dict[str, int] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minutes >= self.latest_entry:
            raise ValueError(f"minutes ({self.minutes}) must be below latest_entry ({self.latest_entry})")
        return self

    def warmup(self) -> dict[Timeframe | None, int]:
        return {None: 2}  # two starts tell how long a bar is

    def on_start(self) -> None:
        self._days, self._last_us, self._length_us = {}, {}, {}

    def on_history(self, bar: Bar) -> None:
        self._measure(bar)

    def on_bar(self, bar: Bar) -> None:
        self._measure(bar)
        day = self._today(bar)
        age_us = bar.start_us - day.opened_us
        if age_us >= self.latest_entry * _MINUTE_US:
            self._withdraw(day)
        elif not day.is_decided:
            range_us = self.minutes * _MINUTE_US
            if age_us < range_us:
                day.range.include(bar)
            # The range is complete with its last bar, not with the one after, once the length of a bar is known.
            if age_us + self._length_us.get(bar.symbol, 0) >= range_us:
                day.is_decided = True
                day.entries = self._enter(bar.symbol, day.range)

    def _measure(self, bar: Bar) -> None:
        """Learn the length of a bar: the least distance of two starts."""
        last = self._last_us.get(bar.symbol)
        if last is not None:
            apart = bar.start_us - last
            self._length_us[bar.symbol] = min(self._length_us.get(bar.symbol, apart), apart)
        self._last_us[bar.symbol] = bar.start_us

    def _today(self, bar: Bar) -> _Day:
        """The state of the bar's session, begun with its first bar."""
        day = self._days.get(bar.symbol)
        session = bar.session
        if day is None or day.session != session:
            if day is not None:
                self.broker.close(bar.symbol)
            day = self._days[bar.symbol] = _Day(session, bar.start_us, OpeningRange())
        return day

    def _enter(self, symbol: str, seen: OpeningRange) -> tuple[Ticket, ...]:
        """Send the brackets, and give their entries."""
        if self.broker.position(symbol):
            return ()
        entries = []
        for side in (Side.BUY,) if self.long_only else (Side.BUY, Side.SELL):
            prices = seen.breakout(side, self.reward)
            if prices is None:
                return ()
            quantity = self.quantity or int(self.share * self.broker.equity / prices.entry)
            if quantity:
                sent = self.broker.bracket(
                    symbol, side, quantity, trigger=prices.entry, stop=prices.stop, target=prices.target
                )
                entries.append(sent.entry)
        if len(entries) == 2 and all(each.is_open for each in entries):
            self.broker.oco(*entries)
        return tuple(entries)

    def _withdraw(self, day: _Day) -> None:
        day.is_decided = True
        for entry in day.entries:
            if entry.is_open:
                self.broker.cancel(entry)
        day.entries = ()
