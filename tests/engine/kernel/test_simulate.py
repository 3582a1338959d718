"""The rules of docs/execution-model.md on bars small enough to follow with a pencil."""

import numpy as np
import pytest
from tests.engine.kernel.scenario import Candle, fills, refusals, run

pytestmark = pytest.mark.kernel


def test_an_order_made_at_a_close_fills_at_the_next_open() -> None:
    result = run([Candle(100, target=1), Candle(101, close=103), Candle(104, target=0), Candle(106, close=90)])
    assert fills(result) == [(1, 10, 101.0, "entry"), (3, -10, 106.0, "signal")]
    # 10 units from 101 to 106 earn 50; marks: 10 x (103 - 101) = 20, 10 x (104 - 101) = 30
    assert result.equity.tolist() == [100_000.0, 100_020.0, 100_030.0, 100_050.0]


def test_no_opinion_holds_and_the_end_of_data_closes() -> None:
    result = run([Candle(100, target=1), Candle(100), Candle(100), Candle(100, close=95)])
    assert fills(result) == [(1, 10, 100.0, "entry"), (3, -10, 95.0, "end_of_data")]
    assert result.equity[-1] == 99_950.0


def test_slippage_is_against_the_trader_and_so_is_the_tick() -> None:
    result = run([Candle(100, target=1), Candle(100.05, target=0), Candle(100.05)], slippage=0.001)
    # 100.05 x 1.001 = 100.15005, up to 100.20; 100.05 x 0.999 = 99.94995, down to 99.90
    assert [price for _, _, price, _ in fills(result)] == [100.2, 99.9]


def test_a_gap_through_the_stop_fills_at_the_open_not_at_the_level() -> None:
    result = run(
        [Candle(100, target=1), Candle(100, low=99), Candle(94, high=96, low=93, close=95), Candle(95)], stop_loss=0.02
    )
    assert fills(result) == [(1, 10, 100.0, "entry"), (2, -10, 94.0, "stop")]


def test_a_stop_reads_the_low_even_when_the_close_is_above_it() -> None:
    result = run([Candle(100, target=1), Candle(100, low=97.5, close=101), Candle(101)], stop_loss=0.02)
    assert fills(result) == [(1, 10, 100.0, "entry"), (1, -10, 98.0, "stop")]


def test_after_a_stop_an_unchanged_target_does_not_buy_again_but_a_new_one_does() -> None:
    candles = [Candle(100, target=1), Candle(100, low=97), *[Candle(100, target=1)] * 3]
    assert len(fills(run(candles, stop_loss=0.02))) == 2
    again = [*candles, Candle(100, target=0), Candle(100, target=1), Candle(102), Candle(102)]
    assert fills(run(again, stop_loss=0.02))[2] == (7, 10, 102.0, "entry")


@pytest.mark.parametrize(("optimistic", "expected"), [(0, (1, -10, 98.0, "stop")), (1, (1, -10, 103.0, "target"))])
def test_both_exits_in_one_bar(optimistic: int, expected: tuple[int, int, float, str]) -> None:
    candles = [Candle(100, target=1), Candle(100, high=104, low=97), Candle(100)]
    result = run(candles, stop_loss=0.02, take_profit=0.03, optimistic=optimistic)
    assert fills(result)[1] == expected


def test_a_limit_must_be_traded_through_not_touched() -> None:
    touched = run([Candle(100, target=1), Candle(100, high=103), Candle(100)], take_profit=0.03)
    assert fills(touched)[1] == (2, -10, 100.0, "end_of_data")
    through = run([Candle(100, target=1), Candle(100, high=103.05), Candle(100)], take_profit=0.03)
    assert fills(through)[1] == (1, -10, 103.0, "target")


def test_the_trailing_stop_follows_closes_not_highs() -> None:
    candles = [
        Candle(100, target=1),
        Candle(100, high=120, close=110),
        Candle(110, low=105, close=108),  # 10 % under the best close of 110 is 99, under the high it would be 108
        Candle(108, low=98, close=100),
        Candle(100),
    ]
    assert fills(run(candles, trailing_stop=0.10))[1] == (3, -10, 99.0, "trailing")


def test_a_reversal_sells_the_long_before_it_opens_the_short() -> None:
    candles = [Candle(100, target=1), Candle(100, target=-1), Candle(102), Candle(101)]
    result = run(candles, intraday_product=1)
    assert fills(result)[1:3] == [(2, -10, 102.0, "signal"), (2, -10, 102.0, "entry")]
    assert result.equity[-1] == 100_000 + 10 * 2 + 10 * 1


def test_volume_share_spreads_an_entry_over_bars() -> None:
    candles = [Candle(100, target=1), Candle(100, volume=60), Candle(101, volume=35), Candle(102, volume=500)]
    result = run([*candles, Candle(102)], volume_share=0.1)
    assert fills(result)[:3] == [(1, 6, 100.0, "entry"), (2, 3, 101.0, "entry"), (3, 1, 102.0, "entry")]


def test_a_stop_cancels_what_is_left_of_the_entry_it_closes() -> None:
    candles = [Candle(100, target=1), Candle(100, low=94, close=96, volume=50), Candle(96), Candle(96), Candle(96)]
    result = run(candles, volume_share=0.1, stop_loss=0.05)
    # 5 of 10 filled, no volume left for the stop at 95; it goes at the next open, and nothing is bought again
    assert fills(result) == [(1, 5, 100.0, "entry"), (2, -5, 96.0, "stop")]


def test_a_bar_without_volume_fills_nothing_and_triggers_nothing() -> None:
    candles = [Candle(100, target=1), Candle(101, volume=0), Candle(102), Candle(90, volume=0), Candle(101)]
    result = run(candles, stop_loss=0.05)
    assert fills(result) == [(2, 10, 102.0, "entry"), (4, -10, 101.0, "end_of_data")]


def test_a_bar_locked_at_its_band_fills_nothing_on_the_locked_side() -> None:
    up = run([Candle(100, target=1), Candle(110, locked="up"), Candle(108), Candle(108)])
    assert fills(up)[0] == (2, 10, 108.0, "entry")
    down = run([Candle(100, target=1), Candle(100), Candle(90, locked="down"), Candle(95), Candle(96)], stop_loss=0.05)
    # reached in the locked bar, nobody buys; sold at the next open, though that is back at the level
    assert fills(down)[1] == (3, -10, 95.0, "stop")


def test_square_off_sells_at_its_bar_and_a_stop_in_that_bar_does_not_sell_twice() -> None:
    candles = [
        Candle(100, target=1),
        Candle(100, close=101),
        Candle(101, low=90, square_off=True),
        Candle(101, target=0, close_out=True),
        Candle(101, target=1, first=True),
        Candle(99),
    ]
    result = run(candles, stop_loss=0.05, intraday_product=1)
    assert fills(result)[:2] == [(1, 10, 100.0, "entry"), (2, -10, 101.0, "square_off")]
    assert fills(result)[2] == (5, 10, 99.0, "entry")
    assert len(fills(result)) == 4


def test_the_next_session_starts_from_the_target_anew() -> None:
    candles = [
        Candle(100, target=1),
        Candle(100, square_off=True),
        Candle(100, close_out=True),
        Candle(103, first=True, close=104),
        Candle(105),
    ]
    result = run(candles, intraday_product=1)
    # the order of bar 0 is cancelled by the square-off; the standing target buys at the next session's first open
    assert fills(result) == [(3, 10, 103.0, "entry"), (4, -10, 105.0, "end_of_data")]


def test_without_a_bar_after_the_square_off_time_the_last_close_squares_off() -> None:
    candles = [Candle(100, target=1), Candle(100, close=97, close_out=True), Candle(100, target=0, first=True)]
    assert fills(run(candles, intraday_product=1))[1] == (1, -10, 97.0, "square_off")


def test_daily_loss_sends_the_position_out_at_the_next_open_and_blocks_the_session() -> None:
    candles = [
        Candle(100, target=1),
        Candle(100, close=90),  # 1,000 units lose 10,000 of 100,000: exactly 10 %
        Candle(91, target=0),
        Candle(91, target=1),
        Candle(91),
        Candle(95, first=True),
        Candle(96),
    ]
    result = run(candles, sizing_value=1_000.0, max_daily_loss=0.10)
    assert fills(result)[1] == (2, -1_000, 91.0, "daily_loss")
    # the target that was new during the block is taken at the next session's first open; 91,000 pays 957 at 95
    assert fills(result)[2] == (5, 957, 95.0, "entry")


def test_cooldown_refuses_entries_and_says_so() -> None:
    candles = [Candle(100, target=1), Candle(100, low=97), Candle(100, target=0), Candle(100, target=1), Candle(100)]
    result = run(candles, stop_loss=0.02, cooldown=3)
    assert refusals(result) == [(3, "cooldown")]
    assert len(fills(result)) == 2


def test_an_order_beyond_the_money_is_cut_and_one_that_pays_nothing_is_refused() -> None:
    cut = run([Candle(100, target=1), Candle(101), Candle(101)], sizing_value=5_000.0)
    assert fills(cut)[0] == (1, 990, 101.0, "entry")  # 990 x 101 = 99,990
    poor = run([Candle(100, target=1), Candle(101), Candle(101)], initial_cash=100.0)
    assert fills(poor) == []
    assert refusals(poor) == [(1, "insufficient_funds")]


def test_shorting_never_creates_buying_power() -> None:
    candles = [Candle(100, target=-1), Candle(100), Candle(100)]
    result = run(candles, sizing="all_in", intraday_product=1)
    assert fills(result)[0] == (1, -1_000, 100.0, "entry")  # not more than the cash, whatever the sale brings in


def test_an_entry_that_never_fills_in_its_session_lapses_and_is_due_again_at_the_next_close() -> None:
    candles = [
        Candle(100, target=1),
        Candle(100, volume=0),
        Candle(101, first=True, volume=0),
        Candle(102),
        Candle(103),
    ]
    result = run(candles)
    assert refusals(result) == [(2, "lapsed")]
    assert fills(result)[0] == (3, 10, 102.0, "entry")


def test_fill_at_close_is_the_textbook_product_of_returns() -> None:
    rng = np.random.default_rng(7)
    prices = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 200)))
    targets = rng.integers(0, 2, 200)
    candles = [Candle(float(p), target=int(t)) for p, t in zip(prices, targets, strict=True)]
    result = run(candles, tick=0.0, lot=0.0, sizing="all_in", fill_at_close=1)
    held = np.concatenate(([0], targets[:-1]))
    growth = np.cumprod(1 + held * np.concatenate(([0.0], np.diff(prices) / prices[:-1])))
    np.testing.assert_allclose(result.equity, 100_000 * growth, rtol=1e-9)


def test_more_fills_than_room_are_all_kept() -> None:
    candles = [Candle(100, target=k % 2) for k in range(3_000)]
    assert len(run(candles).fills) == 2_998  # bars 2 to 2,999


def test_nothing_is_sold_for_nothing() -> None:
    result = run([Candle(0.05, target=1), Candle(0.05, target=0), Candle(0.05)], slippage=0.001)
    assert [price for _, _, price, _ in fills(result)] == [0.1, 0.05]


def test_an_order_beyond_all_money_is_cut_whatever_its_size() -> None:
    result = run([Candle(100, target=1), Candle(100), Candle(100)], sizing_value=1e15)
    assert fills(result)[0] == (1, 1_000, 100.0, "entry")
