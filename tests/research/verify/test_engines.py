from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl
from tests.engine.market import Told, bars, store, told
from tests.research import streams

import hermes
from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.market import Product
from hermes.research.verify import Outcome, engines
from hermes.strategy.builtin import SMACrossover


def result(closes: Sequence[float], mode: str = "vector", symbol: str = "ABC") -> BacktestResult:
    frame = told(bars("2024-01-02", closes), {"2024-01-02 09:15": 1, "2024-01-02 09:16": 2})
    fields = {"symbols": symbol, "strategy": "Told", "mode": mode, "sizing": {"mode": "fixed_quantity"}}
    request = BacktestRequest.model_validate(fields)
    return run_backtest(request, store(frame, symbol), Told())


def test_the_modes_are_equal_for_a_strategy_of_targets() -> None:
    closes = [100.0 + step % 7 for step in range(200)]
    found = hermes.verify(SMACrossover(fast=2, slow=5), data=store(bars("2024-01-02", closes)), samples=3)

    check = found.check("engines")
    assert check.outcome is Outcome.PASSED
    assert "200 bars are equal to the last bit" in check.summary


def test_a_difference_is_named_by_frame_column_and_bar() -> None:
    one, two = result([100.0, 101.0, 102.0, 103.0, 104.0]), result([100.0, 101.5, 102.0, 103.0, 104.0], "event")

    found = {each.column: each for each in engines.compare(one, two)}
    fill = found["fills: price"]
    assert fill.timestamp == datetime(2024, 1, 2, 3, 46, tzinfo=UTC)
    assert (fill.whole, fill.other) == (101.0, 101.5)
    assert set(found) == {"fills: price", "trades: entry_price", "equity: equity"}
    check = engines.conclude(list(found.values()), 5)
    assert check.outcome is Outcome.FAILED
    assert "fault of Hermes" in check.summary


def test_equal_runs_have_no_difference() -> None:
    closes = [100.0, 101.0, 102.0, 103.0, 104.0]
    assert engines.compare(result(closes), result(closes, "event")) == []


def test_a_missing_row_is_a_difference() -> None:
    whole = result([100.0, 101.0, 102.0, 103.0, 104.0])
    short = result([100.0, 101.0, 102.0], symbol="CUT")
    (equity,) = (each for each in engines.compare(whole, short) if each.column.startswith("equity"))
    assert equity.timestamp == datetime(2024, 1, 2, 3, 48, tzinfo=UTC)
    assert equity.other is None


def test_intraday_runs_are_compared_with_exits_and_square_off_too() -> None:
    plain = BacktestRequest(symbols=("ABC",), strategy="Told", mode="event")
    first, second = engines.variants(plain)
    assert first is plain
    assert second.product is Product.MIS
    assert second.risk.stop_loss_pct == 0.01
    daily = plain.model_copy(update={"timeframe": "1d"})
    assert len(engines.variants(BacktestRequest(symbols=("ABC",), strategy="Told", timeframe="1d"))) == 1
    assert daily.timeframe == "1d"


def test_what_cannot_be_compared_says_why() -> None:
    class Both(streams.Momentum):
        def signals(self) -> pl.Expr:
            return pl.lit(None)

    assert engines.reason_to_skip(SMACrossover()) is None
    assert "defines no signals()" in str(engines.reason_to_skip(streams.Momentum()))
    assert "on_bar as well as signals()" in str(engines.reason_to_skip(Both()))
