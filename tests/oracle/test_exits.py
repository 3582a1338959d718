import pytest
from tests.oracle.scenario import alike, bar, flat, refused, run, told

IN = [flat(100), flat(100)]


def left(*bars: object, **settings: object) -> tuple[int, str, float, float, str]:
    """The first exit of 100 units bought at 100 in bar 1."""
    return told(run([*IN, *bars], [1], **settings))[1]  # type: ignore[list-item]


def test_a_stop_fills_at_its_level_inside_the_bar() -> None:
    assert left(bar(99, 101, 94, 98), stop_loss_pct=0.05) == (2, "sell", 100, 95, "stop")


def test_a_stop_is_reached_by_touching_but_a_target_must_be_traded_through() -> None:
    assert left(bar(99, 101, 95, 98), stop_loss_pct=0.05)[3:] == (95, "stop")
    assert left(bar(99, 105, 98, 98), take_profit_pct=0.05)[3:] == (98, "end_of_data")
    assert left(bar(99, 105.05, 98, 98), take_profit_pct=0.05)[3:] == (105, "target")


def test_an_open_beyond_the_stop_fills_at_the_open() -> None:
    assert left(bar(90, 96, 89, 95), stop_loss_pct=0.05) == (2, "sell", 100, 90, "stop")


def test_an_open_beyond_the_target_fills_at_the_open_without_slippage() -> None:
    bars = [flat(100), flat(100), bar(110, 111, 90, 95)]
    result = told(run(bars, [1], take_profit_pct=0.05, stop_loss_pct=0.05, slippage=0.001))
    assert result[1][3:] == (110, "target")


def test_slippage_worsens_a_stop() -> None:
    bars = [flat(100), flat(100), bar(100, 100, 90, 95)]
    result = told(run(bars, [1], stop_loss_pct=0.05, slippage=0.01))
    # Bought at 101, so the stop is 95.95, less 1 %: 94.9905.
    assert result[1][3] == pytest.approx(94.9905)


def test_a_target_rests_on_the_tick_above() -> None:
    bars = alike([flat(100), flat(100.1), bar(100, 103.2, 100, 103)], tick=0.05)
    # 100.1 x 1.03 = 103.103, so 103.15.
    assert told(run(bars, [1], take_profit_pct=0.03))[1][3] == 103.15


def test_stop_and_target_in_one_bar_take_the_stop_unless_optimistic() -> None:
    both = bar(100, 120, 80, 100)
    assert left(both, stop_loss_pct=0.05, take_profit_pct=0.05)[3:] == (95, "stop")
    assert left(both, stop_loss_pct=0.05, take_profit_pct=0.05, intrabar="optimistic")[3:] == (105, "target")


def test_exits_are_active_in_the_entry_bar_except_when_it_was_entered_at_its_close() -> None:
    bars = [flat(100), bar(100, 101, 90, 99), bar(99, 99, 94, 99)]
    assert told(run(bars, [1], stop_loss_pct=0.05))[1] == (1, "sell", 100, 95, "stop")
    late = told(run(bars, [None, 1], stop_loss_pct=0.05, fill_at="close"))
    # Bought at 99 in bar 1, whose low was 90: the stop of 94.05 is first looked at in bar 2.
    assert late[1][:1] + late[1][3:] == (2, 94.05, "stop")


def test_a_trailing_stop_follows_the_best_close_not_the_high() -> None:
    bars = [bar(100, 150, 100, 120), bar(120, 121, 107, 110)]
    assert left(*bars, trailing_stop_pct=0.10) == (3, "sell", 100, 108, "trailing")


def test_the_nearer_of_stop_and_trailing_counts_and_a_tie_is_the_stops() -> None:
    assert left(bar(100, 100, 80, 90), stop_loss_pct=0.05, trailing_stop_pct=0.10)[3:] == (95, "stop")
    assert left(bar(100, 100, 80, 90), stop_loss_pct=0.10, trailing_stop_pct=0.05)[3:] == (95, "trailing")
    assert left(bar(100, 100, 80, 90), stop_loss_pct=0.05, trailing_stop_pct=0.05)[3:] == (95, "stop")


def test_shorts_mirror_it_all() -> None:
    def bought(*bars: object, **settings: object) -> tuple[int, str, float, float, str]:
        return told(run([*IN, *bars], [-1], product="MIS", **settings))[1]  # type: ignore[list-item]

    assert bought(bar(100, 106, 99, 100), stop_loss_pct=0.05) == (2, "buy", 100, 105, "stop")
    assert bought(bar(107, 107, 99, 100), stop_loss_pct=0.05)[3] == 107
    assert bought(bar(100, 100, 94, 100), take_profit_pct=0.05)[3:] == (95, "target")
    assert bought(bar(94, 100, 94, 100), take_profit_pct=0.05)[3:] == (94, "target")
    assert bought(flat(80), bar(80, 89, 80, 80), trailing_stop_pct=0.10)[3:] == (88, "trailing")


def test_nothing_reenters_after_a_stop_until_the_target_changes() -> None:
    bars = [*IN, bar(99, 101, 94, 98), *[flat(100)] * 5]
    result = told(run(bars, [1, 1, 1, 1, 0, 1], stop_loss_pct=0.05))
    assert [each[0] for each in result] == [1, 2, 6, 7]


def test_a_stop_that_lacks_volume_works_on_and_fills_at_the_next_open() -> None:
    bars = [*IN, bar(99, 101, 94, 98, 400), bar(97, 99, 97, 98)]
    assert told(run(bars, [1], stop_loss_pct=0.05))[1:] == [
        (2, "sell", 40, 95, "stop"),
        (3, "sell", 60, 97, "stop"),
    ]


def test_a_stop_reached_in_a_locked_bar_works_on() -> None:
    bars = [*IN, flat(90, band_lower=90), bar(92, 99, 92, 98)]
    assert told(run(bars, [1], stop_loss_pct=0.05))[1:] == [(3, "sell", 100, 92, "stop")]


def test_a_bar_without_volume_triggers_nothing() -> None:
    assert left(flat(80, 0), flat(99), stop_loss_pct=0.05) == (3, "sell", 100, 99, "end_of_data")


def test_a_target_that_lacks_volume_rests_at_its_level() -> None:
    bars = [*IN, bar(100, 106, 100, 100, 400), bar(100, 104, 100, 104), bar(104, 106, 104, 104)]
    assert told(run(bars, [1], take_profit_pct=0.05))[1:] == [
        (2, "sell", 40, 105, "target"),
        (4, "sell", 60, 105, "target"),
    ]


def test_a_working_exit_goes_before_the_stop_and_leaves_it_nothing() -> None:
    bars = [*IN, bar(90, 99, 90, 95), flat(95)]
    assert told(run(bars, [1, 0], stop_loss_pct=0.05)) == [
        (1, "buy", 100, 100, "entry"),
        (2, "sell", 100, 90, "signal"),
    ]


def test_a_working_exit_cancels_stop_and_target_even_while_it_lacks_volume() -> None:
    bars = [*IN, bar(99, 110, 90, 98, 400), bar(94, 96, 94, 95), flat(95)]
    settings = {"stop_loss_pct": 0.05, "take_profit_pct": 0.05}
    assert told(run(bars, [1, 0], **settings))[1:] == [
        (2, "sell", 40, 99, "signal"),
        (3, "sell", 60, 94, "signal"),
    ]


def test_a_new_target_enters_only_after_the_stops_exit_is_through() -> None:
    # Half of the stop's exit fills in bar 2, the rest at the open of bar 4; the short waits for it.
    bars = [*IN, bar(99, 99, 94, 95, 500), flat(95, 0), flat(94), flat(94)]
    result = told(run(bars, [1, None, -1], product="MIS", stop_loss_pct=0.05))
    assert [(each[0], each[1], each[4]) for each in result[1:]] == [
        (2, "sell", "stop"),
        (4, "sell", "stop"),
        (4, "sell", "entry"),
        (5, "buy", "end_of_data"),
    ]


def test_a_stops_exit_outlives_its_session() -> None:
    bars = [*IN, flat(90, 0), bar(99, 99, 94, 95, 500), flat(94, session=1), flat(93, session=1)]
    assert told(run(bars, [1], stop_loss_pct=0.05))[1:] == [
        (3, "sell", 50, 95, "stop"),
        (4, "sell", 50, 94, "stop"),
    ]


def test_cooldown_refuses_orders_made_and_orders_that_would_fill() -> None:
    bars = [*IN, bar(99, 101, 94, 98), *[flat(100)] * 6]
    targets = [1, None, 0, 1, 0, 1]
    # Stopped in bar 2: with n = 2 orders made at the closes 2 and 3 are refused, and fills in 3 and 4.
    result = run(bars, targets, stop_loss_pct=0.05, cooldown_bars=2)
    assert refused(result) == [(3, "cooldown")]
    assert [each[0] for each in told(result)] == [1, 2, 6, 8]


def test_cooldown_refuses_an_entry_that_would_fill_too_soon() -> None:
    # Stopped in bar 2, n = 1: an order may be made at the close of bar 3, but not fill at that very close.
    bars = [flat(100), flat(100), bar(100, 100, 90, 95), flat(95), flat(95)]
    settings = {"fill_at": "close", "stop_loss_pct": 0.05, "cooldown_bars": 1}
    result = run(bars, [None, 1, 0, 1], **settings)
    assert refused(result) == [(3, "cooldown")]
    assert len(result.fills) == 2


def test_the_rest_of_an_entry_does_not_reopen_what_a_stop_closed() -> None:
    bars = [flat(100), bar(100, 100, 94, 96, 500), flat(96), flat(96)]
    result = told(run(bars, [1], stop_loss_pct=0.05))
    assert result == [(1, "buy", 50, 100, "entry"), (2, "sell", 50, 96, "stop")]


def test_an_entry_of_a_new_target_waits_for_the_stops_exit_and_then_fills() -> None:
    # The stop is reached in bar 1, after half of the volume; the targets 0 and 1 come while its exit works.
    bars = [flat(100), bar(100, 100, 90, 95, 500), flat(95, 0), flat(96), flat(97), flat(97)]
    assert told(run(bars, [1, 0, 1], stop_loss_pct=0.05)) == [
        (1, "buy", 50, 100, "entry"),
        (3, "sell", 50, 96, "stop"),
        # Sized at the close of bar 2: (5,000 + 50 x 95) / 95 = 102.6.
        (3, "buy", 102, 96, "entry"),
        (5, "sell", 102, 97, "end_of_data"),
    ]
