from datetime import date

import polars as pl
import pytest

from hermes.data import DataService, Timeframe
from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.report import payload as module
from hermes.report.payload import payload


def test_a_long_run_shows_one_equity_mark_a_session_and_its_drawdown_is_the_metric(result: BacktestResult) -> None:
    drawn = payload(result)["equity"]
    assert drawn["daily"]
    assert len(drawn["time"]) == result.metrics.sessions
    assert drawn["equity"][-1] == pytest.approx(result.metrics.final_equity, abs=0.01)
    assert min(drawn["drawdown"]) == pytest.approx(result.metrics.max_drawdown * 100, abs=0.001)
    assert drawn["hold"][0] != drawn["hold"][-1]


def test_a_short_run_shows_every_bar(sample_service: DataService) -> None:
    request = BacktestRequest(
        symbols=("RELIANCE",),
        strategy="SMACrossover",
        params={"fast": 3, "slow": 8},
        timeframe=Timeframe.M15,
        start_date=date(2024, 3, 1),
        end_date=date(2024, 3, 5),
    )
    drawn = payload(run_backtest(request, sample_service))["equity"]
    assert not drawn["daily"]
    assert len(drawn["time"]) > 25


def test_of_one_symbol_the_first_cash_buys_and_holds_it(result: BacktestResult) -> None:
    closes = result.candles["close"]
    hold = payload(result)["equity"]["hold"]
    assert hold[-1] == pytest.approx(100_000 * closes[-1] / closes[0], abs=0.01)


def test_of_several_symbols_no_single_one_is_held(several: BacktestResult) -> None:
    drawn = payload(several)
    assert drawn["several"]
    assert drawn["equity"]["hold"] is None
    assert drawn["equity"]["equity"][-1] == pytest.approx(several.metrics.final_equity, abs=0.01)


def test_trades_name_their_symbol(several: BacktestResult) -> None:
    listed = payload(several)["trades"]
    assert listed["symbol"] == several.trades["symbol"].to_list()
    assert set(listed["symbol"]) == {"INFY", "TCS"}
    assert listed["net"] == several.trades["net"].round(2).to_list()


def test_own_orders_are_listed_with_their_end(own_orders: BacktestResult) -> None:
    listed = payload(own_orders)["orders"]
    assert listed["id"] == list(range(1, own_orders.orders.height + 1))
    assert listed["type"][:3] == ["stop", "stop", "limit"]  # a bracket: entry, stop, target
    assert listed["side"][:3] == ["buy", "sell", "sell"]
    assert listed["trigger"][:2] == own_orders.orders["trigger"][:2].to_list()
    assert listed["limit"][:2] == [None, None]
    assert {"filled", "cancelled"} <= set(listed["status"])


def test_long_lists_are_cut(own_orders: BacktestResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TRADES", 2)
    monkeypatch.setattr(module, "MOST_ORDERS", 3)
    drawn = payload(own_orders)
    assert {len(column) for column in drawn["trades"].values()} == {2}
    assert {len(column) for column in drawn["orders"].values()} == {3}


def test_a_run_of_targets_lists_no_orders(result: BacktestResult) -> None:
    assert payload(result)["orders"]["id"] == []
    assert isinstance(result.orders, pl.DataFrame)
