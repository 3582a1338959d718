"""What engines are known to get wrong, on hand-made candles, for targets and for orders of a strategy's own."""

from typing import Any

import polars as pl
import pytest
from tests.engine.event.acting import Act, act, candles, keep, kept_orders, run_acts, run_strategy, without
from tests.engine.market import FLAT, LONG, SHORT, bars, fills, obey, store, told

from hermes.engine import BacktestResult
from hermes.market import Side
from hermes.strategy import Bar, Strategy

pytestmark = pytest.mark.kernel

DAY = "2024-01-02"
BUY, SELL = Side.BUY, Side.SELL


def target(frame: pl.DataFrame, orders: dict[str, int], symbol: str = "ABC", **fields: Any) -> BacktestResult:
    """A run of targets in event mode, which vector mode confirms fill by fill."""
    data = store(told(frame, orders), symbol)
    fields = {"sizing": {"mode": "fixed_quantity", "quantity": 10}} | fields
    result = obey(data, symbol, mode="event", **fields)
    assert result.fills.equals(obey(data, symbol, mode="vector", **fields).fills)
    return result


def short(result: BacktestResult) -> list[tuple[str, str, float, float, str]]:
    """Fills with the time of day alone."""
    return [(each[0][11:], *each[1:]) for each in fills(result)]


# A stop and the forced exit at the end of the day


def afternoon(low: float = 97.0) -> pl.DataFrame:
    """Two afternoons from 15:18; the bar of 15:20 opens at 100 and reaches `low`."""
    rows = [(100, 100, 100, 100), (100, 100, 100, 100), (100, 100, low, 99), (99, 99, 99, 99)]
    return pl.concat([candles(day, rows, "15:18") for day in ("2024-01-02", "2024-01-03")])


def test_a_stop_on_the_bar_of_the_square_off_sells_once_and_leaves_nothing_for_tomorrow() -> None:
    result = target(afternoon(), {"2024-01-02 15:18": LONG}, product="MIS", risk={"stop_loss_pct": 0.02})
    # The forced exit is at the open, before the stop at 98 is reached. MIS begins anew each day.
    assert fills(result) == [
        ("2024-01-02 15:19", "buy", 10, 100, "entry"),
        ("2024-01-02 15:20", "sell", 10, 100, "square_off"),
        ("2024-01-03 15:18", "buy", 10, 100, "entry"),
        ("2024-01-03 15:20", "sell", 10, 100, "square_off"),
    ]
    assert result.equity["position"].to_list() == [0, 10, 0, 0, 10, 10, 0, 0]


def test_an_own_stop_on_the_bar_of_the_square_off_is_cancelled_and_does_not_come_back() -> None:
    keep("ABC", afternoon())
    acts: dict[str, Act] = {
        "2024-01-02 15:18": lambda broker: broker.bracket("ABC", BUY, 10, stop=98.0, target=110.0),
    }
    result = act(acts, product="MIS")
    assert fills(result) == [
        ("2024-01-02 15:19", "buy", 10, 100, "entry"),
        ("2024-01-02 15:20", "sell", 10, 100, "square_off"),
    ]
    assert kept_orders(result)[1:] == [("sell", 0, "cancelled", "square_off")] * 2
    assert result.equity["position"].min() == 0


def test_a_stop_on_the_last_bar_of_a_day_without_a_square_off_bar_sells_once() -> None:
    rows = [(100, 100, 100, 100)] * 2 + [(100, 100, 97, 99)]
    keep("ABC", pl.concat([candles(day, rows, "11:00") for day in ("2024-01-02", "2024-01-03")]))
    acts: dict[str, Act] = {"2024-01-02 11:00": lambda broker: broker.buy("ABC", 10)}
    result = act(acts, product="MIS", risk={"stop_loss_pct": 0.02})
    assert short(result) == [("11:01", "buy", 10, 100, "entry"), ("11:02", "sell", 10, 98, "stop")]
    assert result.equity["position"].to_list() == [0, 10, 0, 0, 0, 0]


def test_a_stop_that_the_volume_cuts_is_finished_by_the_square_off_and_no_more() -> None:
    frame = afternoon().with_columns(volume=pl.Series([1_000, 1_000, 40, 60] * 2, dtype=pl.Int64))
    result = target(frame, {"2024-01-02 15:18": LONG, "2024-01-02 15:19": FLAT}, product="MIS", max_volume_share=0.1)
    assert fills(result) == [
        ("2024-01-02 15:19", "buy", 10, 100, "entry"),
        ("2024-01-02 15:20", "sell", 4, 100, "square_off"),
        ("2024-01-02 15:21", "sell", 6, 99, "square_off"),
    ]


# Shorts and cash


def test_a_short_sale_gives_no_money_to_buy_with() -> None:
    for symbol in "AB":
        keep(symbol, bars(DAY, [100.0] * 5))
    acts: dict[str, Act] = {
        "09:15": lambda broker: broker.sell("A", 600),
        "09:16": lambda broker: (broker.cash, broker.equity, broker.buy("B", 1_000)),
    }
    result, answers = run_acts(acts, "A", "B", product="MIS", initial_cash=100_000)
    # The sale brings 60,000 of cash and takes 60,000 of margin: 40,000 are left to open with.
    assert answers[1][:2] == (160_000, 100_000)
    assert result.fills.filter(symbol="B")["quantity"][0] == 400
    assert kept_orders(result)[1] == ("buy", 400, "cancelled", "insufficient_funds")


def test_a_short_larger_than_the_account_is_cut_to_it() -> None:
    keep("ABC", bars(DAY, [100.0] * 6))
    acts: dict[str, Act] = {
        "09:15": lambda broker: broker.sell("ABC", 5_000),
        "09:17": lambda broker: broker.sell("ABC", 1),
    }
    result = act(acts, product="MIS")
    assert short(result)[0] == ("09:16", "sell", 1_000, 100, "entry")
    assert kept_orders(result) == [
        ("sell", 1_000, "cancelled", "insufficient_funds"),
        ("sell", 0, "rejected", "insufficient_funds"),
    ]


def test_delivery_is_never_short() -> None:
    result = target(bars(DAY, [100.0] * 5), {f"{DAY} 09:15": LONG, f"{DAY} 09:17": SHORT})
    assert result.equity["position"].to_list() == [0, 10, 10, 0, 0]
    keep("ABC", bars(DAY, [100.0] * 6))
    acts: dict[str, Act] = {
        "09:15": lambda broker: broker.buy("ABC", 10),
        "09:16": lambda broker: broker.sell("ABC", 25),
    }
    sold = act(acts)
    assert short(sold) == [("09:16", "buy", 10, 100, "entry"), ("09:17", "sell", 10, 100, "order")]
    assert kept_orders(sold)[1] == ("sell", 10, "cancelled", "no_position")


# What a stop reads, and at what it fills


@pytest.mark.parametrize(
    ("row", "price"),
    [
        ((100, 101, 97.5, 101), 98),  # the close never came near it
        ((100, 100, 98, 100), 98),  # touching is reaching
        ((95, 99, 94, 99), 95),  # the gap is the trader's
        ((100, 100, 98.05, 98.05), None),
    ],
)
def test_a_stop_reads_the_low_and_fills_at_its_level_or_the_worse_open(
    row: tuple[float, float, float, float], price: float | None
) -> None:
    frame = candles(DAY, [(100, 100, 100, 100)] * 2 + [row] + [(101, 101, 101, 101)])
    by_target = target(frame, {f"{DAY} 09:15": LONG}, risk={"stop_loss_pct": 0.02})
    keep("ABC", frame)
    by_order = act({
        "09:15": lambda broker: broker.buy("ABC", 10),
        "09:16": lambda broker: broker.sell("ABC", 10, trigger=98.0),
    })  # fmt: skip
    by_bracket = act({"09:15": lambda broker: broker.bracket("ABC", BUY, 10, stop=98.0, target=200.0)})
    expected = ("09:18", "sell", 10, 101, "end_of_data") if price is None else ("09:17", "sell", 10, price, "stop")
    assert [short(each)[1] for each in (by_target, by_order, by_bracket)] == [expected] * 3


def test_the_stop_of_a_short_is_the_mirror() -> None:
    frame = candles(DAY, [(100, 100, 100, 100)] * 2 + [(105, 106, 99, 99)])
    result = target(frame, {f"{DAY} 09:15": SHORT}, product="MIS", risk={"stop_loss_pct": 0.02})
    assert short(result)[1] == ("09:17", "buy", 10, 105, "stop")


@pytest.mark.parametrize(("intrabar", "exit_"), [("pessimistic", (98, "stop")), ("optimistic", (103, "target"))])
def test_a_bar_that_hits_both_takes_the_one_that_is_asked_for(intrabar: str, exit_: tuple[float, str]) -> None:
    frame = candles(DAY, [(100, 100, 100, 100)] * 2 + [(100, 104, 97, 103.5), (100, 110, 90, 100)])
    risk = {"stop_loss_pct": 0.02, "take_profit_pct": 0.03}
    by_target = target(frame, {f"{DAY} 09:15": LONG}, risk=risk, intrabar=intrabar)
    keep("ABC", frame)
    by_bracket = act(
        {"09:15": lambda broker: broker.bracket("ABC", BUY, 10, stop=98.0, target=103.0)}, intrabar=intrabar
    )
    for result in (by_target, by_bracket):
        assert short(result)[1:] == [("09:17", "sell", 10, *exit_)]
    assert sorted(row[2] for row in kept_orders(by_bracket)) == ["cancelled", "filled", "filled"]


@pytest.mark.parametrize("intrabar", ["pessimistic", "optimistic"])
def test_a_gap_through_the_stop_leaves_at_the_open_whatever_the_bar_reaches_later(intrabar: str) -> None:
    frame = candles(DAY, [(100, 100, 100, 100)] * 2 + [(96, 110, 95, 109)])
    risk = {"stop_loss_pct": 0.02, "take_profit_pct": 0.03}
    assert short(target(frame, {f"{DAY} 09:15": LONG}, risk=risk, intrabar=intrabar))[1] == (
        "09:17",
        "sell",
        10,
        96,
        "stop",
    )


# Bars in which nothing can be had


def locked_day(price: float) -> pl.DataFrame:
    """A quiet day at 100, and one that stands at its band of 20 % for three bars and then opens."""
    return pl.concat(
        [bars("2024-01-01", [100.0] * 3), bars("2024-01-02", [price, price, price, (100 + price) / 2, 100.0])]
    )


def test_a_bar_locked_up_sells_to_nobody_and_sold_to_everybody() -> None:
    keep("ABC", locked_day(120.0))
    acts: dict[str, Act] = {
        "2024-01-01 09:16": lambda broker: broker.buy("ABC", 10),
        "2024-01-02 09:15": lambda broker: (broker.buy("ABC", 5), broker.sell("ABC", 4)),
    }
    assert fills(act(acts))[:3] == [
        ("2024-01-01 09:17", "buy", 10, 100, "entry"),
        ("2024-01-02 09:16", "sell", 4, 120, "order"),
        ("2024-01-02 09:18", "buy", 5, 110, "entry"),
    ]


def test_a_stop_in_a_bar_locked_down_waits_for_a_buyer() -> None:
    keep("ABC", locked_day(80.0))
    acts: dict[str, Act] = {"2024-01-01 09:15": lambda broker: broker.buy("ABC", 10)}
    result = act(acts, risk={"stop_loss_pct": 0.02})
    assert fills(result)[1:] == [("2024-01-02 09:18", "sell", 10, 90, "stop")]
    free = act(acts, risk={"stop_loss_pct": 0.02}, price_bands=False)
    assert fills(free)[1:] == [("2024-01-02 09:15", "sell", 10, 80, "stop")]


def test_a_bar_without_volume_fills_nothing_and_reaches_nothing() -> None:
    rows = [(100, 100, 100, 100)] * 2 + [(100, 100, 90, 100), (100, 100, 100, 100), (99, 99, 99, 99)]
    frame = candles(DAY, rows, volume=[1_000, 1_000, 0, 0, 1_000])
    keep("ABC", frame)
    acts: dict[str, Act] = {"09:15": lambda broker: broker.buy("ABC", 10), "09:17": lambda broker: broker.close("ABC")}
    assert short(act(acts, risk={"stop_loss_pct": 0.05}))[1:] == [("09:19", "sell", 10, 99, "order")]
    ioc = act({"09:16": lambda broker: broker.buy("ABC", 10, validity="ioc")})  # type: ignore[arg-type]
    assert kept_orders(ioc) == [("buy", 0, "cancelled", "ioc")]


def test_a_halt_is_jumped_over_and_an_order_waits_for_the_next_bar_there_is() -> None:
    frame = without(bars(DAY, [100, 100, 0.05, 0.05, 90, 91]), f"{DAY} 09:17", f"{DAY} 09:18")
    keep("ABC", frame)
    acts: dict[str, Act] = {"09:15": lambda broker: broker.buy("ABC", 10), "09:16": lambda broker: broker.close("ABC")}
    assert short(act(acts)) == [("09:16", "buy", 10, 100, "entry"), ("09:19", "sell", 10, 90, "order")]
    stopped = act({"09:15": lambda broker: broker.buy("ABC", 10)}, risk={"stop_loss_pct": 0.05})
    assert short(stopped)[1] == ("09:19", "sell", 10, 90, "stop")


def test_an_order_of_the_last_bar_before_a_day_long_halt_lives_in_the_next_session_there_is() -> None:
    keep("ABC", pl.concat([bars("2024-01-02", [100.0, 100]), bars("2024-01-09", [100.0, 100])]))
    acts: dict[str, Act] = {
        "2024-01-02 09:15": lambda broker: broker.buy("ABC", 1, limit=90.0),
        "2024-01-02 09:16": lambda broker: broker.buy("ABC", 2),
    }
    result = act(acts)
    assert kept_orders(result) == [("buy", 0, "lapsed", "lapsed"), ("buy", 2, "filled", "")]
    assert fills(result)[0][0] == "2024-01-09 09:15"


# Short sessions


def test_muhurat_squares_off_ten_minutes_before_its_close() -> None:
    keep("ABC", bars("2024-11-01", [100.0] * 60, at="18:00"))
    acts: dict[str, Act] = {
        "18:00": lambda broker: broker.sell("ABC", 10),
        "18:50": lambda broker: broker.sell("ABC", 1),
    }
    result = act(acts, product="MIS")
    assert short(result) == [("18:01", "sell", 10, 100, "entry"), ("18:50", "buy", 10, 100, "square_off")]
    assert kept_orders(result)[1] == ("sell", 0, "rejected", "blocked")


@pytest.mark.parametrize(("symbol", "day", "out"), [
    ("RELIANCE", "2026-08-03", "15:10"), ("ABC", "2026-08-03", "15:20"), ("RELIANCE", "2026-07-31", "15:20"),
])  # fmt: skip
def test_a_stock_with_a_closing_auction_leaves_before_it(symbol: str, day: str, out: str) -> None:
    keep(symbol, bars(day, [100.0] * (10 if out == "15:10" else 25), at="15:05"))

    class Buys(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if bar.minute == 905:
                self.broker.buy(symbol, 10)

    result = run_strategy(Buys(), symbol, product="MIS")
    assert short(result) == [("15:06", "buy", 10, 100, "entry"), (out, "sell", 10, 100, "square_off")]


# Partial fills and money


def test_a_partial_fill_works_on_until_its_day_is_over() -> None:
    frame = pl.concat(
        [bars("2024-01-02", [100.0] * 4, volume=[50, 50, 0, 30]), bars("2024-01-03", [100.0] * 2, volume=90)]
    )
    keep("ABC", frame)
    result = act({"2024-01-02 09:15": lambda broker: broker.buy("ABC", 100)}, max_volume_share=0.1)
    assert fills(result)[:2] == [
        ("2024-01-02 09:16", "buy", 5, 100, "entry"),
        ("2024-01-02 09:18", "buy", 3, 100, "entry"),
    ]
    assert kept_orders(result) == [("buy", 8, "lapsed", "lapsed")]
    assert result.equity["position"].to_list()[:5] == [0, 5, 5, 8, 8]


def test_orders_of_one_bar_share_its_volume_oldest_first() -> None:
    keep("ABC", bars(DAY, [100.0] * 4, volume=100))
    result = act({"09:15": lambda broker: (broker.buy("ABC", 7), broker.buy("ABC", 7))}, max_volume_share=0.1)
    assert [each[2] for each in fills(result)] == [7, 3, 4, 14]


def test_a_target_that_cannot_be_paid_is_a_refusal_with_its_reason() -> None:
    result = target(bars(DAY, [100.0] * 4), {f"{DAY} 09:15": LONG}, initial_cash=90)
    assert result.fills.is_empty()
    assert result.rejections["reason"].to_list() == ["insufficient_funds"]
