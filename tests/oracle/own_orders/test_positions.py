from decimal import Decimal

from tests.oracle.own_orders.model import Bracket, Cancel, Close, Modify, Send, Target
from tests.oracle.own_orders.scenario import ends, play, targets, told
from tests.oracle.scenario import alike, bar, flat


def test_a_fill_through_zero_is_two_fills_of_one_order() -> None:
    bars = alike([flat(100)] * 4, charge_rates={"brokerage_flat": Decimal(20)})
    result = play(bars, {0: [Send("A", "buy", 10)], 1: [Send("A", "sell", 25)]}, product="MIS")
    assert told(result)[:3] == [
        (1, "buy", 10, 100, "entry"),
        (2, "sell", 10, 100, "order"),
        (2, "sell", 15, 100, "entry"),
    ]
    # The flat brokerage is the order's, hence paid once.
    assert [each.charges[0] for each in result.fills] == [20, 20, 0, 20]
    assert result.positions["A"] == [0, 10, -15, 0]


def test_selling_short_creates_no_buying_power() -> None:
    result = play([flat(100)] * 5, {0: [Send("A", "sell", 60)], 1: [Send("A", "sell", 60)]}, product="MIS")
    # 6,000 of 10,000 are the margin of the first sixty; forty more can be carried, whatever cash the sale has brought.
    assert [each[:3] for each in told(result)[:2]] == [(1, "sell", 60), (2, "sell", 40)]
    assert ends(result)[1] == ("cancelled", "insufficient_funds")


def test_a_reduce_only_order_fills_at_most_the_position() -> None:
    script = {0: [Send("A", "buy", 10)], 1: [Send("A", "sell", 25, reduce_only=True)]}
    result = play([flat(100)] * 4, script, product="MIS")
    assert told(result) == [(1, "buy", 10, 100, "entry"), (2, "sell", 10, 100, "order")]
    assert ends(result)[1] == ("cancelled", "no_position")


def test_a_sell_under_cnc_needs_a_position_or_an_order_that_would_open_one() -> None:
    result = play(
        [flat(100)] * 4, {0: [Send("A", "sell", 10), Send("A", "buy", 10), Send("A", "sell", 20, trigger=95)]}
    )
    assert ends(result) == [("rejected", "no_position"), ("filled", ""), ("cancelled", "end_of_data")]
    sold = play([flat(100)] * 4, {0: [Send("A", "buy", 10)], 1: [Send("A", "sell", 20)]})
    assert told(sold)[1:] == [(2, "sell", 10, 100, "order")]
    assert ends(sold)[1] == ("cancelled", "no_position")


def test_reduce_only_orders_end_with_the_position() -> None:
    script = {0: [Send("A", "buy", 10)], 1: [Send("A", "sell", 10, limit=110, reduce_only=True), Close("A")]}
    result = play([flat(100), flat(100), flat(100), flat(120)], script)
    assert told(result)[1:] == [(2, "sell", 10, 100, "order")]
    assert ends(result)[1] == ("cancelled", "position_closed")


def test_children_stay_disarmed_while_their_entry_still_works() -> None:
    entry = Bracket("A", "buy", 10, limit=100.5, stop=90, target=110)
    # Six bought and sold again; the four bought later are guarded by the stop.
    bars = [flat(100), flat(100, 60), flat(102), flat(100), bar(95, 96, 89, 90), flat(90)]
    assert told(play(bars, {0: [entry], 1: [Close("A")]})) == [
        (1, "buy", 6, 100, "entry"),
        (2, "sell", 6, 102, "order"),
        (3, "buy", 4, 100, "entry"),
        (4, "sell", 4, 90, "stop"),
    ]


def test_the_target_0_says_nothing_new_to_a_position_that_own_orders_have_opened() -> None:
    result = play([flat(100)] * 4, {0: [Send("A", "buy", 10)], 1: [Target("A", 0)]})
    assert told(result)[1] == (3, "sell", 10, 100, "end_of_data")


def test_a_working_exit_takes_reduce_only_orders_away_and_nothing_is_sold_twice() -> None:
    script = {**targets(1, None, 0), 1: [Send("A", "sell", 100, trigger=95, reduce_only=True)]}
    result = play([flat(100), flat(100), flat(100), bar(94, 95, 90, 92), flat(92)], script)
    assert told(result) == [(1, "buy", 100, 100, "entry"), (3, "sell", 100, 94, "signal")]
    assert ends(result) == [("cancelled", "exit")]


def test_the_stop_of_the_settings_guards_a_position_that_an_own_order_has_opened_inside_the_bar() -> None:
    settings = {"stop_loss_pct": 0.05, "take_profit_pct": 0.05}
    both = [flat(100), bar(101, 110, 90, 100), flat(100)]
    assert told(play(both, {0: [Send("A", "buy", 10, limit=100)]}, **settings))[1] == (1, "sell", 10, 95, "stop")
    rising = [flat(100), bar(101, 110, 99, 100), bar(100, 106, 100, 100)]
    assert told(play(rising, {0: [Send("A", "buy", 10, limit=100)]}, **settings))[1] == (2, "sell", 10, 105, "target")


def test_an_own_stop_starts_the_cooldown() -> None:
    script = {
        0: [Bracket("A", "buy", 10, stop=95, target=120), Send("A", "buy", 1, limit=92)],
        2: [Send("A", "buy", 10)],
        3: [Send("A", "buy", 10)],
    }
    bars = [flat(100), flat(100), bar(100, 100, 94, 95), bar(91, 92, 91, 92), flat(95), flat(95)]
    result = play(bars, script, cooldown_bars=1)
    # Stopped in bar 2: bars 2 and 3 are closed to entries.
    assert ends(result)[3:] == [("rejected", "cooldown"), ("rejected", "cooldown"), ("filled", "")]
    assert told(result)[2] == (4, "buy", 10, 95, "entry")


def test_a_forced_square_off_and_a_stop_on_the_same_bar_sell_once() -> None:
    script = {0: [Bracket("A", "buy", 10, stop=95, target=110), Send("A", "sell", 5, trigger=96)]}
    bars = [
        flat(100),
        flat(100),
        bar(99, 99, 90, 91, square_off_open=True),
        bar(91, 92, 90, 90, last_of_session=True),
        flat(80, session=1),
    ]
    result = play(bars, script, product="MIS")
    assert told(result) == [(1, "buy", 10, 100, "entry"), (2, "sell", 10, 99, "square_off")]
    assert ends(result)[1:] == [("cancelled", "square_off")] * 3
    at_close = [flat(100), flat(100), bar(99, 99, 96, 97, last_of_session=True), flat(80, session=1)]
    # The bar stays above the stop of 95 and touches 96; the square-off sells what the stop has left.
    assert told(play(at_close, script, product="MIS"))[1:] == [
        (2, "sell", 5, 96, "stop"),
        (2, "sell", 5, 97, "square_off"),
    ]


def test_no_order_is_accepted_after_the_square_off() -> None:
    bars = [flat(100, square_off_open=True), flat(100, last_of_session=True), flat(100, session=1)]
    result = play(bars, {0: [Send("A", "buy", 10)], 1: [Send("A", "buy", 10)]}, product="MIS")
    assert ends(result) == [("rejected", "blocked")] * 2


def test_orders_are_checked_in_the_order_of_the_page() -> None:
    bars = alike([flat(100)] * 2, tick=0.05)
    wrong = [
        (Send("Z", "buy", -1), "unknown_symbol"),
        (Send("A", "buy", 0, limit=-1), "bad_quantity"),
        (Send("A", "buy", 2.5), "bad_quantity"),
        (Send("A", "buy", 1, limit=-1), "bad_price"),
        (Send("A", "buy", 1, trail=1), "bad_price"),
        (Send("A", "buy", 1, limit=100.02, trail=0.1), "off_tick"),
        (Send("A", "buy", 1, limit=100, trail=0.1), "bad_combination"),
        (Send("A", "buy", 1, trigger=101, validity="ioc"), "bad_combination"),
        (Send("A", "buy", 1, reduce_only=True), "no_position"),
    ]
    result = play(bars, {0: [order for order, _ in wrong]})
    assert ends(result) == [("rejected", reason) for _, reason in wrong]


def test_a_change_keeps_the_place_and_a_wrong_one_leaves_the_order_as_it_was() -> None:
    script = {
        0: [
            Send("A", "buy", 60, limit=95),
            Send("A", "buy", 60, limit=95),
            Modify(0, limit=97),
            Modify(1, limit=-1),
            Modify(1, quantity=50),
        ]
    }
    result = play([flat(100), bar(100, 100, 94, 96), flat(96)], script)
    # 60 x 97 = 5,820; of the 4,180 left 44 can be bought at 95.
    assert told(result)[:2] == [(1, "buy", 60, 97, "entry"), (1, "buy", 44, 95, "entry")]
    assert [(each.ordinal, each.reason) for each in result.refused_changes] == [(1, "bad_price")]


def test_a_quantity_may_not_go_below_what_has_filled() -> None:
    script = {0: [Send("A", "buy", 10)], 1: [Modify(0, quantity=3), Modify(0, quantity=7)]}
    result = play([flat(100), flat(100, 40), flat(100), flat(100)], script)
    assert [each.reason for each in result.refused_changes] == ["bad_quantity"]
    assert [each[2] for each in told(result)] == [4, 3, 7]


def test_a_cancelled_order_does_not_fill_and_the_end_of_data_cancels_the_rest() -> None:
    script = {0: [Send("A", "buy", 1, limit=95), Send("A", "buy", 1, limit=80)], 1: [Cancel(0)]}
    result = play([flat(100), flat(100), flat(90)], script)
    assert result.fills == []
    assert ends(result) == [("cancelled", "cancelled"), ("cancelled", "end_of_data")]


def test_a_target_and_own_orders_share_the_position() -> None:
    # The signal's exit sells what the own order has left.
    script = {0: [Target("A", 1)], 1: [Send("A", "sell", 40)], 2: [Target("A", 0)]}
    assert told(play([flat(100)] * 4, script)) == [
        (1, "buy", 100, 100, "entry"),
        (2, "sell", 40, 100, "order"),
        (3, "sell", 60, 100, "signal"),
    ]


def test_own_orders_that_close_go_before_entries_and_own_entries_come_last() -> None:
    script = {
        0: [Target("A", 1)],
        1: [Send("A", "buy", 70), Send("A", "sell", 50, reduce_only=True), Target("A", 0)],
    }
    # The signal's exit comes first and takes the reduce-only order away; then 70 can be bought with all the money.
    assert told(play([flat(100)] * 4, script))[1:] == [
        (2, "sell", 100, 100, "signal"),
        (2, "buy", 70, 100, "entry"),
        (3, "sell", 70, 100, "end_of_data"),
    ]


def test_a_stop_of_the_settings_ends_what_is_left_of_the_own_entry() -> None:
    bars = [flat(100), bar(100, 100, 94, 96, 500), flat(96), flat(96)]
    result = play(bars, {0: [Send("A", "buy", 100)]}, stop_loss_pct=0.05)
    assert told(result) == [(1, "buy", 50, 100, "entry"), (2, "sell", 50, 96, "stop")]
    assert ends(result) == [("cancelled", "reopens")]
