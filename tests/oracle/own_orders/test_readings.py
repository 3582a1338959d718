"""Cases in which the page leaves a choice: the reading taken here, worked out by hand."""

from tests.oracle.own_orders.model import Bracket, Cancel, Close, Modify, Oco, Send, Target
from tests.oracle.own_orders.scenario import ends, play, told, told_by_symbol
from tests.oracle.scenario import alike, bar, flat


def test_an_order_that_can_only_close_waits_while_there_is_nothing_to_close() -> None:
    # The buy fills at the open of bar 1 after everybody's closing parts, so the sell goes at the next open.
    result = play([flat(100), flat(100), flat(101), flat(101)], {0: [Send("A", "buy", 10), Send("A", "sell", 10)]})
    assert told(result) == [(1, "buy", 10, 100, "entry"), (2, "sell", 10, 101, "order")]


def test_a_waiting_stop_that_can_only_close_is_reached_by_nothing() -> None:
    # The sell stop of 105 stands above the market; it counts from the moment at which there is a position.
    script = {0: [Send("A", "buy", 10, limit=95), Send("A", "sell", 10, trigger=105, reduce_only=True)]}
    result = play([flat(100), flat(100), bar(96, 97, 94, 96), flat(96)], script)
    assert told(result) == [(2, "buy", 10, 95, "entry"), (2, "sell", 10, 95, "stop")]


def test_an_order_of_the_other_side_closes_at_its_turn_what_an_older_one_has_just_opened() -> None:
    script = {0: [Send("A", "buy", 30), Send("A", "sell", 50)]}
    assert told(play([flat(100)] * 3, script, product="MIS"))[:3] == [
        (1, "buy", 30, 100, "entry"),
        (1, "sell", 30, 100, "order"),
        (1, "sell", 20, 100, "entry"),
    ]


def test_a_limit_of_the_other_side_waits_after_an_opening_inside_the_bar() -> None:
    script = {0: [Send("A", "buy", 10, limit=95), Send("A", "sell", 10, limit=105)]}
    bars = [flat(100), bar(100, 110, 90, 100), bar(100, 106, 100, 100), flat(100)]
    assert told(play(bars, script, product="MIS"))[1] == (2, "sell", 10, 105, "order")
    assert told(play(bars, script, product="MIS", intrabar="optimistic"))[1] == (1, "sell", 10, 105, "order")


def test_both_parts_of_a_fill_through_zero_cost_the_same_under_the_impact_law() -> None:
    bars = alike([flat(100)] * 4, day_volatility=0.02, average_daily_volume=10_000.0)
    script = {0: [Send("A", "buy", 25)], 1: [Send("A", "sell", 100)]}
    result = play(bars, script, product="MIS", impact="square_root", impact_k=0.5, initial_cash=20_000.0)
    # 0.01 x sqrt(100 / 10,000) = 0.001 of the whole order.
    assert [each[2:4] for each in told(result)[1:3]] == [(25, 99.9), (75, 99.9)]


def test_a_brackets_entry_through_zero_is_guarded_for_what_it_opens() -> None:
    script = {0: [Send("A", "sell", 10)], 1: [Bracket("A", "buy", 25, stop=95, target=110)]}
    result = play([flat(100), flat(100), flat(100), bar(100, 100, 94, 95), flat(95)], script, product="MIS")
    assert told(result)[1:] == [
        (2, "buy", 10, 100, "order"),
        (2, "buy", 15, 100, "entry"),
        (3, "sell", 15, 95, "stop"),
    ]
    assert ends(result)[2] == ("cancelled", "no_position")


def test_a_stop_limits_closing_part_has_the_reason_order_and_brings_no_cooldown() -> None:
    script = {
        0: [Send("A", "buy", 10)],
        1: [Send("A", "sell", 10, trigger=97, limit=90)],
        2: [Send("A", "buy", 1)],
    }
    bars = [flat(100), flat(100), flat(96), flat(96), flat(96)]
    result = play(bars, script, cooldown_bars=3)
    assert told(result)[1:3] == [(2, "sell", 10, 96, "order"), (3, "buy", 1, 96, "entry")]


def test_a_stop_of_an_opening_inside_the_bar_fills_at_its_level() -> None:
    # Bought at 105 after an open of 90, which was before the stop was armed.
    entry = Bracket("A", "buy", 10, trigger=105, stop=100, target=120)
    assert told(play([flat(100), bar(90, 106, 90, 106), flat(106)], {0: [entry]})) == [
        (1, "buy", 10, 105, "entry"),
        (1, "sell", 10, 100, "stop"),
    ]


def test_under_fill_at_close_a_position_of_an_own_order_is_guarded_from_its_entry_bar_on() -> None:
    bars = [flat(100), bar(100, 100, 90, 96), flat(96)]
    result = play(bars, {0: [Send("A", "buy", 10)]}, stop_loss_pct=0.05, fill_at="close")
    assert told(result)[1] == (1, "sell", 10, 95, "stop")


def test_a_price_is_changed_not_added_and_not_once_it_has_been_reached() -> None:
    script = {
        0: [
            Send("A", "buy", 10, trigger=105),
            Send("A", "buy", 1, limit=90),
            Modify(0, limit=106),
            Modify(1, trail=0.1),
        ],
        1: [Modify(0, trigger=107)],
    }
    result = play([flat(100), bar(100, 106, 100, 104, 60), flat(104)], script)
    assert [(each.moment, each.ordinal, each.reason) for each in result.refused_changes] == [
        (0, 0, "bad_combination"),
        (0, 1, "bad_combination"),
        (1, 0, "bad_combination"),
    ]
    assert [each[2] for each in told(result)[:2]] == [6, 4]


def test_a_reduce_only_order_sent_while_an_exit_works_is_cancelled_at_once() -> None:
    result = play([flat(100)] * 4, {0: [Target("A", 1)], 2: [Target("A", 0), Close("A")]})
    assert told(result)[1:] == [(3, "sell", 100, 100, "signal")]
    assert ends(result) == [("cancelled", "exit")]


def test_a_change_counts_for_the_cooldown_as_a_new_order_does() -> None:
    script = {
        0: [Bracket("A", "buy", 10, stop=95, target=120), Send("A", "buy", 1, limit=80)],
        2: [Modify(3, limit=85)],
        4: [Modify(3, limit=86)],
    }
    bars = [flat(100), flat(100), bar(100, 100, 94, 95), flat(95), flat(95), bar(90, 90, 84, 90), flat(90)]
    result = play(bars, script, cooldown_bars=2)
    assert [(each.moment, each.reason) for each in result.refused_changes] == [(2, "cooldown")]
    assert told(result)[2] == (5, "buy", 1, 86, "entry")


def test_a_pair_may_hold_a_brackets_entry_whose_children_go_with_it() -> None:
    script = {
        0: [
            Bracket("A", "buy", 10, trigger=105, stop=95, target=120),
            Bracket("A", "sell", 10, trigger=95, stop=105, target=80),
            Oco(0, 3),
        ]
    }
    result = play([flat(100), bar(100, 106, 99, 104), flat(104)], script, product="MIS")
    assert ends(result)[3:] == [("cancelled", "oco"), ("cancelled", "entry"), ("cancelled", "entry")]
    # A child that waits for its entry does not work yet.
    refused = play([flat(100)] * 2, {0: [script[0][0], Send("A", "buy", 1, limit=90), Oco(1, 3)]})
    assert [each.reason for each in refused.refused_changes] == ["bad_combination"]


def test_what_is_left_of_a_cancelled_entry_keeps_its_guards_for_what_has_filled() -> None:
    script = {0: [Bracket("A", "buy", 10, stop=95, target=110)], 1: [Cancel(0)]}
    result = play([flat(100), flat(100, 60), bar(100, 100, 94, 95), flat(95)], script)
    assert told(result) == [(1, "buy", 6, 100, "entry"), (2, "sell", 6, 95, "stop")]


def test_at_the_end_of_data_a_symbol_is_closed_in_the_last_moment_at_its_last_close() -> None:
    bars = {"A": [flat(100), flat(100), flat(90), None], "B": [flat(50)] * 4}
    result = play(bars, {0: [Send("A", "buy", 10)]})
    assert told_by_symbol(result)[1] == (3, "A", "sell", 10, 90, "end_of_data")


def test_targets_are_carried_out_when_the_strategy_gives_them() -> None:
    # Two symbols want the one place: the script's order decides, not the names.
    bars = {"A": [flat(100)] * 3, "B": [flat(50)] * 3}
    result = play(bars, {0: [Target("B", 1), Target("A", 1)]}, max_open_positions=1)
    assert [(each.symbol, each.reason) for each in result.target_refusals] == [("A", "max_open_positions")]
