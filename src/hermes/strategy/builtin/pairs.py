"""Trade the price ratio of two symbols back to its average."""

import math
from datetime import date
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from hermes.data.timeframe import Timeframe
from hermes.errors import StrategyError
from hermes.strategy.bar import Bar
from hermes.strategy.base import Strategy
from hermes.strategy.broker import Ticket
from hermes.strategy.indicators import Bollinger

# A move of one paisa changes the logarithm of any price by more; what is less is rounding.
_UNMOVED = 1e-10


class RatioScore:
    """The z-score of log(first / second) among its last `window` values; NaN until there are so many."""

    def __init__(self, window: int) -> None:
        self._bands = Bollinger(window, 1.0)

    def update(self, first: float, second: float) -> float:
        """The score of the newest pair of prices; 0 where the ratio has not moved."""
        ratio = math.log(first / second)
        upper, middle, _ = self._bands.update(ratio)
        deviation = upper - middle
        return 0.0 if deviation < _UNMOVED else (ratio - middle) / deviation


class PairsTrade(Strategy):
    """Buy the cheap and sell the dear one of two symbols while the ratio of their prices is far from its average.

    The ratio is log(first close / second close) at the starts of which both symbols have a bar; the symbols stand in
    order of name. Its z-score among the last `window` such ratios, this one included, opens a pair from `entry` on
    and closes it inside `exit`. Both legs are worth the same. Needs the product MIS, which may be short, and which is
    squared off each day.
    """

    window: int = Field(60, ge=3, le=100_000, description="Common bars of the average and of the standard deviation")
    entry: float = Field(2.0, gt=0, le=100, description="Standard deviations from the average that open a pair")
    exit: float = Field(0.5, ge=0, le=100, description="Standard deviations from the average that close it")
    share: float = Field(0.45, gt=0, le=10, description="Share of the equity that each leg is worth")

    _score: RatioScore = PrivateAttr()
    _checked: bool = PrivateAttr(default=False)
    _first: Bar | None = PrivateAttr(default=None)
    _refused: date | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.exit >= self.entry:
            raise ValueError(f"exit ({self.exit:g}) must be below entry ({self.entry:g})")
        return self

    def warmup(self) -> dict[Timeframe | None, int]:
        return {None: self.window}

    def on_start(self) -> None:
        self._score = RatioScore(self.window)
        self._checked, self._first, self._refused = False, None, None

    def on_history(self, bar: Bar) -> None:
        first = self._partner(bar)
        if first is not None:
            self._score.update(first.close, bar.close)

    def on_bar(self, bar: Bar) -> None:
        if not self._checked:
            self._check(self.broker.symbols)
        first = self._partner(bar)
        if first is not None:
            self._trade(first, bar, self._score.update(first.close, bar.close))

    def _check(self, symbols: tuple[str, ...]) -> None:
        if len(symbols) != 2:
            raise StrategyError(f"it trades two symbols, and this run has {len(symbols)}: {', '.join(symbols)}.")
        self._checked = True

    def _partner(self, bar: Bar) -> Bar | None:
        """The first symbol's bar where `bar` is the second's of the same start; bars come in order of symbol."""
        first, self._first = self._first, bar
        return first if first is not None and first.start_us == bar.start_us else None

    def _trade(self, first: Bar, second: Bar, score: float) -> None:
        if self.broker.working():
            return
        held, other = self.broker.position(first.symbol), self.broker.position(second.symbol)
        if (held == 0) != (other == 0):
            # The other leg was refused when it should have filled, or an exit took it: one leg is no pair.
            self._refused = first.session
            self._leave(first, second)
        elif held and abs(score) <= self.exit:
            self._leave(first, second)
        elif not held and abs(score) >= self.entry and self._refused != first.session:
            cheap, dear = (second, first) if score > 0 else (first, second)
            self._enter(cheap, dear)

    def _enter(self, cheap: Bar, dear: Bar) -> None:
        worth = self.share * self.broker.equity
        bought, sold = int(worth / cheap.close), int(worth / dear.close)
        if not bought or not sold:
            return
        # The short leg first: where it is refused, there is nothing to take back.
        legs: list[Ticket] = [self.broker.sell(dear.symbol, sold, tag="dear")]
        if legs[0].is_open:
            legs.append(self.broker.buy(cheap.symbol, bought, tag="cheap"))
        if not legs[-1].is_open:
            self._refused = cheap.session  # as the rest of the session's bars would find it
            self.broker.cancel(legs[0])

    def _leave(self, first: Bar, second: Bar) -> None:
        self.broker.close(first.symbol)
        self.broker.close(second.symbol)
