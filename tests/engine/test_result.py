import json
import math
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.engine.market import FLAT, LONG, SHORT, bars, obey, store, told

from hermes.engine import BacktestRequest, BacktestResult, run_backtest

pytestmark = pytest.mark.kernel

UTC = pl.Datetime("us", "UTC")
CHARGES = ("brokerage", "stt", "transaction", "sebi", "ipft", "stamp", "gst", "dp")
SCHEMAS = {
    "equity": {"timestamp": UTC, "equity": pl.Float64, "cash": pl.Float64, "position": pl.Float64},
    "candles": {"timestamp": UTC}
    | dict.fromkeys(("open", "high", "low", "close"), pl.Float64)
    | dict.fromkeys(("volume", "oi"), pl.Int64),
    "indicators": {"timestamp": UTC, "rsi": pl.Float64},
    "signals": {"timestamp": UTC, "signal": pl.Int8},
    "fills": {
        "timestamp": UTC,
        "symbol": pl.String,
        "bar": pl.Int64,
        "side": pl.String,
        "quantity": pl.Float64,
        "price": pl.Float64,
        "reason": pl.String,
    }
    | dict.fromkeys((*CHARGES, "charges"), pl.Float64),
    "trades": {
        "symbol": pl.String,
        "entry_time": UTC,
        "exit_time": UTC,
        "side": pl.String,
        "quantity": pl.Float64,
        "entry_price": pl.Float64,
        "exit_price": pl.Float64,
        "gross": pl.Float64,
        "charges": pl.Float64,
        "net": pl.Float64,
        "return": pl.Float64,
        "bars_held": pl.Int64,
        "reason": pl.String,
        "mae": pl.Float64,
        "mfe": pl.Float64,
    },
    "rejections": {
        "timestamp": UTC,
        "symbol": pl.String,
        "side": pl.String,
        "quantity": pl.Float64,
        "reason": pl.String,
    },
}


def walk(count: int, seed: int = 7) -> list[float]:
    steps = np.random.default_rng(seed).normal(0, 0.004, count)
    return np.round(200 * np.exp(np.cumsum(steps)) / 0.05).__mul__(0.05).round(2).tolist()  # type: ignore[no-any-return]


def busy(**fields: Any) -> BacktestResult:
    """Two sessions of entries, reversals, stops and partial fills, with real charges."""
    closes = walk(720)
    orders = np.random.default_rng(3).choice([0, 0, LONG, FLAT, SHORT], 720).tolist()
    volume = np.random.default_rng(5).integers(0, 4_000, 720).tolist()
    half = 360
    frame = pl.concat(
        bars(
            day,
            closes[k : k + half],
            open=[closes[max(k - 1, 0)] for k in range(k, k + half)],
            high=[max(closes[k], closes[max(k - 1, 0)]) + 0.1 for k in range(k, k + half)],
            low=[min(closes[k], closes[max(k - 1, 0)]) - 0.1 for k in range(k, k + half)],
            oi=orders[k : k + half],
            volume=volume[k : k + half],
        )
        for day, k in (("2024-01-02", 0), ("2024-01-03", half))
    )
    plain: dict[str, Any] = {
        "product": "MIS",
        "charges": "zerodha",
        "slippage": 0.0003,
        "max_volume_share": 0.1,
        "risk": {"stop_loss_pct": 0.01, "take_profit_pct": 0.012, "trailing_stop_pct": 0.008},
    }
    return obey(store(frame), **(plain | fields))


def simple(**fields: Any) -> BacktestResult:
    """Ten shares bought at 101 and sold at 103."""
    frame = told(
        bars("2024-01-02", [100, 101, 102, 103, 104], high=[100, 106, 102, 103, 104], low=[100, 101, 99, 103, 104]),
        {"2024-01-02 09:15": LONG, "2024-01-02 09:17": FLAT},
    )
    return obey(store(frame), **({"sizing": {"mode": "fixed_quantity", "quantity": 10}} | fields))


@pytest.mark.parametrize("name", list(SCHEMAS))
@pytest.mark.parametrize("traded", [True, False])
def test_every_frame_has_its_columns_whether_or_not_anything_happened(name: str, traded: bool) -> None:
    data = store(bars("2024-01-02", walk(300) if traded else [100.0] * 30))
    request = BacktestRequest(symbols=("ABC",), strategy="RSIStrategy", params={"period": 3}, risk={"cooldown_bars": 1})
    result = run_backtest(request, data)
    assert dict(getattr(result, name).schema) == SCHEMAS[name]
    if name == "fills":
        assert result.fills.is_empty() is not traded


def test_a_round_trip_by_hand() -> None:
    (trade,) = simple(commission="0.1").trades.to_dicts()
    assert (trade["side"], trade["quantity"], trade["reason"]) == ("long", 10, "signal")
    assert (trade["entry_price"], trade["exit_price"], trade["bars_held"]) == (101, 103, 2)
    assert (trade["gross"], trade["charges"], trade["net"]) == (20, 2, 18)
    assert trade["return"] == pytest.approx(18 / 1010)
    # The lowest low up to the bar before the exit's is 99, the highest high 106.
    assert abs(trade["mae"]) == pytest.approx(2 / 101)
    assert trade["mfe"] == pytest.approx(5 / 101)
    assert trade["entry_time"].isoformat() == "2024-01-02T03:46:00+00:00"
    assert trade["exit_time"].isoformat() == "2024-01-02T03:48:00+00:00"


def test_cash_and_position_are_those_after_the_fills_of_a_bar() -> None:
    equity = simple().equity
    assert equity["position"].to_list() == [0, 10, 10, 0, 0]
    assert equity["cash"].to_list() == [100_000, 98_990, 98_990, 100_020, 100_020]
    assert equity["equity"].to_list() == [100_000, 100_000, 100_010, 100_020, 100_020]


RUNS: list[dict[str, Any]] = [
    {},
    {"leverage": 5},
    {"fill_at": "close"},
    {"product": "CNC"},
    {"lot_size": 0, "charges": {"stt_sell": 0.001, "rounding": "none"}},
    {"sizing": {"mode": "percent_equity", "fraction": 0.3}, "risk": {"max_daily_loss": 0.02}},
]


@pytest.mark.parametrize("fields", RUNS)
def test_replaying_the_fills_in_order_gives_the_cash_bit_for_bit(fields: dict[str, Any]) -> None:
    result = busy(**fields)
    cash, position, bar = 100_000.0, 0.0, 0
    cashes, positions = [], []
    fills = result.fills.to_dicts()
    assert len(fills) > 20
    for bar in range(result.candles.height):
        while fills and fills[0]["bar"] == bar:
            fill = fills.pop(0)
            signed = fill["quantity"] * (1 if fill["side"] == "buy" else -1)
            cash = cash - signed * fill["price"] - fill["charges"]
            position += signed
        cashes.append(cash)
        positions.append(position)
    assert result.equity["cash"].to_list() == cashes
    assert result.equity["position"].to_list() == positions
    assert not fills


@pytest.mark.parametrize("fields", RUNS)
def test_equity_is_cash_and_the_position_at_the_close(fields: dict[str, Any]) -> None:
    result = busy(**fields)
    frame = result.equity.with_columns(close=result.candles["close"])
    assert frame["equity"].equals((frame["cash"] + frame["position"] * frame["close"]).alias("equity"))


@pytest.mark.parametrize("fields", RUNS)
def test_the_trades_add_up_to_the_change_of_equity(fields: dict[str, Any]) -> None:
    result = busy(**fields)
    assert result.trades["net"].sum() == pytest.approx(result.equity["equity"][-1] - 100_000, abs=1e-6)
    assert result.trades["charges"].sum() == pytest.approx(result.fills["charges"].sum(), abs=1e-9)
    assert result.equity["position"][-1] == 0


@pytest.mark.parametrize("fields", RUNS)
def test_the_charges_of_a_fill_are_its_items_summed_in_order(fields: dict[str, Any]) -> None:
    fills = busy(**fields).fills
    total = fills[CHARGES[0]]
    for item in CHARGES[1:]:
        total = total + fills[item]
    assert total.to_list() == fills["charges"].to_list()


def test_fills_stay_within_the_bar_and_its_volume() -> None:
    result = busy(slippage=0.0)
    joined = result.fills.join(result.candles, on="timestamp", how="left")
    assert joined.filter((pl.col("price") > pl.col("high")) | (pl.col("price") < pl.col("low"))).is_empty()
    free = joined.filter(pl.col("reason") != "square_off")
    filled = free.group_by("timestamp").agg(pl.col("quantity").sum(), pl.col("volume").first())
    assert filled.filter(pl.col("quantity") > (pl.col("volume") * 0.1).floor()).is_empty()


def test_what_was_refused_is_listed_with_its_reason() -> None:
    result = simple(sizing={"mode": "fixed_quantity", "quantity": 0.5})
    assert result.rejections.to_dicts() == [
        {
            "timestamp": result.candles["timestamp"][0],
            "symbol": "ABC",
            "side": "buy",
            "quantity": 0.0,
            "reason": "size_is_zero",
        }
    ]
    assert result.trades.is_empty()


def test_the_frames_keep_the_order_of_time() -> None:
    result = busy()
    assert result.fills["bar"].is_sorted()
    assert result.candles["timestamp"].is_sorted()
    assert result.trades["exit_time"].is_sorted()


def numbers(value: object) -> list[float]:
    match value:
        case dict():
            return [number for each in value.values() for number in numbers(each)]
        case list():
            return [number for each in value for number in numbers(each)]
        case float():
            return [value]
    return []


def test_json_holds_everything_as_numbers_text_and_null() -> None:
    result = busy()
    text = result.to_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    read = json.loads(text)
    assert read == result.to_dict()
    assert read["request"]["symbols"] == ["ABC"]
    assert read["equity"]["equity"] == result.equity["equity"].to_list()
    assert read["trades"][0]["net"] == result.trades["net"][0]
    assert read["equity"]["timestamp"][0] == "2024-01-02T03:45:00Z"
    assert all(math.isfinite(each) for each in numbers(read))
    assert read["parts"][0]["source"]["first_day"] == "2024-01-02"
    assert {"name", "value", "note"} == set(read["assumptions"][0])


def test_what_is_undefined_is_null_in_json() -> None:
    data = store(bars("2024-01-02", [100.0] * 20))
    result = run_backtest(BacktestRequest(symbols=("ABC",), strategy="RSIStrategy"), data)
    read = json.loads(result.to_json())
    assert result.metrics.sharpe_ratio is None
    assert read["metrics"]["sharpe_ratio"] is None
    assert read["indicators"]["rsi"][0] is None
    assert read["signals"]["signal"][0] is None
    assert read["trades"] == []
    assert read["parts"][0]["quality"]["problems"] == []


def test_quality_problems_are_in_the_json() -> None:
    data = store(bars("2024-01-02", [100, 101, 102], high=[100, math.nan, 102]))
    read = json.loads(obey(data).to_json())
    (problem,) = read["parts"][0]["quality"]["problems"]
    assert (problem["kind"], problem["count"]) == ("missing", 1)


def test_the_same_request_gives_the_same_bits() -> None:
    first, second = busy().to_dict(), busy().to_dict()
    # The file was written twice, so it is another one; all else is equal.
    for each in (first, second):
        del each["parts"]
    assert json.dumps(first) == json.dumps(second)


def test_the_request_of_a_result_gives_the_result_again() -> None:
    data = store(pl.concat([bars("2024-01-02", walk(300)), bars("2024-01-03", walk(300, seed=11))]))
    request = BacktestRequest(symbols=("ABC",), strategy="RSIStrategy", start_date=date(2024, 1, 2), timeframe="3m")
    result = run_backtest(request, data)
    again = run_backtest(BacktestRequest.model_validate(json.loads(result.to_json())["request"]), data)
    assert again.to_json() == result.to_json()
