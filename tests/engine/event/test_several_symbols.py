"""Several symbols on one cash account."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.engine.event.acting import Act, act, candles, keep, kept_orders, refusals, run_strategy
from tests.engine.market import FLAT, LONG, Told, bars, days, told

import hermes
from hermes.engine import BacktestResult
from hermes.strategy import Bar, Strategy

pytestmark = pytest.mark.kernel

DAY = "2024-01-02"


def rows(result: BacktestResult) -> list[tuple[str, str, str, float, float, str]]:
    """(IST time of day, symbol, side, quantity, price, reason) of each fill."""
    stamped = result.fills.with_columns(pl.col("timestamp").dt.convert_time_zone("Asia/Kolkata").dt.strftime("%H:%M"))
    return stamped.select("timestamp", "symbol", "side", "quantity", "price", "reason").rows()


def targets(**fields: Any) -> BacktestResult:
    """The orders in the bars of A and B, both at 100 for five minutes unless stored otherwise."""
    return run_strategy(Told(), "A", "B", **fields)


@pytest.mark.parametrize(("first", "second"), [("A", "B"), ("B", "A")])
def test_an_exit_frees_the_money_of_an_entry_at_the_same_open_whatever_the_names(first: str, second: str) -> None:
    frame = bars(DAY, [100.0] * 5)
    keep(first, told(frame, {f"{DAY} 09:15": LONG, f"{DAY} 09:17": FLAT}))
    keep(second, told(frame, {f"{DAY} 09:17": LONG}))
    assert rows(targets())[:3] == [
        ("09:16", first, "buy", 1_000, 100, "entry"),
        ("09:18", first, "sell", 1_000, 100, "signal"),
        ("09:18", second, "buy", 1_000, 100, "entry"),
    ]
    acts: dict[str, Act] = {
        "09:15": lambda broker: broker.buy(first, 1_000),
        "09:17": lambda broker: (broker.buy(second, 1_000), broker.close(first)),
    }
    assert [row[:4] for row in rows(act(acts, "A", "B"))][:3] == [row[:4] for row in rows(targets())[:3]]


def test_money_that_is_short_goes_to_the_first_in_order_of_symbol() -> None:
    frame = told(bars(DAY, [100.0] * 4), {f"{DAY} 09:15": LONG})
    keep("A", frame)
    keep("B", frame)
    result = targets()
    assert rows(result)[0][:4] == ("09:16", "A", "buy", 1_000)
    assert refusals(result) == [("09:16", "B", "buy", 1_000, "insufficient_funds")]


def test_a_limit_on_open_positions_refuses_when_ordered_and_counts_working_entries() -> None:
    keep("A", told(bars(DAY, [100.0] * 6), {f"{DAY} 09:15": LONG, f"{DAY} 09:17": FLAT}))
    keep("B", told(bars(DAY, [100.0] * 6), {f"{DAY} 09:15": LONG, f"{DAY} 09:16": FLAT, f"{DAY} 09:18": LONG}))
    sizing = {"mode": "fixed_quantity", "quantity": 5}
    result = targets(risk={"max_open_positions": 1}, sizing=sizing)
    assert refusals(result) == [("09:15", "B", "buy", 5, "max_open_positions")]
    assert [row[:3] for row in rows(result)] == [
        ("09:16", "A", "buy"), ("09:18", "A", "sell"), ("09:19", "B", "buy"), ("09:20", "B", "sell"),
    ]  # fmt: skip
    assert result.equity["position"].to_list() == [0, 1, 1, 0, 1, 0]


def test_the_daily_loss_is_the_accounts_and_stops_every_symbol_until_the_next_day() -> None:
    falling = pl.concat([bars(DAY, [100, 100, 88, 88, 88]), bars("2024-01-03", [88.0] * 3)])
    keep("A", falling)
    keep("B", pl.concat([bars(DAY, [50.0] * 5), bars("2024-01-03", [50.0] * 3)]))
    acts: dict[str, Act] = {
        f"{DAY} 09:15": lambda broker: (broker.buy("A", 500), broker.buy("B", 100), broker.buy("B", 1, limit=40.0)),
        f"{DAY} 09:17": lambda broker: broker.buy("B", 7),
        "2024-01-03 09:15": lambda broker: broker.buy("B", 8),
    }
    # 500 x 12 = 6,000 of 100,000 are lost at the close of 09:17.
    result = act(acts, "A", "B", risk={"max_daily_loss": 0.05})
    assert rows(result)[2:4] == [
        ("09:18", "A", "sell", 500, 88, "daily_loss"),
        ("09:18", "B", "sell", 100, 50, "daily_loss"),
    ]
    assert kept_orders(result)[2:] == [
        ("buy", 0, "cancelled", "daily_loss"),
        ("buy", 0, "rejected", "blocked"),
        ("buy", 8, "filled", ""),
    ]


def test_each_symbol_has_its_own_lot_tick_and_square_off() -> None:
    # From 2026-08-03 RELIANCE leaves at 15:10 for its closing auction.
    keep("RELIANCE", bars("2026-08-03", [1_400.0] * 10, at="15:05"))
    keep("ABC", bars("2026-08-03", [100.0] * 30, at="15:05"))

    class Buys(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if bar.minute == 905:
                self.broker.buy(bar.symbol, 10)
            if bar.minute == 912:
                self.broker.buy(bar.symbol, 3)

    result = run_strategy(Buys(), "RELIANCE", "ABC", product="MIS")
    assert rows(result) == [
        ("15:06", "ABC", "buy", 10, 100, "entry"),
        ("15:06", "RELIANCE", "buy", 10, 1_400, "entry"),
        ("15:10", "RELIANCE", "sell", 10, 1_400, "square_off"),
        ("15:13", "ABC", "buy", 3, 100, "entry"),
        ("15:20", "ABC", "sell", 13, 100, "square_off"),
    ]
    assert refusals(result) == [("15:12", "RELIANCE", "buy", 3, "blocked")]


def test_a_symbol_without_a_bar_keeps_its_last_close_and_its_orders() -> None:
    keep("A", bars(DAY, [100.0] * 6))
    keep("B", pl.concat([bars(DAY, [50.0, 50, 60]), bars(DAY, [55.0], at="09:20")]))
    acts: dict[str, Act] = {
        "09:15": lambda broker: broker.buy("B", 100),
        "09:17": lambda broker: broker.close("B"),
    }
    result = act(acts, "A", "B")
    assert rows(result) == [("09:16", "B", "buy", 100, 50, "entry"), ("09:20", "B", "sell", 100, 55, "order")]
    assert result.equity["equity"].to_list() == [100_000, 100_000, 101_000, 101_000, 101_000, 100_500]


def test_one_symbol_keeps_to_its_session_while_another_trades_on() -> None:
    keep("A", pl.concat([bars(DAY, [100.0] * 3), bars("2024-01-03", [100.0] * 3)]))
    keep("B", pl.concat([bars(DAY, [50.0] * 3), bars("2024-01-04", [50.0] * 3)]))

    class Limits(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if bar.session == date(2024, 1, 2) and bar.minute == 557:
                self.broker.buy(bar.symbol, 1, limit=10.0)

    result = run_strategy(Limits(), "A", "B")
    # Each order lives in the next session of its own symbol: neither sees the day after it.
    assert result.orders.select("symbol", "reason").rows() == [("A", "end_of_data"), ("B", "end_of_data")]
    assert result.equity.height == 9


def test_a_symbol_that_ends_early_is_closed_at_its_last_close_when_the_run_ends() -> None:
    keep("A", bars(DAY, [100.0] * 6))
    keep("B", bars(DAY, [50.0, 50, 60]))
    result = act({"09:15": lambda broker: broker.buy("B", 100)}, "A", "B")
    assert rows(result)[-1] == ("09:20", "B", "sell", 100, 60, "end_of_data")
    assert result.metrics.final_equity == 101_000


def test_the_benchmark_is_even_money_in_all_symbols_or_the_one_that_is_named() -> None:
    keep("A", days("2024-01-01", [100.0, 100, 120]))
    keep("B", days("2024-01-02", [50.0, 40]))
    frame = days("2024-01-01", [10.0, 11, 15])
    keep("C", frame)
    result = act({}, "A", "B", timeframe="1d")
    # A: +20 %. B: waits a day, then -20 %.
    assert result.metrics.benchmark_return == pytest.approx(0.0)
    assert act({}, "A", "B", timeframe="1d", benchmark="C").metrics.benchmark_return == pytest.approx(0.5)


def test_frames_name_their_symbols_and_everything_can_be_written_as_json() -> None:
    keep("B", candles(DAY, [(50, 50, 50, 50), (50, 51, 49, 50), (50, 53, 47, 52), (52, 52, 52, 52), (52, 52, 52, 52)]))
    keep("A", candles(DAY, [(100, 100, 100, 100)] * 5))
    acts: dict[str, Act] = {
        "09:15": lambda broker: (broker.buy("B", 10), broker.buy("A", 1), broker.buy("C", 1)),
        "09:17": lambda broker: broker.close("B"),
    }
    result = act(acts, "B", "A")
    assert result.request.symbols == ("A", "B")
    trades = result.trades.select("symbol", "quantity", "gross", "reason", "bars_held").rows()
    assert trades == [("B", 10, 20, "order", 2), ("A", 1, 0, "end_of_data", 3)]
    of_b = result.trades.row(0, named=True)
    # From its entry bar up to the one before the exit's: 49 and 47 below, 53 above, the exit at 52.
    assert (of_b["mae"], of_b["mfe"]) == (pytest.approx(-0.06), pytest.approx(0.06))
    assert result.equity.select("position", "cash").rows() == [
        (0, 100_000),
        (2, 99_400),
        (2, 99_400),
        (1, 99_920),
        (0, 100_020),
    ]
    assert result.metrics.final_equity == 100_020
    assert result.bars_of("B")["close"].to_list() == [50, 50, 52, 52, 52]
    plain = json.loads(result.to_json())
    assert [part["symbol"] for part in plain["parts"]] == ["A", "B"]
    assert [row["symbol"] for row in plain["orders"]] == ["B", "A", "C", "B"]
    assert plain["rejections"][0]["reason"] == "unknown_symbol"
    assert len(plain["equity"]["equity"]) == 5


def test_a_run_is_the_same_every_time_and_in_any_order_of_its_symbols() -> None:
    for symbol, start in (("A", 100), ("B", 200), ("C", 300)):
        keep(
            symbol,
            told(
                bars(DAY, [start + k % 5 for k in range(40)]),
                {f"{DAY} 09:{15 + k}": 1 + k % 2 for k in range(0, 40, 3)},
            ),
        )
    sizing = {"mode": "percent_equity", "fraction": 0.4}
    found = [
        hermes.backtest(order, Told(), mode="event", sizing=sizing).to_json()
        for order in (["A", "B", "C"], ["C", "A", "B"])
    ]
    assert found[0] == found[1]
