from dataclasses import replace

import polars as pl
import pytest

from hermes.engine import BacktestResult
from hermes.report.tally import OrderState, by_symbol, count_reasons, order_states


def test_orders_are_counted_by_end_with_reasons_most_frequent_first() -> None:
    orders = pl.DataFrame(
        {
            "status": ["cancelled", "filled", "cancelled", "cancelled", "rejected", "filled", "lapsed"],
            "filled": [0.0, 5.0, 2.0, 0.0, 0.0, 5.0, 1.0],
            "reason": ["square_off", "", "oco", "square_off", "off_tick", "", "lapsed"],
        }
    )
    assert order_states(orders) == [
        OrderState("filled", 2, 0, ()),
        OrderState("cancelled", 3, 1, (("square off", 2), ("oco", 1))),
        OrderState("lapsed", 1, 1, (("lapsed", 1),)),
        OrderState("rejected", 1, 0, (("off tick", 1),)),
    ]


def test_every_order_is_in_one_state(own_orders: BacktestResult) -> None:
    assert own_orders.orders.height > 0
    assert sum(each.count for each in order_states(own_orders.orders)) == own_orders.orders.height


def test_equally_frequent_reasons_are_in_order_of_name() -> None:
    assert count_reasons(pl.DataFrame({"reason": ["b", "a", "", "c", "c"]})) == (("c", 2), ("a", 1), ("b", 1))


def test_round_trips_by_symbol_add_up_to_the_account(several: BacktestResult) -> None:
    rows = by_symbol(several)
    assert [row.symbol for row in rows] == ["INFY", "TCS"]
    assert sum(row.trades for row in rows) == several.metrics.trades
    assert sum(row.charges for row in rows) == pytest.approx(several.metrics.total_charges)
    assert 100_000 + sum(row.net for row in rows) == pytest.approx(several.metrics.final_equity)
    own = several.trades.filter(pl.col("symbol") == "TCS")
    assert rows[1].win_rate == own.filter(pl.col("net") > 0).height / own.height


def test_a_symbol_without_a_trade_is_a_row_too(several: BacktestResult) -> None:
    quiet = replace(several)
    vars(quiet)["trades"] = several.trades.filter(pl.col("symbol") == "TCS")
    assert (by_symbol(quiet)[0].trades, by_symbol(quiet)[0].win_rate, by_symbol(quiet)[0].net) == (0, None, 0.0)
