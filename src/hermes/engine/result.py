"""What a backtest answers: metrics, and the frames behind them, built from the run's arrays when first asked for."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from hermes.data import BarsSource, QualityReport
from hermes.engine.kernel import CHARGE_COLUMNS
from hermes.engine.kernel.codes import REASONS, REFUSALS
from hermes.engine.load import Part
from hermes.engine.metrics import Metrics
from hermes.engine.request import BacktestRequest
from hermes.engine.run import Run, open_positions
from hermes.engine.timeline import Timeline
from hermes.market import Instrument
from hermes.strategy import Plot

_STAMP = pl.Datetime("us", "UTC")

_TICKET: dict[str, type[pl.DataType]] = {
    "symbol": pl.String,
    "side": pl.String,
    "type": pl.String,
    "quantity": pl.Float64,
    "limit": pl.Float64,
    "trigger": pl.Float64,
    "trail": pl.Float64,
    "validity": pl.String,
    "reduce_only": pl.Boolean,
    "tag": pl.String,
    "status": pl.String,
    "filled": pl.Float64,
    "average_price": pl.Float64,
    "reason": pl.String,
}


@dataclass(frozen=True, slots=True)
class Assumption:
    """One rule that the numbers rest on: its name, the value in force, and what it means where that is not plain."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class BacktestResult:
    """A finished run of n moments (of one symbol: n bars).

    All frames are in order of time; `timestamp` columns are starts of bars, Datetime("us", "UTC"); money is rupees.
    `warnings` are sentences that must be shown wherever the numbers are. Frames of bars (`bars`, `candles`,
    `indicators`, `signals`) are those of the first symbol; `bars_of(symbol)` gives any one's.
    """

    request: BacktestRequest
    parts: tuple[Part, ...]
    """One for each symbol, in order of symbol."""
    metrics: Metrics
    assumptions: tuple[Assumption, ...]
    warnings: tuple[str, ...]
    plots: dict[str, Plot]
    timeline: Timeline
    run: Run
    bars_of: Callable[[str], pl.DataFrame]
    """timestamp, open, high, low, close, volume, oi, one column per indicator, signal; of many symbols, read anew."""

    @property
    def instrument(self) -> Instrument:
        """The first symbol's instrument."""
        return self.parts[0].instrument

    @property
    def source(self) -> BarsSource:
        """Where the first symbol's bars come from."""
        return self.parts[0].source

    @property
    def quality(self) -> QualityReport | None:
        """The quality guard's report on the first symbol's bars."""
        return self.parts[0].quality

    @cached_property
    def bars(self) -> pl.DataFrame:
        """The first symbol's bars with its columns."""
        return self.bars_of(self.request.symbol)

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
        """n rows: timestamp, equity, cash, position (signed units; of several symbols: how many are held), all after
        the moment's last fill."""
        n = len(self.run.equity)
        held = (
            open_positions(self.run.fills, self.run.fill_symbol, n)
            if len(self.parts) > 1
            else position_by_bar(self.run, n)
        )
        return pl.DataFrame(
            {
                "timestamp": pl.Series(self.timeline.timestamps).cast(_STAMP),
                "equity": self.run.equity,
                "cash": cash_by_bar(self.run, n, self.request.initial_cash),
                "position": held,
            }
        )

    @cached_property
    def fills(self) -> pl.DataFrame:
        """timestamp, symbol, bar (the moment's number), side (buy, sell), quantity, price, reason, the eight charges,
        charges (their sum)."""
        fills = self.run.fills
        columns: dict[str, Any] = {
            "timestamp": self._stamps(fills["bar"]),
            "symbol": self._symbols(self.run.fill_symbol),
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
        """FIFO round trips: symbol, entry_time, exit_time, side (long, short), quantity, entry_price, exit_price,
        gross, charges, net, return (net / entry notional), bars_held, reason (of the exit), mae and mfe (shares of the
        entry price)."""
        trades = self.run.trades
        gross = trade_gross(self.run)
        net = gross - trades["charges"]
        return _frame(
            {
                "symbol": self._symbols(self.run.trade_symbol),
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
        """Entries that were refused, and own orders that were rejected or could not be changed: timestamp (of the bar
        at whose close it happened; null before the first), symbol, side, quantity, reason."""
        refusals = self.run.refusals
        of_targets = _frame(
            {
                "timestamp": self._stamps(refusals["bar"]),
                "symbol": self._symbols(self.run.refusal_symbol),
                "side": _words(refusals["side"], {1: "buy", -1: "sell"}),
                "quantity": refusals["quantity"],
                "reason": _words(refusals["reason"], REFUSALS),
            }
        )
        own = self.run.own
        refused = [(each.moment, each.ticket, each.ticket.reason) for each in own.orders if each.is_rejected]
        refused += [(each.moment, each.ticket, each.reason) for each in own.refused_changes]
        rows = {
            "timestamp": self._stamps(np.array([moment for moment, _, _ in refused], dtype=np.int64)),
            "symbol": [ticket.symbol for _, ticket, _ in refused],
            "side": [str(ticket.side) for _, ticket, _ in refused],
            "quantity": [float(ticket.quantity) for _, ticket, _ in refused],
            "reason": [reason for _, _, reason in refused],
        }
        return pl.concat([of_targets, pl.DataFrame(rows, schema=of_targets.schema)]).sort(
            "timestamp", maintain_order=True, nulls_last=False
        )

    @cached_property
    def orders(self) -> pl.DataFrame:
        """The strategy's own orders, as they were sent: id, timestamp (of the bar at whose close; null before the
        first), symbol, side, type, quantity, limit, trigger, trail, validity, reduce_only, tag, and what became of
        each: status, filled, average_price, reason."""
        sent = self.run.own.orders
        tickets = [each.ticket for each in sent]
        columns: dict[str, Any] = {
            "id": [each.id for each in tickets],
            "timestamp": self._stamps(np.array([each.moment for each in sent], dtype=np.int64)),
        }
        for name, kind in _TICKET.items():
            values = [getattr(each, name) for each in tickets]
            if kind is pl.Float64:
                values = [None if each is None else float(each) for each in values]
            columns[name] = pl.Series(name, [str(v) if kind is pl.String else v for v in values], dtype=kind)
        return pl.DataFrame(columns, schema_overrides={"id": pl.Int64})

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON types: numbers are numbers, an undefined one is None, times are ISO 8601 in UTC."""
        return {
            "request": self.request.model_dump(mode="json"),
            "parts": [_part(each) for each in self.parts],
            "metrics": self.metrics.model_dump(mode="json"),
            "warnings": list(self.warnings),
            "assumptions": [_fields(each) for each in self.assumptions],
            "plots": {name: _plain(_fields(each)) for name, each in self.plots.items()},
            "trades": _rows(self.trades),
            "fills": _rows(self.fills),
            "rejections": _rows(self.rejections),
            "orders": _rows(self.orders),
            "equity": _columns(self.equity),
            "candles": _columns(self.candles),
            "indicators": _columns(self.indicators),
            "signals": _columns(self.signals),
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text, without NaN or infinity."""
        return json.dumps(self.to_dict(), allow_nan=False, separators=(",", ":"))

    def _stamps(self, moments: np.ndarray) -> pl.Series:
        known = pl.Series(self.timeline.timestamps[np.maximum(moments, 0)]).cast(_STAMP)
        return known if not (moments < 0).any() else known.set(pl.Series(moments < 0), None)

    def _symbols(self, places: np.ndarray) -> pl.Series:
        return pl.Series(np.asarray(self.request.symbols)[places], dtype=pl.String)


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


def _part(part: Part) -> dict[str, Any]:
    return {
        "symbol": part.symbol,
        "instrument": _plain(_fields(part.instrument)),
        "source": _plain(_fields(part.source)),
        "quality": None if part.quality is None else _quality(part.quality),
        "lot": part.lot,
        "bars": part.bars,
    }


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
