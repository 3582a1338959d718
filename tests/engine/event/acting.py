"""A strategy that acts at named closes, and bars of several symbols for it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from tests.engine.market import bars

from hermes.data import DataService
from hermes.data.store import write_bars
from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.market import IST, Fill
from hermes.settings import Settings
from hermes.strategy import Bar, Broker, Strategy

Act = Callable[[Broker], Any]


def local(bar: Bar) -> str:
    """A bar's start as people write it: 2024-01-02 09:15, IST."""
    return f"{bar.timestamp.astimezone(IST):%Y-%m-%d %H:%M}"


class Acting(Strategy):
    """Calls `acts[time]` with the broker at the close of the bar of that IST time; of several symbols, once, after the
    last bar of the moment. A time without a day means any day. `told` keeps what the acts gave back, in order."""

    def play(self, acts: dict[str, Act], symbols: Sequence[str] = ("ABC",)) -> "Acting":
        self._acts = {when: act for when, act in acts.items() if when != "fill"}
        self._at_fill = acts.get("fill")
        self._last = max(symbols)
        self.__dict__["told"] = []
        self._fills: list[Fill] = []
        return self

    def on_bar(self, bar: Bar) -> None:
        if bar.symbol == self._last:
            when = local(bar)
            act = self._acts.get(when) or self._acts.get(when[11:])
            if act is not None:
                self.__dict__["told"].append(act(self.broker))

    def on_fill(self, fill: Fill) -> None:
        self._fills.append(fill)
        if self._at_fill is not None:
            self._at_fill(self.broker)

    @property
    def seen_fills(self) -> list[Fill]:
        return self._fills


def act(acts: dict[str, Act], *symbols: str, data: DataService | None = None, **fields: Any) -> BacktestResult:
    """Run the acts in event mode on stored bars; without charges or a volume limit, unless `fields` say otherwise."""
    result, _ = run_acts(acts, *symbols, data=data, **fields)
    return result


def run_acts(
    acts: dict[str, Act], *symbols: str, data: DataService | None = None, **fields: Any
) -> tuple[BacktestResult, list[Any]]:
    """As `act`, with what the acts gave back."""
    symbols = symbols or ("ABC",)
    strategy = Acting().play(acts, symbols)
    result = run_strategy(strategy, *symbols, data=data, **fields)
    return result, strategy.__dict__["told"]


def run_strategy(strategy: Strategy, *symbols: str, data: DataService | None = None, **fields: Any) -> BacktestResult:
    """Run any strategy in event mode on the bars of the test's data root."""
    plain: dict[str, Any] = {"charges": "none", "max_volume_share": None, "mode": "event"}
    request = BacktestRequest(symbols=symbols or ("ABC",), strategy=type(strategy).__name__, **(plain | fields))
    return run_backtest(request, data or DataService(Settings(registry_enabled=False)), strategy)


def keep(symbol: str, frame: pl.DataFrame, *, daily: bool = False) -> None:
    """Write one symbol's bars into the test's data root."""
    settings = Settings(registry_enabled=False)
    folder: Path = settings.daily_dir if daily else settings.minute_dir
    named = frame.with_columns(pl.lit(symbol).alias("symbol"))
    write_bars(named, folder, symbol, "written by hand", False, interval=None if daily else 1)


def candles(
    day: str, rows: Sequence[tuple[float, float, float, float]], at: str = "09:15", **columns: Any
) -> pl.DataFrame:
    """One-minute bars of (open, high, low, close)."""
    opened, high, low, close = (list(each) for each in zip(*rows, strict=True))
    return bars(day, close, at, open=opened, high=high, low=low, **columns)


def without(frame: pl.DataFrame, *times: str) -> pl.DataFrame:
    """The bars but those that start at the given IST times: a halt."""
    gone = [datetime.fromisoformat(each).replace(tzinfo=IST) for each in times]
    return frame.filter(~pl.col("timestamp").is_in(gone))


def kept_orders(result: BacktestResult) -> list[tuple[str, float, str, str]]:
    """(side, filled, status, reason) of each own order."""
    return result.orders.select("side", "filled", "status", "reason").rows()


def refusals(result: BacktestResult) -> list[tuple[str | None, str, str, float, str]]:
    """(IST time, symbol, side, quantity, reason) of each row of the rejections."""
    rows = result.rejections.iter_rows(named=True)
    return [
        (
            None if row["timestamp"] is None else f"{row['timestamp'].astimezone(IST):%H:%M}",
            row["symbol"], row["side"], row["quantity"], row["reason"],
        )
        for row in rows
    ]  # fmt: skip
