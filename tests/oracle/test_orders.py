from itertools import pairwise

import numpy as np
import pytest
from tests.oracle.scenario import alike, bar, flat, refused, run, told


def test_a_target_fills_at_the_next_open_and_the_rest_is_closed_at_the_end_of_data() -> None:
    result = run([flat(100), bar(101, 105, 99, 104), flat(110)], [1])
    # 10,000 / 100 = 100 wanted, 10,000 / 101 = 99.0.. can be paid.
    assert told(result) == [(1, "buy", 99, 101, "entry"), (2, "sell", 99, 110, "end_of_data")]
    assert result.equity == [10_000, 10_000 + 99 * 3, 10_000 + 99 * 9]
    assert result.cash == [10_000, 1, 10_000 + 99 * 9]
    assert result.position == [0, 99, 0]


def test_no_opinion_holds_and_flat_sells() -> None:
    result = run([flat(100)] * 5, [1, None, 0])
    assert told(result) == [(1, "buy", 100, 100, "entry"), (3, "sell", 100, 100, "signal")]


def test_a_repeated_target_is_no_new_order() -> None:
    assert len(run([flat(100), flat(90), flat(80), flat(80)], [1, 1, 1]).fills) == 2


def test_a_short_target_under_cnc_counts_as_flat_and_is_counted() -> None:
    result = run([flat(100)] * 4, [1, -1, -1])
    assert told(result)[1] == (2, "sell", 100, 100, "signal")
    assert result.shorts_ignored == 2


def test_a_reversal_sells_before_it_sells_short_and_is_sized_before_the_exit() -> None:
    bars = [flat(100), flat(100), flat(120), flat(120), flat(90)]
    result = run(bars, [1, None, -1], product="MIS", max_volume_share=None)
    assert told(result) == [
        (1, "buy", 100, 100, "entry"),
        (3, "sell", 100, 120, "signal"),
        # 12,000 of equity at the close of 120.
        (3, "sell", 100, 120, "entry"),
        (4, "buy", 100, 90, "end_of_data"),
    ]
    assert result.equity[-1] == 15_000


def test_volume_share_leaves_the_rest_working() -> None:
    bars = [flat(100), flat(100, 305), flat(100, 0), flat(100, 9), flat(100, 650), flat(100, 999)]
    # A tenth: 30, none, 0, 65, then the last 5.
    assert told(run(bars, [1]))[:3] == [
        (1, "buy", 30, 100, "entry"),
        (4, "buy", 65, 100, "entry"),
        (5, "buy", 5, 100, "entry"),
    ]


def test_volume_is_shared_by_exit_and_entry_of_one_bar() -> None:
    bars = [flat(100), flat(100), flat(100, 1_500), flat(100), flat(100)]
    result = run(bars, [1, -1], product="MIS")
    assert told(result)[1:4] == [
        (2, "sell", 100, 100, "signal"),
        (2, "sell", 50, 100, "entry"),
        (3, "sell", 50, 100, "entry"),
    ]


def test_a_new_target_cancels_the_unfilled_rest() -> None:
    bars = [flat(100), flat(100, 300), flat(100), flat(100)]
    assert told(run(bars, [1, 0])) == [(1, "buy", 30, 100, "entry"), (2, "sell", 30, 100, "signal")]


def test_zero_volume_fills_when_its_blocking_is_off() -> None:
    bars = [flat(100, 0)] * 3
    assert told(run(bars, [1], zero_volume_blocks=False))[0] == (1, "buy", 100, 100, "entry")
    assert run(bars, [1]).fills == []


def test_slippage_and_ticks_go_against_the_trader() -> None:
    bars = alike([flat(100), bar(100.05, 101, 99, 100), flat(100.05), flat(100)], tick=0.05)
    # 100.05 x 1.001 = 100.15005, up to 100.20; 100.05 x 0.999 = 99.94995, down to 99.90.
    result = run(bars, [1, 0], slippage=0.001)
    assert told(result) == [(1, "buy", 99, 100.2, "entry"), (2, "sell", 99, 99.9, "signal")]


def test_a_price_on_the_tick_stays() -> None:
    bars = alike([flat(100), flat(100.15), flat(100)], tick=0.05)
    assert told(run(bars, [1]))[0][3] == 100.15


def test_square_root_impact_uses_the_quantity_left() -> None:
    known = {"day_volatility": 0.02, "average_daily_volume": 10_000.0}
    bars = alike([flat(100), flat(100, 750), flat(100, 1_000), flat(100)], **known)
    result = run(bars, [1], impact="square_root", impact_k=0.5, slippage=0.9)
    # 100 wanted: 0.5 x 0.02 x sqrt(0.01) = 0.001; then 25 left: 0.01 x sqrt(0.0025) = 0.0005, money for 24.
    assert told(result)[0] == (1, "buy", 75, 100.1, "entry")
    assert told(result)[1] == (2, "buy", 24, 100.05, "entry")


def test_impact_without_a_known_volume_is_nothing() -> None:
    assert told(run([flat(100)] * 3, [1], impact="square_root"))[0][3] == 100


def test_locked_up_fills_no_buy_and_locked_down_no_sell() -> None:
    up, down = flat(110, band_upper=110), flat(90, band_lower=90)
    bars = [flat(100), up, flat(100), flat(100), down, flat(95), flat(95)]
    result = run(bars, [1, None, None, 0])
    assert told(result) == [(2, "buy", 100, 100, "entry"), (5, "sell", 100, 95, "signal")]


def test_a_bar_is_locked_within_half_a_tick_of_the_band() -> None:
    bars = alike([flat(100), flat(110), flat(101)], band_upper=110.02, tick=0.05)
    assert told(run(bars, [1]))[0][0] == 2


def test_at_the_band_but_not_locked_fills() -> None:
    bars = [flat(100), bar(110, 110, 109, 110, band_upper=110), flat(100)]
    assert told(run(bars, [1]))[0][0] == 1


def test_an_entry_lapses_after_the_session_of_its_first_bar_and_its_target_is_due_again() -> None:
    bars = [
        flat(100),
        flat(100, session=1, volume=0),
        flat(100, session=1, volume=0),
        flat(80, session=2),
        flat(80, session=2),
        flat(80, session=2),
    ]
    # Lapsed at bar 3, due again at its close, sized there: 10,000 / 80.
    result = run(bars, [1])
    assert refused(result) == [(3, "lapsed")]
    assert told(result)[0] == (4, "buy", 125, 80, "entry")


def test_a_signal_exit_that_lapses_is_due_again() -> None:
    bars = [flat(100), flat(100), flat(90, 0), flat(80, session=1), flat(70, session=1), flat(60, session=1)]
    result = run(bars, [1, 0])
    assert told(result)[1] == (4, "sell", 100, 70, "signal")
    assert result.rejections == []


def test_a_partly_filled_entry_is_not_topped_up_in_the_next_session() -> None:
    bars = [flat(100), flat(100, 300), flat(100, session=1), flat(100, session=1)]
    assert [each[2] for each in told(run(bars, [1]))] == [30, 30]


def test_fill_at_close_fills_at_the_close_of_the_signal() -> None:
    result = run([flat(100), bar(50, 200, 50, 110), flat(120)], [1, 0], fill_at="close")
    assert told(result) == [(0, "buy", 100, 100, "entry"), (1, "sell", 100, 110, "signal")]
    assert result.position == [100, 0, 0]


def test_fill_at_close_works_on_at_later_closes_only() -> None:
    bars = [flat(100, 300), bar(90, 120, 90, 110, 200), flat(110)]
    assert told(run(bars, [1], fill_at="close"))[:2] == [
        (0, "buy", 30, 100, "entry"),
        (1, "buy", 20, 110, "entry"),
    ]


def test_fractional_close_to_close_equals_the_textbook() -> None:
    rng = np.random.default_rng(7)
    close = 100 * np.cumprod(1 + rng.normal(0, 0.02, 60))
    targets = rng.integers(0, 2, 60)
    result = run(
        [flat(float(each)) for each in close],
        [int(each) for each in targets],
        fill_at="close",
        lot=0,
        max_volume_share=None,
    )
    growth = [1.0, *(1 + held * (b / a - 1) for held, (a, b) in zip(targets, pairwise(close), strict=False))]
    assert result.equity == pytest.approx(10_000 * np.cumprod(growth), rel=1e-12)


def test_an_order_is_cut_to_what_can_be_paid_and_rejected_when_that_is_nothing() -> None:
    assert told(run([flat(100), flat(300), flat(300)], [1]))[0][2] == 33
    poor = run([flat(10_000), flat(10_001), flat(10_000)], [1])
    assert poor.fills == []
    assert refused(poor) == [(1, "buying_power")]


def test_a_refused_target_is_final_until_it_changes() -> None:
    bars = [flat(10_000), flat(10_001), flat(100), flat(100), flat(100), flat(100)]
    assert told(run(bars, [1, None, 1]))[:1] == []
    assert told(run(bars, [1, None, 0, 1]))[0] == (4, "buy", 100, 100, "entry")


def test_a_quantity_of_zero_is_refused_at_once() -> None:
    assert refused(run([flat(20_000)] * 3, [1])) == [(0, "zero_quantity")]


def test_lots_are_whole() -> None:
    assert told(run([flat(100)] * 3, [1], lot=30))[0][2] == 90


def test_leverage_buys_more_than_the_cash() -> None:
    result = run([flat(100), flat(100), flat(110)], [1], product="MIS", leverage=5)
    assert told(result)[0][2] == 500
    assert result.cash[1] == 10_000 - 50_000
    assert result.equity[-1] == 15_000
