"""The numbers behind a report's price charts: compact columns, thinned to what a screen can show.

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
MOST_BARS_IN_ALL = 40_000
"""Candles of all symbols together: what keeps a page of many symbols the size of a page of two."""
MOST_CHARTS = 20
"""Symbols with a chart; the others are in the tables."""
MOST_MARKS = 6_000
"""Fills marked on all charts together; the table of trades lists more."""

Column = list[float | int | None]
_CANDLE = ("timestamp", "open", "high", "low", "close", "volume", "oi")


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


def charted(result: "BacktestResult", most: int = MOST_CHARTS) -> list[str]:
    """The symbols that get a chart, in order of symbol: all, or of too many those with most fills."""
    symbols = result.request.symbols
    if len(symbols) <= most:
        return list(symbols)
    fills = dict(result.fills.group_by("symbol").len().iter_rows())
    return sorted(sorted(symbols, key=lambda each: (-fills.get(each, 0), each))[:most])


def charts(result: "BacktestResult", most: int = MOST_BARS) -> list[dict[str, Any]]:
    """What the page's script draws of each charted symbol, as values that JSON knows (undefined is null)."""
    symbols = charted(result)
    room = min(most, MOST_BARS_IN_ALL // len(symbols))
    # One symbol's bars after the other: of many symbols they are read anew.
    return [_chart(result, symbol, result.bars_of(symbol), room, MOST_MARKS // len(symbols)) for symbol in symbols]


def _chart(result: "BacktestResult", symbol: str, bars: pl.DataFrame, room: int, marks: int) -> dict[str, Any]:
    candles = thin(bars.select(_CANDLE), result.request.timeframe, room)
    fills = result.fills.filter(pl.col("symbol") == symbol)
    return {
        "symbol": symbol,
        "note": _note(candles, fills.height, marks),
        "daily": not candles.timeframe.intraday,
        "candles": {
            "time": seconds(candles.frame),
            **{name: rounded(candles.frame[name]) for name in ("open", "high", "low", "close")},
            "volume": [int(each) for each in candles.frame["volume"]],
        },
        "indicators": _indicators(result, bars, candles),
        "marks": _marks(fills.head(marks), candles),
    }


def _note(candles: Candles, fills: int, marks: int) -> str:
    notes = []
    if candles.thinned:
        notes.append(f"Candles drawn as {candles.timeframe.value}; the run used {candles.run_timeframe.value} bars")
    if fills > marks:
        notes.append(f"the first {marks:,} of {fills:,} fills are marked")
    return "; ".join(notes)


def _indicators(result: "BacktestResult", bars: pl.DataFrame, candles: Candles) -> list[dict[str, Any]]:
    """Each named indicator with its pane; of several bars in a candle the last value is shown."""
    ends = np.append(candles.index[1:], bars.height) - 1
    found = []
    for name, plot in result.plots.items():
        if name not in bars.columns or not candles.frame.height:
            continue
        values = bars[name].cast(pl.Float64, strict=False)[ends]
        pane = "price" if plot.pane == "price" else plot.group or f"own {name}"
        found.append(
            {
                "name": name,
                "pane": pane,
                "style": plot.style,
                "guides": [float(each) for each in plot.guides],
                "timeframe": plot.timeframe.value if plot.timeframe else None,
                "values": rounded(values),
            }
        )
    return found


def _marks(fills: pl.DataFrame, candles: Candles) -> list[list[Any]]:
    """Fills as [candle, 1 buy or -1 sell, price, quantity, reason]: placed on the candle that holds the fill's bar."""
    if not fills.height or not candles.frame.height:
        return []
    stamps = _microseconds(candles.frame)
    where = np.searchsorted(stamps, _microseconds(fills), side="right") - 1
    return [
        [int(place), 1 if row["side"] == "buy" else -1, round(row["price"], 4), row["quantity"], row["reason"]]
        for place, row in zip(where, fills.iter_rows(named=True), strict=True)
    ]


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


def seconds(frame: pl.DataFrame, column: str = "timestamp") -> list[int]:
    """A column of times as the chart wants them; null stays null."""
    return ((frame[column].to_physical() + IST_OFFSET_US) // 1_000_000).to_list()


def rounded(column: pl.Series, places: int = 4) -> Column:
    """A column of numbers with `places` decimals; null, NaN and infinity are None."""
    values = np.round(column.cast(pl.Float64).to_numpy(), places)
    return [each if known else None for each, known in zip(values.tolist(), np.isfinite(values), strict=True)]
