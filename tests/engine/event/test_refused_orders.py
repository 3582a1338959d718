"""Each reason of "When an order is sent" and of changes, by a hand-made case, as the result shows it."""

import math
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.engine.event.acting import Act, Acting, act, candles, keep, kept_orders, refusals, run_acts, run_strategy
from tests.engine.market import bars, days, fills

import hermes
from hermes.errors import StrategyError
from hermes.market import Side, Validity
from hermes.strategy import Bar, Broker, Strategy

pytestmark = pytest.mark.kernel

BUY, SELL = Side.BUY, Side.SELL
ANY: Any = None
HUGE = 1 << 2_000
"""No float holds it."""


@pytest.fixture(autouse=True)
def abc() -> None:
    keep("ABC", bars("2024-01-02", [100.0] * 8))


def first(send: Act, **fields: Any) -> str:
    """The reason with which an order sent at the first close was refused, checked in both frames of the result."""
    result = act({"09:15": send}, **fields)
    reasons = result.orders["reason"].unique().to_list()
    assert set(result.orders["status"]) == {"rejected"}
    assert [each[0] for each in refusals(result)] == ["09:15"] * result.orders.height
    assert set(result.rejections["reason"]) == set(reasons)
    assert result.fills.is_empty()
    result.to_json()
    (reason,) = reasons
    return str(reason)


# Sending


@pytest.mark.parametrize("symbol", ["DEF", "abc", "", ANY, 5, ["ABC"]])
def test_a_symbol_that_is_not_in_the_run(symbol: str) -> None:
    assert first(lambda broker: broker.buy(symbol, 10)) == "unknown_symbol"
    assert first(lambda broker: broker.bracket(symbol, BUY, 10, stop=90, target=110)) == "unknown_symbol"


@pytest.mark.parametrize(
    "quantity",
    [
        0,
        -1,
        -0.0,
        1.5,
        math.nan,
        math.inf,
        -math.inf,
        "ten",
        "10",
        None,
        True,
        b"1",
        [10],
        HUGE,
        Decimal(10),
        1j,
        np.True_,
    ],
)
def test_a_quantity_that_is_no_whole_number_of_shares(quantity: Any) -> None:
    assert first(lambda broker: broker.buy("ABC", quantity)) == "bad_quantity"
    assert first(lambda broker: broker.bracket("ABC", BUY, quantity, stop=90, target=110)) == "bad_quantity"


@pytest.mark.parametrize(
    "quantity", [10, 10.0, np.int8(10), np.int64(10), np.float32(10), np.float64(10), np.uint16(10)]
)
def test_numbers_of_any_library_are_quantities(quantity: Any) -> None:
    result, (ticket,) = run_acts({"09:15": lambda broker: broker.buy("ABC", quantity)})
    assert type(ticket.quantity) is float
    assert fills(result)[0][2] == 10


def test_lots_are_whole_and_fractions_need_a_lot_of_zero() -> None:
    assert first(lambda broker: broker.buy("ABC", 75), lot_size=50) == "bad_quantity"
    assert act({"09:15": lambda broker: broker.buy("ABC", 100)}, lot_size=50).fills["quantity"][0] == 100
    assert act({"09:15": lambda broker: broker.buy("ABC", 0.25)}, lot_size=0).fills["quantity"][0] == 0.25
    assert first(lambda broker: broker.buy("ABC", 0.0), lot_size=0) == "bad_quantity"


@pytest.mark.parametrize("price", [0, -5, math.nan, math.inf, "99", True, HUGE, Decimal(99)])
@pytest.mark.parametrize("name", ["limit", "trigger"])
def test_a_price_that_is_no_positive_number(name: str, price: Any) -> None:
    assert first(lambda broker: broker.buy("ABC", 10, **{name: price})) == "bad_price"


@pytest.mark.parametrize("trail", [0, 1, -0.1, 1.5, math.nan, "0.1", True, HUGE])
def test_a_trail_that_is_no_share(trail: Any) -> None:
    assert first(lambda broker: broker.buy("ABC", 10, trail=trail)) == "bad_price"


@pytest.mark.parametrize("price", [99.99, 100.02, 0.01])
@pytest.mark.parametrize("name", ["limit", "trigger"])
def test_a_price_off_the_tick_of_five_paise(name: str, price: Any) -> None:
    assert first(lambda broker: broker.buy("ABC", 10, **{name: price})) == "off_tick"
    result = act({"09:15": lambda broker: broker.buy("ABC", 10, **{name: price})}, tick_rounding=False)
    assert refusals(result) == []


def test_a_price_on_the_tick_is_not_refused_for_its_binary_form() -> None:
    _, tickets = run_acts({
        "09:15": lambda broker: [broker.buy("ABC", 1, limit=paise / 100).status for paise in range(5, 200_000, 5)]
    })  # fmt: skip
    assert set(tickets[0]) == {"working"}


@pytest.mark.parametrize(
    "prices",
    [
        {"trail": 0.01, "limit": 99.0},
        {"trail": 0.01, "trigger": 99.0},
        {"trigger": 101.0, "validity": Validity.IOC},
        {"trigger": 101.0, "limit": 102.0, "validity": Validity.IOC},
        {"trail": 0.01, "validity": Validity.IOC},
    ],
)
def test_prices_that_do_not_go_together(prices: dict[str, Any]) -> None:
    assert first(lambda broker: broker.buy("ABC", 10, **prices)) == "bad_combination"


@pytest.mark.parametrize(
    "prices",
    [
        {"stop": 110.0, "target": 90.0},
        {"stop": 100.0, "target": 100.0},
        {"stop": 90.0, "target": 110.0, "limit": 90.0},
        {"stop": 90.0, "target": 110.0, "limit": 110.0},
        {"stop": 99.0, "target": 110.0, "trigger": 98.0},
        {"stop": 90.0, "target": 101.0, "trigger": 100.0, "limit": 102.0},
        {"stop": 90.0, "trail": 0.1, "target": 110.0},
        {"target": 110.0},
        {"stop": 90.0, "target": None},
        {"trail": 0.1, "target": None},
    ],
)
def test_a_bracket_whose_prices_do_not_enclose_the_entry(prices: dict[str, Any]) -> None:
    assert first(lambda broker: broker.bracket("ABC", BUY, 10, **prices)) == "bad_combination"


def test_a_short_bracket_is_the_mirror() -> None:
    assert (
        first(lambda broker: broker.bracket("ABC", SELL, 10, stop=90, target=110), product="MIS") == "bad_combination"
    )
    result = act({"09:15": lambda broker: broker.bracket("ABC", SELL, 10, stop=110, target=90)}, product="MIS")
    assert refusals(result) == []


@pytest.mark.parametrize("prices", [{"stop": 90.01, "target": 110.0}, {"stop": 90.0, "target": 110.01}])
def test_a_child_off_the_tick_refuses_all_three(prices: dict[str, Any]) -> None:
    assert first(lambda broker: broker.bracket("ABC", BUY, 10, **prices)) == "off_tick"
    result = act({"09:15": lambda broker: broker.bracket("ABC", BUY, 10, **prices)})
    assert kept_orders(result) == [(side, 0, "rejected", "off_tick") for side in ("buy", "sell", "sell")]


@pytest.mark.parametrize("validity", ["ioc", Validity.IOC])
def test_a_validity_may_be_given_as_a_word(validity: Any) -> None:
    result = act({"09:15": lambda broker: broker.buy("ABC", 10, limit=99.0, validity=validity)})
    assert kept_orders(result) == [("buy", 0, "cancelled", "ioc")]
    assert result.orders["validity"].to_list() == ["ioc"]


@pytest.mark.parametrize("validity", ["gtc", None, "DAY", 1])
def test_a_validity_that_is_none_ends_the_run_with_the_two_that_are(validity: Any) -> None:
    with pytest.raises(StrategyError, match=f"A validity is 'day' or 'ioc', not {validity!r}"):
        act({"09:15": lambda broker: broker.buy("ABC", 10, validity=validity)})


def test_after_the_square_off_nothing_is_accepted() -> None:
    keep("ABC", bars("2024-01-02", [100.0] * 12, at="15:15"))
    result = act(
        {"15:19": lambda broker: broker.buy("ABC", 10), "15:20": lambda broker: broker.buy("ABC", 10)}, product="MIS"
    )
    # The order of 15:19 works when 15:20 begins: cancelled there.
    assert kept_orders(result) == [("buy", 0, "cancelled", "square_off"), ("buy", 0, "rejected", "blocked")]
    assert refusals(result) == [("15:20", "ABC", "buy", 10, "blocked")]


def test_after_the_daily_loss_nothing_is_accepted_until_the_next_day() -> None:
    keep("ABC", pl.concat([bars("2024-01-02", [100, 100, 90, 90]), bars("2024-01-03", [90.0, 90])]))
    buy = lambda broker: broker.buy("ABC", 500)  # noqa: E731
    acts: dict[str, Act] = {"2024-01-02 09:15": buy, "2024-01-02 09:17": buy, "2024-01-03 09:15": buy}
    result = act(acts, risk={"max_daily_loss": 0.05})
    assert kept_orders(result) == [
        ("buy", 500, "filled", ""),
        ("buy", 0, "rejected", "blocked"),
        ("buy", 500, "filled", ""),
    ]
    assert fills(result)[1] == ("2024-01-02 09:18", "sell", 500, 90, "daily_loss")


def test_what_may_only_close_needs_something_to_close() -> None:
    assert first(lambda broker: broker.sell("ABC", 10)) == "no_position"
    assert first(lambda broker: broker.sell("ABC", 10, reduce_only=True), product="MIS") == "no_position"
    assert first(lambda broker: broker.buy("ABC", 10, reduce_only=True)) == "no_position"
    assert first(lambda broker: broker.bracket("ABC", SELL, 10, stop=110, target=90)) == "no_position"
    _, (nothing,) = run_acts({"09:15": lambda broker: broker.close("ABC")})
    assert nothing is None


def test_a_delivery_sell_beside_a_working_buy_is_accepted() -> None:
    both = lambda broker: (broker.buy("ABC", 10), broker.sell("ABC", 10, limit=105.0))  # noqa: E731
    assert refusals(act({"09:15": both})) == []


def test_in_a_cooldown_only_what_closes_is_accepted() -> None:
    keep("ABC", candles("2024-01-02", [(100, 100, 100, 100)] * 2 + [(100, 100, 97, 99)] + [(99, 99, 99, 99)] * 5))
    acts: dict[str, Act] = {
        "09:15": lambda broker: broker.buy("ABC", 10),
        "09:17": lambda broker: broker.buy("ABC", 1),
        "09:18": lambda broker: broker.buy("ABC", 2),
        "09:19": lambda broker: broker.buy("ABC", 3),
    }
    # Stopped in 09:17: nothing opens in 09:17, 09:18 and 09:19.
    result = act(acts, risk={"stop_loss_pct": 0.02, "cooldown_bars": 2})
    assert refusals(result) == [("09:17", "ABC", "buy", 1, "cooldown"), ("09:18", "ABC", "buy", 2, "cooldown")]
    assert [each[:3] for each in fills(result)][2] == ("2024-01-02 09:20", "buy", 3)


def test_one_symbol_too_many() -> None:
    for symbol in "AB":
        keep(symbol, bars("2024-01-02", [100.0] * 5))
    acts: dict[str, Act] = {
        "09:15": lambda broker: (broker.buy("A", 10), broker.buy("B", 10)),
        "09:16": lambda broker: (broker.buy("A", 5), broker.close("A")),
        "09:17": lambda broker: broker.buy("B", 7),
    }
    result = act(acts, "A", "B", risk={"max_open_positions": 1})
    reason = "max_open_positions"
    assert refusals(result) == [("09:15", "B", "buy", 10, reason), ("09:17", "B", "buy", 7, reason)]
    # What closes goes first: the close of A sells its 10, then 5 are bought anew, so B finds no room at 09:17 either.
    assert result.orders["status"].to_list() == ["filled", "rejected", "filled", "filled", "rejected"]


def test_the_first_check_that_fails_names_the_reason() -> None:
    assert first(lambda broker: broker.sell("DEF", -1, limit=-1)) == "unknown_symbol"
    assert first(lambda broker: broker.sell("ABC", -1, limit=-1)) == "bad_quantity"
    assert first(lambda broker: broker.sell("ABC", 1, limit=-1, trigger=99.99)) == "bad_price"
    assert first(lambda broker: broker.sell("ABC", 1, limit=99.99, trail=0.1)) == "off_tick"
    assert first(lambda broker: broker.sell("ABC", 1, limit=99.0, trail=0.1)) == "bad_combination"
    assert first(lambda broker: broker.sell("ABC", 1, limit=99.0)) == "no_position"


def test_a_trail_needs_a_close_to_follow() -> None:
    keep("LATE", bars("2024-01-02", [100.0, 99, 103], at="09:17"))

    class Early(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if bar.minute == 555:
                self.broker.buy("LATE", 10, trail=0.02)
                self.broker.bracket("LATE", BUY, 5, trail=0.02, target=110.0)

    result = run_strategy(Early(), "ABC", "LATE")
    assert refusals(result) == [("09:15", "LATE", "buy", 10, "bad_price")]
    # A bracket's trailing stop follows from its entry's price.
    assert [(row["side"], row["quantity"], row["reason"]) for row in result.fills.to_dicts()] == [
        ("buy", 5, "entry"),
        ("sell", 5, "end_of_data"),
    ]


# Money, found out at the fill


def test_an_order_that_cannot_be_paid_counts_as_rejected_where_it_would_have_filled() -> None:
    result = act({"09:15": lambda broker: broker.buy("ABC", 10)}, initial_cash=99)
    assert kept_orders(result) == [("buy", 0, "rejected", "insufficient_funds")]
    assert [each[1:] for each in refusals(result)] == [("ABC", "buy", 10, "insufficient_funds")]
    assert result.warnings[-1] == "1 of the strategy's own orders was refused; see the rejections."


def test_an_order_that_can_be_paid_in_part_is_cut_and_cancelled() -> None:
    result = act({"09:15": lambda broker: broker.buy("ABC", 10)}, initial_cash=450)
    assert kept_orders(result) == [("buy", 4, "cancelled", "insufficient_funds")]
    assert fills(result)[0] == ("2024-01-02 09:16", "buy", 4, 100, "entry")


def test_an_order_beyond_the_largest_position() -> None:
    result = act({"09:15": lambda broker: broker.buy("ABC", 300)}, risk={"max_position_pct": 0.25})
    assert kept_orders(result) == [("buy", 250, "cancelled", "position_limit")]


# Changes


def change(modify: Act, **fields: Any) -> tuple[str, list[tuple[str, float, str, str]]]:
    """The reason of a change, at 09:16, of the order that `told[0]` holds; and what became of the orders."""
    result, answers = run_acts({"09:15": lambda broker: broker.buy("ABC", 10, limit=90.0), "09:16": modify}, **fields)
    assert answers[1] is False
    ((when, symbol, side, quantity, reason),) = refusals(result)
    assert (when, symbol, side, quantity) == ("09:16", "ABC", "buy", 10)
    result.to_json()
    return reason, kept_orders(result)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        *(({"quantity": value}, "bad_quantity") for value in (0, -1, 2.5, math.nan, "5", True, HUGE)),
        *(({"limit": value}, "bad_price") for value in (0, -1, math.nan, math.inf, "90", True)),
        ({"trigger": -1.0}, "bad_price"),
        ({"trail": 1.0}, "bad_price"),
        ({"limit": 90.02}, "off_tick"),
        ({"trigger": 95.0}, "bad_combination"),
        ({"trail": 0.05}, "bad_combination"),
    ],
)
def test_a_change_that_cannot_be_leaves_the_order_as_it_was(fields: dict[str, Any], reason: str) -> None:
    said, orders = change(lambda broker: broker.modify(broker.working()[0], **fields))
    assert said == reason
    assert orders == [("buy", 0, "cancelled", "end_of_data")]
    result = act({
        "09:15": lambda broker: broker.buy("ABC", 10, limit=90.0),
        "09:16": lambda broker: broker.modify(broker.working()[0], **fields),
    })  # fmt: skip
    assert result.orders.select("quantity", "limit", "trigger", "trail").rows() == [(10, 90, None, None)]


def test_a_change_of_an_order_that_has_ended_says_no_and_is_no_refusal() -> None:
    class Late(Strategy):
        def on_bar(self, bar: Bar) -> None:
            if bar.minute == 555:
                self._ticket = self.broker.buy("ABC", 10)
            if bar.minute == 557:
                ticket = self._ticket
                self._answers = self.broker.modify(ticket, quantity=20), self.broker.cancel(ticket)

    strategy = Late()
    result = run_strategy(strategy)
    assert strategy._answers == (False, False)
    assert refusals(result) == []
    assert kept_orders(result) == [("buy", 10, "filled", "")]


def mine(broker: Broker) -> Any:
    return broker.working()[0]


def aim(symbol: str, target: Any) -> Act:
    """Gives a target."""

    def give(broker: Broker) -> None:
        broker.target(symbol, target)

    return give


def test_a_quantity_may_fall_to_what_has_filled_but_not_below() -> None:
    keep("ABC", bars("2024-01-02", [100.0] * 6, volume=[9_000, 400, 0, 0, 0, 0]))
    acts: dict[str, Act] = {
        "09:15": lambda broker: broker.buy("ABC", 100),
        "09:16": lambda broker: broker.modify(mine(broker), quantity=39),
        "09:17": lambda broker: broker.modify(mine(broker), quantity=40),
    }
    result, answers = run_acts(acts, max_volume_share=0.1)
    assert answers[1:] == [False, True]
    assert refusals(result) == [("09:16", "ABC", "buy", 40, "bad_quantity")]
    assert kept_orders(result) == [("buy", 40, "filled", "")]


def test_a_brackets_children_have_its_quantity_and_its_prices_stay_in_order() -> None:
    acts: dict[str, Act] = {
        "09:15": lambda broker: broker.bracket("ABC", BUY, 10, limit=95.0, stop=90.0, target=110.0),
        "09:16": lambda broker: [
            broker.modify(broker.working()[1], quantity=5),
            broker.modify(broker.working()[1], trigger=95.0),
            broker.modify(broker.working()[2], limit=95.0),
            broker.modify(broker.working()[0], limit=110.0),
            broker.modify(broker.working()[0], limit=96.0),
        ],
    }
    result, answers = run_acts(acts)
    assert answers[1] == [False, False, False, False, True]
    assert result.rejections["reason"].to_list() == ["bad_quantity", *["bad_combination"] * 3]
    assert result.orders.select("quantity", "limit", "trigger").rows() == [
        (10, 96, None),
        (10, None, 90),
        (10, 110, None),
    ]


def test_two_orders_are_linked_only_while_both_work_on_one_symbol() -> None:
    for symbol in "AB":
        keep(symbol, bars("2024-01-02", [100.0] * 5))

    def link(broker: Broker) -> None:
        one, two, other = broker.buy("A", 1, limit=90.0), broker.buy("A", 2, limit=91.0), broker.buy("B", 3, limit=90.0)
        broker.oco(one, two)
        broker.oco(one, one)
        broker.oco(one, other)
        broker.cancel(two)
        broker.oco(two, one)

    result = act({"09:15": link}, "A", "B")
    assert refusals(result) == [
        ("09:15", "A", "buy", 1, "bad_combination"),
        ("09:15", "A", "buy", 1, "bad_combination"),
        ("09:15", "A", "buy", 2, "bad_combination"),
    ]


# Asking


def test_asking_for_a_symbol_that_is_not_in_the_run_is_the_authors_mistake() -> None:
    asks: list[Act] = [
        lambda broker: broker.position("DEF"),
        lambda broker: broker.average_price("DEF"),
        lambda broker: broker.working("DEF"),
        aim("DEF", 1),
    ]
    for ask in asks:
        with pytest.raises(
            StrategyError, match=r"failed at ABC 2024-01-02 09:15 IST: 'DEF' is not in this run; .* ABC\."
        ):
            act({"09:15": ask})


@pytest.mark.parametrize("target", [2, "1", None, math.nan, 0.5])
def test_a_target_that_is_none(target: Any) -> None:
    with pytest.raises(StrategyError, match="A target is 1, 0 or -1, not"):
        act({"09:15": aim("ABC", target)})


def test_refusals_of_targets_and_of_orders_stand_in_one_frame_in_order_of_time() -> None:
    keep("ABC", days("2024-01-01", [100.0] * 4))
    acts: dict[str, Act] = {
        "2024-01-01 09:15": lambda broker: (broker.buy("ABC", -1), aim("ABC", 1)(broker)),
        "2024-01-02 09:15": lambda broker: broker.buy("ABC", 1, limit=0.01),
    }
    result = act(acts, sizing={"mode": "fixed_quantity", "quantity": 0.5}, timeframe="1d")
    assert result.rejections["reason"].to_list() == ["size_is_zero", "bad_quantity", "off_tick"]
    assert result.rejections["timestamp"].is_sorted()


def test_the_one_line_form_shows_them_too() -> None:
    ten: Any = "ten"
    strategy = Acting().play({"09:15": lambda broker: broker.buy("ABC", ten)})
    result = hermes.backtest("ABC", strategy, mode="event")
    assert refusals(result)[0][4] == "bad_quantity"
    assert result.orders["status"].to_list() == ["rejected"]
