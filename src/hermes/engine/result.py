"""What a backtest answers: metrics, and the frames behind them, built from the run's arrays when first asked for."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from hermes.data import BarsSource, QualityReport
from hermes.engine.kernel import CHARGE_COLUMNS
from hermes.engine.kernel.codes import REASONS, REFUSALS
from hermes.engine.metrics import Metrics
from hermes.engine.prepare import Prepared
from hermes.engine.request import BacktestRequest
from hermes.engine.run import Run
from hermes.market import Instrument
from hermes.strategy import Plot

_STAMP = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class Assumption:
    """One rule that the numbers rest on: its name, the value in force, and what it means where that is not plain."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class BacktestResult:
    """A finished run of n bars.

    All frames are in order of time; `timestamp` columns are starts of bars, Datetime("us", "UTC"); money is rupees.
    `warnings` are sentences that must be shown wherever the numbers are.
    """

    request: BacktestRequest
    instrument: Instrument
    metrics: Metrics
    assumptions: tuple[Assumption, ...]
    warnings: tuple[str, ...]
    source: BarsSource
    quality: QualityReport | None
    plots: dict[str, Plot]
    bars: pl.DataFrame
    """timestamp, open, high, low, close, volume, oi, one column per indicator, signal."""
    prepared: Prepared
    run: Run

    @cached_property
    def candles(self) -> pl.DataFrame:
        """n rows: timestamp, open, high, low, close, volume, oi."""
        return self.bars.select("timestamp", "open", "high", "low", "close", "volume", "oi")

    @cached_property
    def indicators(self) -> pl.DataFrame:
        """n rows: timestamp and one column per indicator."""
        return self.bars.select("timestamp", *self.plots)

    @cached_property
    def signals(self) -> pl.DataFrame:
        """n rows: timestamp, signal (Int8; null is no opinion), as the strategy gave them."""
        return self.bars.select("timestamp", "signal")

    @cached_property
    def equity(self) -> pl.DataFrame:
        """n rows: timestamp, equity, cash, position (signed units), all after the bar's last fill."""
        n = len(self.run.equity)
        return pl.DataFrame(
            {
                "timestamp": self.bars["timestamp"],
                "equity": self.run.equity,
                "cash": cash_by_bar(self.run, n, self.request.initial_cash),
                "position": position_by_bar(self.run, n),
            }
        )

    @cached_property
    def fills(self) -> pl.DataFrame:
        """timestamp, bar, side (buy, sell), quantity, price, reason, the eight charges, charges (their sum)."""
        fills = self.run.fills
        columns: dict[str, Any] = {
            "timestamp": self._stamps(fills["bar"]),
            "bar": fills["bar"],
            "side": _words(fills["side"], {1: "buy", -1: "sell"}),
            "quantity": fills["quantity"],
            "price": fills["price"],
            "reason": _words(fills["reason"], REASONS),
        }
        columns |= {name: fills[name] for name in (*CHARGE_COLUMNS, "charges")}
        return _frame(columns)

    @cached_property
    def trades(self) -> pl.DataFrame:
        """FIFO round trips: entry_time, exit_time, side (long, short), quantity, entry_price, exit_price, gross,
        charges, net, return (net / entry notional), bars_held, reason (of the exit), mae and mfe (shares of the entry
        price)."""
        trades = self.run.trades
        gross = trade_gross(self.run)
        net = gross - trades["charges"]
        return _frame(
            {
                "entry_time": self._stamps(trades["entry_bar"]),
                "exit_time": self._stamps(trades["exit_bar"]),
                "side": _words(trades["side"], {1: "long", -1: "short"}),
                "quantity": trades["quantity"],
                "entry_price": trades["entry_price"],
                "exit_price": trades["exit_price"],
                "gross": gross,
                "charges": trades["charges"],
                "net": net,
                "return": net / (trades["entry_price"] * trades["quantity"]),
                "bars_held": trades["exit_bar"] - trades["entry_bar"],
                "reason": _words(trades["reason"], REASONS),
                "mae": trades["mae"],
                "mfe": trades["mfe"],
            }
        )

    @cached_property
    def rejections(self) -> pl.DataFrame:
        """Entries that were refused: timestamp, side, quantity, reason."""
        refusals = self.run.refusals
        return _frame(
            {
                "timestamp": self._stamps(refusals["bar"]),
                "side": _words(refusals["side"], {1: "buy", -1: "sell"}),
                "quantity": refusals["quantity"],
                "reason": _words(refusals["reason"], REFUSALS),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON types: numbers are numbers, an undefined one is None, times are ISO 8601 in UTC."""
        return {
            "request": self.request.model_dump(mode="json"),
            "instrument": _plain(_fields(self.instrument)),
            "source": _plain(_fields(self.source)),
            "metrics": self.metrics.model_dump(mode="json"),
            "warnings": list(self.warnings),
            "assumptions": [_fields(each) for each in self.assumptions],
            "quality": None if self.quality is None else _quality(self.quality),
            "plots": {name: _plain(_fields(each)) for name, each in self.plots.items()},
            "trades": _rows(self.trades),
            "fills": _rows(self.fills),
            "rejections": _rows(self.rejections),
            "equity": _columns(self.equity),
            "candles": _columns(self.candles),
            "indicators": _columns(self.indicators),
            "signals": _columns(self.signals),
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text, without NaN or infinity."""
        return json.dumps(self.to_dict(), allow_nan=False, separators=(",", ":"))

    def _stamps(self, bars: np.ndarray) -> pl.Series:
        return pl.Series(self.prepared.timestamps[bars]).cast(_STAMP)


def position_by_bar(run: Run, n: int) -> np.ndarray:
    """Signed position, float64[n], after the fills of every bar."""
    fills = run.fills
    return _held(np.concatenate(([0.0], np.cumsum(fills["side"] * fills["quantity"]))), fills["bar"], n)


def cash_by_bar(run: Run, n: int, initial_cash: float) -> np.ndarray:
    """Cash in rupees, float64[n], after the fills of every bar: the fills replayed in their order, as in the kernel
    (a sum taken in another order would differ in its last bits)."""
    fills = run.fills
    steps = np.empty(2 * len(fills) + 1)
    steps[0] = initial_cash
    steps[1::2] = -(fills["side"] * fills["quantity"] * fills["price"])
    steps[2::2] = -fills["charges"]
    return _held(np.cumsum(steps)[::2], fills["bar"], n)


def _held(after_fill: np.ndarray, fill_bars: np.ndarray, n: int) -> np.ndarray:
    """The value after the last fill up to each of n bars; `after_fill` begins with the value before the first."""
    edges = np.concatenate(([0], fill_bars, [n]))
    return np.repeat(after_fill, np.diff(edges))


def trade_gross(run: Run) -> np.ndarray:
    """Profit of each round trip before charges."""
    trades = run.trades
    gross: np.ndarray = trades["side"] * (trades["exit_price"] - trades["entry_price"]) * trades["quantity"]
    return gross


def _frame(columns: dict[str, Any]) -> pl.DataFrame:
    copied = {
        name: np.ascontiguousarray(each) if isinstance(each, np.ndarray) else each for name, each in columns.items()
    }
    return pl.DataFrame(copied)


def _words(codes: np.ndarray, words: dict[int, str]) -> pl.Series:
    numbers = pl.Series(np.ascontiguousarray(codes), dtype=pl.Int64)
    return numbers.replace_strict(words, return_dtype=pl.String)


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _quality(report: QualityReport) -> dict[str, Any]:
    plain = _plain(_fields(report))
    plain["problems"] = [_fields(each) for each in report.problems]
    return plain


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: each.isoformat() if isinstance(each, (date, datetime)) else each for name, each in values.items()}


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return _texts(frame).to_dicts()


def _columns(frame: pl.DataFrame) -> dict[str, list[Any]]:
    return _texts(frame).to_dict(as_series=False)


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Times as ISO text; NaN and infinity, which JSON cannot say, as null."""
    times = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    return frame.with_columns(
        *(pl.col(name).dt.to_string("%Y-%m-%dT%H:%M:%SZ") for name in times),
        *(pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in floats),
    )
