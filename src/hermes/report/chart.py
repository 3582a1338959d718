"""The numbers behind a report's charts: compact columns, thinned to what a screen can show.

Times are seconds since 1970 shifted to IST, because the chart draws every time as if it were UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from hermes.data.resample import resample
from hermes.data.timeframe import Timeframe
from hermes.market.sessions import IST_OFFSET_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hermes.engine import BacktestResult

MOST_BARS = 20_000
"""Candles in a report: more than a screen has pixels, less than a browser feels."""
MOST_MARKS = 6_000
"""Fills marked on the chart; beyond it the table of trades still lists them all."""
DAILY_FROM_SESSIONS = 60
"""A run of at least so many sessions shows one equity mark a session; a shorter one shows every bar."""

Column = list[float | int | None]


@dataclass(frozen=True, slots=True)
class Candles:
    """The bars as a chart shows them: `index[k]` is the first of the run's bars in candle k."""

    timeframe: Timeframe
    frame: pl.DataFrame
    index: "NDArray[np.int64]"
    run_timeframe: Timeframe

    @property
    def thinned(self) -> bool:
        """True where a candle holds several of the run's bars."""
        return self.timeframe is not self.run_timeframe


def thin(candles: pl.DataFrame, timeframe: Timeframe, most: int = MOST_BARS) -> Candles:
    """`candles` on the shortest timeframe that gives at most `most` and whose bars are whole bars of the run."""
    chosen, frame = timeframe, candles
    for longer in _longer(timeframe):
        if frame.height <= most:
            break
        chosen = longer
        frame = resample(candles, longer)
    starts = np.searchsorted(_microseconds(candles), _microseconds(frame), side="left")
    return Candles(chosen, frame, starts.astype(np.int64), timeframe)


def payload(result: "BacktestResult", most: int = MOST_BARS) -> dict[str, Any]:
    """Everything the page's script draws, as values that JSON knows (undefined is null)."""
    candles = thin(result.candles, result.request.timeframe, most)
    return {
        "daily": not candles.timeframe.intraday,
        "candles": {
            "time": _seconds(candles.frame),
            **{name: _prices(candles.frame[name]) for name in ("open", "high", "low", "close")},
            "volume": [int(each) for each in candles.frame["volume"]],
        },
        "indicators": _indicators(result, candles),
        "marks": _marks(result, candles),
        "equity": _equity(result),
        "trades": _trades(result),
    }


def _indicators(result: "BacktestResult", candles: Candles) -> list[dict[str, Any]]:
    """Each named indicator with its pane; of several bars in a candle the last value is shown."""
    ends = np.append(candles.index[1:], result.candles.height) - 1
    found = []
    for name, plot in result.plots.items():
        if name not in result.indicators.columns or not candles.frame.height:
            continue
        values = result.indicators[name].cast(pl.Float64, strict=False).to_numpy()[ends]
        pane = "price" if plot.pane == "price" else plot.group or f"own {name}"
        found.append(
            {
                "name": name,
                "pane": pane,
                "style": plot.style,
                "guides": [float(each) for each in plot.guides],
                "timeframe": plot.timeframe.value if plot.timeframe else None,
                "values": _rounded(values),
            }
        )
    return found


def _marks(result: "BacktestResult", candles: Candles) -> list[list[Any]]:
    """Fills as [candle, 1 buy or -1 sell, price, quantity, reason]: placed on the candle that holds the fill's bar."""
    fills = result.fills.head(MOST_MARKS)
    if not fills.height or not candles.frame.height:
        return []
    stamps = _microseconds(candles.frame)
    where = np.searchsorted(stamps, _microseconds(fills), side="right") - 1
    return [
        [int(place), 1 if row["side"] == "buy" else -1, round(row["price"], 4), row["quantity"], row["reason"]]
        for place, row in zip(where, fills.iter_rows(named=True), strict=True)
    ]


def _equity(result: "BacktestResult") -> dict[str, Any]:
    """Equity, drawdown and what the first cash would be had it bought the instrument: one mark a session, or a bar."""
    frame = result.equity.select("timestamp", "equity").with_columns(close=result.candles["close"])
    days = (frame["timestamp"].to_physical() + IST_OFFSET_US) // 86_400_000_000
    daily = bool(result.request.timeframe.intraday) and days.n_unique() >= DAILY_FROM_SESSIONS
    if daily:
        last = (days != days.shift(-1)).fill_null(value=True)
        frame = frame.filter(last)
    equity = frame["equity"].to_numpy()
    cash = float(result.request.initial_cash)
    peak = np.maximum.accumulate(np.concatenate(([cash], equity)))[1:]
    first = float(result.candles["close"][0]) if result.candles.height else 1.0
    seconds = _seconds(frame)
    if daily:
        # A session's mark stands at midnight: the axis then shows days alone.
        seconds = [each - each % 86_400 for each in seconds]
    return {
        "daily": daily or not result.request.timeframe.intraday,
        "time": seconds,
        "equity": _rounded(equity, 2),
        "drawdown": _rounded((equity / peak - 1) * 100, 3),
        "hold": _rounded(frame["close"].to_numpy() / first * cash, 2),
    }


def _trades(result: "BacktestResult") -> dict[str, list[Any]]:
    frame = result.trades
    return {
        "entry": _seconds(frame, "entry_time"),
        "exit": _seconds(frame, "exit_time"),
        "side": frame["side"].to_list(),
        "quantity": frame["quantity"].to_list(),
        "in": _prices(frame["entry_price"]),
        "out": _prices(frame["exit_price"]),
        "charges": _rounded(frame["charges"].to_numpy(), 2),
        "net": _rounded(frame["net"].to_numpy(), 2),
        "return": _rounded(frame["return"].to_numpy() * 100, 3),
        "bars": frame["bars_held"].to_list(),
        "reason": [str(each).replace("_", " ") for each in frame["reason"]],
    }


def _longer(timeframe: Timeframe) -> Sequence[Timeframe]:
    """Timeframes above `timeframe` whose bars hold whole bars of it, shortest first."""
    order = list(Timeframe)
    own = timeframe.minutes
    return [
        each
        for each in order[order.index(timeframe) + 1 :]
        if each.minutes is None or (own is not None and each.minutes % own == 0)
    ]


def _microseconds(frame: pl.DataFrame) -> "NDArray[np.int64]":
    return frame["timestamp"].to_physical().to_numpy()


def _seconds(frame: pl.DataFrame, column: str = "timestamp") -> list[int]:
    return ((frame[column].to_physical() + IST_OFFSET_US) // 1_000_000).to_list()


def _prices(column: pl.Series) -> Column:
    return _rounded(column.to_numpy(), 4)


def _rounded(values: "NDArray[np.float64]", places: int = 4) -> Column:
    return [each if np.isfinite(each) else None for each in np.round(values, places).tolist()]
