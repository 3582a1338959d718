"""Strategies that see bar after bar: an honest one, and some that are not."""

import random
from typing import ClassVar

import polars as pl
from pydantic import PrivateAttr

from hermes.strategy import Bar, Indicator, Strategy
from hermes.strategy.indicators import sma


class Momentum(Strategy):
    """Buys ten after a rise and sells after a fall; reads the first symbol's closes only."""

    _last: dict[str, float] = PrivateAttr(default_factory=dict)

    def on_start(self) -> None:
        self._last.clear()

    def on_bar(self, bar: Bar) -> None:
        last, held = self._last.get(bar.symbol), self.broker.position(bar.symbol)
        self._last[bar.symbol] = bar.close
        if last is not None and bar.close > last and not held:
            self.broker.buy(bar.symbol, 10)
        elif last is not None and bar.close < last and held:
            self.broker.close(bar.symbol)


class Forgetful(Momentum):
    """Does not begin anew: what it saw in one run it knows in the next."""

    _seen: int = PrivateAttr(default=0)

    def on_start(self) -> None:
        self._last.clear()

    def on_bar(self, bar: Bar) -> None:
        self._seen += 1
        if self._seen > 200:
            return
        super().on_bar(bar)


class Gambler(Momentum):
    """Throws a coin."""

    def on_bar(self, bar: Bar) -> None:
        if random.random() < 0.5:  # noqa: S311
            super().on_bar(bar)


class Oracle(Momentum):
    """Has been told the closes of the whole day, and buys before they rise."""

    known: ClassVar[dict[int, float]] = {}

    def on_bar(self, bar: Bar) -> None:
        later = self.known.get(bar.start_us + 60_000_000, 0.0)
        super().on_bar(bar._replace(close=later))


class Charted(Momentum):
    """Shows an indicator that looks ahead beside orders that do not."""

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {"fine": sma(3), "later": pl.col("close").shift(-1)}


class FarSighted(Momentum):
    """Sends no orders; its targets know the close five bars on."""

    def signals(self) -> pl.Expr:
        return pl.col("close").shift(-5) > pl.col("close")

    def on_bar(self, bar: Bar) -> None:
        assert bar.close > 0
