from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from hermes.data import Timeframe
from hermes.engine import BacktestResult
from hermes.report.chart import charted, charts, thin

_OPEN = datetime(2024, 1, 15, 3, 45, tzinfo=UTC)  # 09:15 IST


def _minutes(count: int) -> pl.DataFrame:
    close = [100.0 + k for k in range(count)]
    return pl.DataFrame(
        {
            "timestamp": [_OPEN + timedelta(minutes=k) for k in range(count)],
            "open": close,
            "high": [each + 0.5 for each in close],
            "low": [each - 0.5 for each in close],
            "close": close,
            "volume": [10] * count,
            "oi": [0] * count,
        },
        schema_overrides={"timestamp": pl.Datetime("us", "UTC")},
    )


def test_few_bars_are_drawn_as_they_are() -> None:
    candles = thin(_minutes(30), Timeframe.M1, most=30)
    assert not candles.thinned
    assert candles.index.tolist() == list(range(30))


def test_too_many_bars_are_drawn_on_the_next_timeframe_that_fits() -> None:
    candles = thin(_minutes(30), Timeframe.M1, most=6)
    assert candles.thinned
    assert candles.timeframe is Timeframe.M5
    assert candles.index.tolist() == [0, 5, 10, 15, 20, 25]
    assert candles.frame.row(1, named=True) == {
        "timestamp": _OPEN + timedelta(minutes=5),
        "open": 105.0,
        "high": 109.5,
        "low": 104.5,
        "close": 109.0,
        "volume": 50,
        "oi": 0,
    }


def test_only_timeframes_that_hold_whole_bars_are_taken() -> None:
    ten = thin(_minutes(30), Timeframe.M10, most=2)
    assert ten.timeframe is Timeframe.M30  # 15m would cut a 10m bar in two


def test_times_are_shifted_to_india(result: BacktestResult) -> None:
    first = charts(result)[0]["candles"]["time"][0]
    assert datetime.fromtimestamp(first, UTC).strftime("%Y-%m-%d %H:%M") == "2024-01-01 09:15"


def test_indicators_show_the_last_value_of_each_candle(result: BacktestResult) -> None:
    whole = charts(result)[0]["indicators"][0]
    thinned = charts(result, most=result.candles.height // 3)[0]["indicators"][0]
    assert whole["name"] == thinned["name"] == "rsi"
    assert whole["pane"] != "price"
    assert whole["guides"] == [30.0, 70.0]
    values = result.indicators["rsi"].to_list()
    assert whole["values"][-1] == pytest.approx(values[-1], abs=1e-4)
    assert thinned["values"][-1] == pytest.approx(values[-1], abs=1e-4)
    assert len(thinned["values"]) < len(whole["values"])


def test_fills_are_marked_on_the_candle_that_holds_them(result: BacktestResult) -> None:
    assert result.fills.height > 1
    marks = charts(result)[0]["marks"]
    assert [mark[0] for mark in marks] == result.fills["bar"].to_list()
    assert [mark[1] for mark in marks] == [1 if side == "buy" else -1 for side in result.fills["side"]]
    assert [mark[2] for mark in marks] == pytest.approx(result.fills["price"].to_list())
    thinned = charts(result, most=result.candles.height // 3)[0]
    for mark, stamp in zip(thinned["marks"], result.fills["timestamp"], strict=True):
        seconds = stamp.timestamp() + 19_800
        assert thinned["candles"]["time"][mark[0]] <= seconds
        if mark[0] + 1 < len(thinned["candles"]["time"]):
            assert seconds < thinned["candles"]["time"][mark[0] + 1]


def test_undefined_values_are_null(result: BacktestResult) -> None:
    holed = result.bars.with_columns(rsi=pl.when(pl.int_range(pl.len()) < 3).then(np.nan).otherwise(pl.col("rsi")))
    values = charts(replace(result, bars_of=lambda _: holed))[0]["indicators"][0]["values"]
    assert values[:3] == [None, None, None]
    assert values[-1] is not None


def test_each_symbol_has_a_chart_with_its_own_fills(several: BacktestResult) -> None:
    drawn = charts(several)
    assert [chart["symbol"] for chart in drawn] == ["INFY", "TCS"]
    for chart in drawn:
        fills = several.fills.filter(pl.col("symbol") == chart["symbol"])
        assert fills.height > 4
        assert [mark[2] for mark in chart["marks"]] == pytest.approx(fills["price"].to_list())
        assert chart["candles"]["close"] == several.bars_of(chart["symbol"])["close"].round(4).to_list()
        assert chart["note"] == ""


def test_the_candles_of_all_symbols_together_are_bounded(
    several: BacktestResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.report.chart.MOST_BARS_IN_ALL", 900)
    monkeypatch.setattr("hermes.report.chart.MOST_MARKS", 6)
    for chart in charts(several):
        assert len(chart["candles"]["time"]) <= 450
        assert len(chart["marks"]) == 3
        assert chart["note"].startswith("Candles drawn as 1h; the run used 15m bars; the first 3 of ")


def test_of_too_many_symbols_those_with_most_fills_are_drawn(several: BacktestResult) -> None:
    none_of_infy = several.fills.filter(pl.col("symbol") != "INFY")
    busy = replace(several)
    vars(busy)["fills"] = none_of_infy
    assert charted(busy, most=1) == ["TCS"]
    assert charted(several, most=1) == ["INFY"]  # as many fills: the first by name
    assert charted(several, most=2) == ["INFY", "TCS"]
