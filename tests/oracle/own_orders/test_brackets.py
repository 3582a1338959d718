from tests.oracle.own_orders.model import Bracket, Cancel, Modify, Oco, Send
from tests.oracle.own_orders.scenario import ends, play, told
from tests.oracle.scenario import bar, flat

LONG = Bracket("A", "buy", 10, stop=95, target=110)


def left(*bars: object, **settings: object) -> tuple[int, str, float, float, str]:
    """How a long of 10, bought at the open of bar 1, is left in the bars from 1 on."""
    return told(play([flat(100), *bars], {0: [LONG]}, **settings))[1]  # type: ignore[list-item]


def test_both_children_hit_in_one_bar_take_the_stop_unless_optimistic() -> None:
    both = bar(100, 120, 80, 100)
    assert left(flat(100), both) == (2, "sell", 10, 95, "stop")
    assert left(flat(100), both, intrabar="optimistic") == (2, "sell", 10, 110, "target")


def test_an_open_beyond_the_stop_fills_at_the_open_and_one_beyond_the_target_too() -> None:
    assert left(flat(100), bar(90, 112, 89, 95)) == (2, "sell", 10, 90, "stop")
    assert left(flat(100), bar(113, 114, 90, 95)) == (2, "sell", 10, 113, "target")


def test_children_of_an_entry_at_the_open_are_active_in_its_bar() -> None:
    assert left(bar(100, 101, 94, 96), flat(96)) == (1, "sell", 10, 95, "stop")
    assert left(bar(100, 111, 99, 105), flat(105)) == (1, "sell", 10, 110, "target")


def test_an_entry_inside_the_bar_can_be_stopped_in_it_but_its_target_waits() -> None:
    entry = Bracket("A", "buy", 10, limit=98, stop=95, target=110)
    both = [flat(100), bar(100, 120, 94, 100), bar(100, 112, 99, 100)]
    assert told(play(both, {0: [entry]})) == [(1, "buy", 10, 98, "entry"), (1, "sell", 10, 95, "stop")]
    unstopped = [flat(100), bar(100, 120, 97, 100), bar(100, 112, 99, 100)]
    assert told(play(unstopped, {0: [entry]}))[1] == (2, "sell", 10, 110, "target")
    assert told(play(unstopped, {0: [entry]}, intrabar="optimistic"))[1] == (1, "sell", 10, 110, "target")


def test_one_child_cancels_the_other() -> None:
    result = play([flat(100), flat(100), bar(100, 111, 99, 105), flat(80)], {0: [LONG]})
    assert ends(result) == [("filled", ""), ("cancelled", "oco"), ("filled", "")]
    assert len(result.fills) == 2


def test_children_are_armed_for_what_the_entry_has_filled() -> None:
    bars = [flat(100), flat(100, 60), bar(100, 100, 94, 94), flat(100), flat(100)]
    entry = Bracket("A", "buy", 10, limit=100.5, stop=95, target=110)
    result = play(bars, {0: [entry]})
    assert told(result)[:3] == [
        (1, "buy", 6, 100, "entry"),
        (2, "buy", 4, 100, "entry"),
        (2, "sell", 10, 95, "stop"),
    ]
    starved = play([flat(100), flat(100, 60), bar(101, 101, 94, 100.7), flat(100)], {0: [entry]})
    # The open is above the limit; inside the bar the stop comes before the rest of the entry, and ends it.
    assert told(starved) == [(1, "buy", 6, 100, "entry"), (2, "sell", 6, 95, "stop")]
    assert ends(starved) == [("cancelled", "bracket"), ("filled", ""), ("cancelled", "oco")]


def test_a_partly_filled_target_makes_the_stop_smaller() -> None:
    bars = [flat(100), flat(100), bar(105, 111, 105, 108, 40), bar(100, 100, 94, 94), flat(94)]
    assert told(play(bars, {0: [LONG]}))[1:] == [(2, "sell", 4, 110, "target"), (3, "sell", 6, 95, "stop")]


def test_a_trailing_child_starts_at_the_price_of_the_entry() -> None:
    # Sent at 100, bought at 110: the level is 99, then 108 after the close of 120.
    bars = [flat(100), bar(110, 120, 105, 120), bar(115, 115, 107, 107), flat(107)]
    result = play(bars, {0: [Bracket("A", "buy", 10, trail=0.1, target=200)]})
    assert told(result)[1] == (2, "sell", 10, 108, "trailing")
    early = [flat(100), bar(110, 111, 98, 100), flat(100)]
    assert told(play(early, {0: [Bracket("A", "buy", 10, trail=0.1, target=200)]}))[1][3:] == (99, "trailing")


def test_a_short_bracket_mirrors_it() -> None:
    short = Bracket("A", "sell", 10, stop=105, target=90)
    stopped = play([flat(100), flat(100), bar(100, 106, 89, 100)], {0: [short]}, product="MIS")
    assert told(stopped)[1] == (2, "buy", 10, 105, "stop")
    jumped_over = play([flat(100), flat(100), bar(88, 106, 87, 90)], {0: [short]}, product="MIS")
    assert told(jumped_over)[1] == (2, "buy", 10, 88, "target")


def test_an_entry_cancelled_or_rejected_with_nothing_filled_takes_its_children_along() -> None:
    bars = [flat(100), flat(100), flat(100)]
    cancelled = play(bars, {0: [Bracket("A", "buy", 10, limit=98, stop=95, target=110)], 1: [Cancel(0)]})
    assert ends(cancelled) == [("cancelled", "cancelled"), ("cancelled", "entry"), ("cancelled", "entry")]
    unpaid = play(bars, {0: [LONG]}, initial_cash=50.0)
    assert ends(unpaid) == [("rejected", "insufficient_funds"), ("cancelled", "entry"), ("cancelled", "entry")]


def test_what_bracket_does_not_hang_together_is_rejected_whole() -> None:
    wrong = [
        Bracket("A", "buy", 10, stop=111, target=110),
        Bracket("A", "buy", 10, limit=95, stop=95, target=110),
        Bracket("A", "buy", 10, limit=111, stop=95, target=110),
        Bracket("A", "buy", 10, target=110),
        Bracket("A", "buy", 10, stop=95, trail=0.1, target=110),
    ]
    for each in wrong:
        assert ends(play([flat(100)] * 2, {0: [each]})) == [("rejected", "bad_combination")] * 3


def test_a_stop_may_be_moved_over_the_entrys_price_once_the_entry_is_through() -> None:
    entry = Bracket("A", "buy", 10, limit=98, stop=95, target=110)
    bars = [flat(100), bar(100, 100, 97, 100), bar(103, 104, 98, 99), flat(99)]
    assert told(play(bars, {0: [entry], 1: [Modify(1, trigger=99)]}))[1] == (2, "sell", 10, 99, "stop")
    refused = play(bars, {0: [entry, Modify(1, trigger=99)]})
    assert [each.reason for each in refused.refused_changes] == ["bad_combination"]


def test_the_first_fill_of_a_pair_cancels_the_other() -> None:
    pair = [Send("A", "buy", 10, trigger=105), Send("A", "buy", 10, limit=95), Oco(0, 1)]
    result = play([flat(100), bar(100, 106, 99, 104), bar(94, 95, 90, 94), flat(94)], {0: pair})
    assert told(result)[0] == (1, "buy", 10, 105, "entry")
    assert ends(result) == [("filled", ""), ("cancelled", "oco")]
    # Both in one bar: the older one.
    both = play([flat(100), bar(100, 106, 90, 100), flat(100)], {0: pair})
    assert told(both)[0][3] == 105
    assert len(told(both)) == 2


def test_a_pair_of_an_ended_order_or_of_two_symbols_is_refused() -> None:
    bars = {"A": [flat(100)] * 2, "B": [flat(100)] * 2}
    script = {0: [Send("A", "buy", 1, limit=90), Send("B", "buy", 1, limit=90), Oco(0, 1), Cancel(1), Oco(0, 1)]}
    assert [each.reason for each in play(bars, script).refused_changes] == ["bad_combination"] * 2
