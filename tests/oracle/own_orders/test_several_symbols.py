from tests.oracle.own_orders.model import Bracket, Send, Target
from tests.oracle.own_orders.scenario import ends, play, targets, told_by_symbol
from tests.oracle.scenario import bar, flat


def test_money_freed_at_an_open_buys_another_symbol_at_the_same_open_whatever_the_names() -> None:
    for sold, wanted in (("A", "B"), ("B", "A")):
        bars = {sold: [flat(100)] * 4, wanted: [flat(50)] * 4}
        script = {0: [Send(sold, "buy", 100)], 1: [Send(wanted, "buy", 200), Send(sold, "sell", 100)]}
        assert told_by_symbol(play(bars, script))[1:3] == [
            (2, sold, "sell", 100, 100, "order"),
            (2, wanted, "buy", 200, 50, "entry"),
        ]


def test_so_it_is_with_targets() -> None:
    bars = {"A": [flat(100)] * 4, "B": [flat(50)] * 4}
    script = {0: [Target("B", 1)], 1: [Target("A", 1), Target("B", 0)]}
    assert told_by_symbol(play(bars, script))[1:3] == [
        (2, "B", "sell", 200, 50, "signal"),
        (2, "A", "buy", 100, 100, "entry"),
    ]


def test_the_same_money_is_not_spent_twice() -> None:
    bars = {"A": [flat(100)] * 3, "B": [flat(50)] * 3}
    result = play(bars, {0: [Send("B", "buy", 120), Send("A", "buy", 70)]})
    # A comes first by its name: 7,000; the 3,000 left buy 60 of B.
    assert told_by_symbol(result)[:2] == [(1, "A", "buy", 70, 100, "entry"), (1, "B", "buy", 60, 50, "entry")]


def test_the_margin_of_a_short_elsewhere_is_not_free() -> None:
    bars = {"A": [flat(100)] * 4, "B": [flat(50), flat(50), flat(60), flat(60)]}
    script = {0: [Send("B", "sell", 100)], 1: [Send("A", "buy", 100)]}
    result = play(bars, script, product="MIS")
    # The last close of B known at the open of moment 2 is 50: 15,000 - 5,000 - 5,000.
    assert told_by_symbol(result)[1] == (2, "A", "buy", 50, 100, "entry")


def test_equity_takes_the_last_close_of_a_symbol_without_a_bar() -> None:
    bars = {"A": [flat(100), flat(100), flat(110), None, flat(110)], "B": [flat(50)] * 5}
    result = play(bars, {0: [Send("A", "buy", 10)]})
    assert result.equity == [10_000, 10_000, 10_100, 10_100, 10_100]


def test_an_order_waits_for_the_next_bar_of_its_symbol() -> None:
    bars = {"A": [flat(100), None, flat(103), flat(103)], "B": [flat(50)] * 4}
    result = play(bars, {0: [Send("A", "buy", 10, validity="ioc")], 1: [Send("A", "buy", 5)]})
    assert [each[:4] for each in told_by_symbol(result)[:2]] == [(2, "A", "buy", 10), (2, "A", "buy", 5)]


def test_max_open_positions_counts_positions_and_working_entries_of_other_symbols() -> None:
    bars = {"A": [flat(100)] * 5, "B": [flat(50)] * 5, "C": [flat(20)] * 5}
    script = {
        0: [Send("A", "buy", 10), Send("B", "buy", 10, limit=40), Send("C", "buy", 10), Send("A", "buy", 1)],
        1: [Send("B", "buy", 1), Target("C", 1)],
    }
    result = play(bars, script, max_open_positions=2)
    assert ends(result) == [
        ("filled", ""),
        ("cancelled", "end_of_data"),
        ("rejected", "max_open_positions"),
        ("filled", ""),
        ("filled", ""),
    ]
    assert [(each.moment, each.symbol, each.reason) for each in result.target_refusals] == [
        (1, "C", "max_open_positions")
    ]


def test_the_daily_loss_is_the_accounts_and_stops_every_symbol_until_the_next_day() -> None:
    bars = {
        "A": [flat(100), flat(100), flat(80), flat(79), flat(79, session=1), flat(79, session=1)],
        "B": [flat(50), flat(50), flat(50), flat(49), flat(48, session=1), flat(48, session=1)],
    }
    script = {
        0: [Bracket("A", "buy", 60, stop=70, target=130), Send("B", "buy", 20), Send("B", "buy", 10, limit=45)],
        3: [Send("B", "buy", 1)],
        4: [Send("B", "buy", 1)],
    }
    result = play(bars, script, max_daily_loss=0.10)
    # 60 x 20 lost of 10,000 at the close of moment 2.
    assert told_by_symbol(result) == [
        (1, "A", "buy", 60, 100, "entry"),
        (1, "B", "buy", 20, 50, "entry"),
        (3, "A", "sell", 60, 79, "daily_loss"),
        (3, "B", "sell", 20, 49, "daily_loss"),
        (5, "B", "buy", 1, 48, "entry"),
        (5, "B", "sell", 1, 48, "end_of_data"),
    ]
    assert ends(result)[1:3] == [("cancelled", "daily_loss")] * 2
    assert ends(result)[4:] == [("cancelled", "daily_loss"), ("rejected", "blocked"), ("filled", "")]


def test_square_off_and_cooldown_are_each_symbols_own() -> None:
    bars = {
        "A": [flat(100), flat(100), flat(100, square_off_open=True), flat(100)],
        "B": [flat(50), flat(50), flat(50), flat(50)],
    }
    script = {1: [Send("A", "buy", 1), Send("B", "buy", 1)], 2: [Send("A", "buy", 1), Send("B", "buy", 1)]}
    result = play(bars, script, product="MIS")
    assert ends(result) == [
        ("cancelled", "square_off"),
        ("filled", ""),
        ("rejected", "blocked"),
        ("filled", ""),
    ]


def test_a_stop_elsewhere_does_not_cool_this_symbol_down() -> None:
    bars = {"A": [flat(100), flat(100), bar(100, 100, 90, 95), flat(95)], "B": [flat(50)] * 4}
    script = {0: [Target("A", 1)], 2: [Target("A", 0), Send("B", "buy", 1), Send("A", "buy", 1)]}
    result = play(bars, script, stop_loss_pct=0.05, cooldown_bars=5)
    assert ends(result) == [("filled", ""), ("rejected", "cooldown")]


def test_the_size_of_a_target_takes_the_equity_of_the_account() -> None:
    bars = {"A": [flat(100), flat(100), flat(120), flat(120), flat(120)], "B": [flat(50)] * 5}
    script = {0: [Send("A", "buy", 50)], 2: [Target("B", 1)]}
    # 11,000 / 50 = 220 wanted; 5,000 of cash buy 100.
    result = play(bars, script)
    assert told_by_symbol(result)[1] == (3, "B", "buy", 100, 50, "entry")
    half = play(bars, script, max_position_pct=0.5)
    # 0.5 x 11,000 / 50 = 110, cut to 100 by money: the account has no more than 5,000.
    assert told_by_symbol(half)[1][3] == 100


def test_a_symbol_that_opens_late_keeps_its_order_of_the_day_before() -> None:
    bars = {
        "A": [flat(100), None, flat(90, session=1), flat(90, session=1)],
        "B": [flat(50), *[flat(50, session=1)] * 3],
    }
    result = play(bars, {0: [Send("A", "buy", 10, limit=95)]})
    assert told_by_symbol(result)[0] == (2, "A", "buy", 10, 90, "entry")


def test_one_symbols_targets_are_not_seen_by_another() -> None:
    bars = {"A": [flat(100)] * 4, "B": [flat(50)] * 4}
    result = play(bars, targets(1, None, 0, symbol="B"))
    assert [each[1] for each in told_by_symbol(result)] == ["B", "B"]
