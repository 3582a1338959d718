from tests.oracle.model import Sizing
from tests.oracle.scenario import alike, bar, flat, run, told

TEN = Sizing("fixed_quantity", quantity=10)


def test_square_off_at_the_open_of_its_bar_blocks_the_session_and_the_next_starts_from_the_target() -> None:
    bars = [
        flat(100),
        flat(100),
        flat(105, square_off_open=True),
        flat(106, last_of_session=True),
        flat(100, session=1),
        flat(102, session=1, last_of_session=True),
    ]
    assert told(run(bars, [1], product="MIS")) == [
        (1, "buy", 100, 100, "entry"),
        (2, "sell", 100, 105, "square_off"),
        # Sized with the close of 106 and the equity of 10,500: 99.05; it fills at this very open.
        (4, "buy", 99, 100, "entry"),
        (5, "sell", 99, 102, "square_off"),
    ]


def test_square_off_at_the_close_ignores_volume_and_lock_and_goes_before_the_target() -> None:
    bars = [flat(100), flat(100), flat(90, 0, band_lower=90, last_of_session=True), flat(90, session=1)]
    assert told(run(bars, [1, None, 0], product="MIS")) == [
        (1, "buy", 100, 100, "entry"),
        (2, "sell", 100, 90, "square_off"),
    ]


def test_a_square_off_without_volume_is_finished_at_the_close() -> None:
    bars = [flat(100), flat(100), flat(99, 300, square_off_open=True), flat(98, 0, last_of_session=True)]
    assert told(run(bars, [1], product="MIS"))[1:] == [
        (2, "sell", 30, 99, "square_off"),
        (3, "sell", 70, 98, "square_off"),
    ]


def test_square_off_cancels_the_stop() -> None:
    bars = [
        flat(100),
        flat(100),
        bar(99, 99, 90, 92, 0, square_off_open=True),
        bar(91, 91, 90, 91),
        flat(92, last_of_session=True),
    ]
    assert told(run(bars, [1], product="MIS", stop_loss_pct=0.05))[1] == (3, "sell", 100, 91, "square_off")


def test_cnc_is_not_squared_off() -> None:
    bars = [flat(100), flat(100, square_off_open=True, last_of_session=True), flat(110, session=1)]
    assert told(run(bars, [1]))[1] == (2, "sell", 100, 110, "end_of_data")


def test_mis_forgets_a_stop_out_over_night_and_cnc_does_not() -> None:
    bars = [
        flat(100),
        flat(100),
        bar(100, 100, 90, 95, last_of_session=True),
        flat(96, session=1),
        flat(96, session=1, last_of_session=True),
    ]
    assert [each[0] for each in told(run(bars, [1], product="MIS", stop_loss_pct=0.05))] == [1, 2, 3, 4]
    assert [each[0] for each in told(run(bars, [1], stop_loss_pct=0.05))] == [1, 2]


def test_the_daily_loss_limit_closes_at_the_next_open_and_blocks_until_the_next_session() -> None:
    bars = [
        flat(100),
        flat(100),
        flat(94),
        flat(93),
        flat(93),
        flat(90, session=1),
        flat(90, session=1),
    ]
    result = told(run(bars, [1, None, None, 0, 1], max_daily_loss=0.05))
    assert result[:3] == [
        (1, "buy", 100, 100, "entry"),
        (3, "sell", 100, 93, "daily_loss"),
        # 9,300 / 93 = 100 wanted at the last close, at the open of 90 they can be paid.
        (5, "buy", 100, 90, "entry"),
    ]


def test_the_daily_loss_is_measured_from_the_previous_close() -> None:
    bars = [flat(100), flat(100), flat(96), flat(92, session=1), flat(92, session=1)]
    # The first day loses 4 %, the second 400 of 9,600 = 4.17 %.
    assert told(run(bars, [1], max_daily_loss=0.05))[1][4] == "end_of_data"
    assert told(run(bars, [1], max_daily_loss=0.041))[1] == (4, "sell", 100, 92, "daily_loss")


def test_a_daily_loss_exit_made_at_the_last_close_fills_in_the_next_session() -> None:
    bars = [flat(100), flat(100), flat(90), flat(91, session=1), flat(95, session=1)]
    result = told(run(bars, [1], max_daily_loss=0.05))
    assert result == [(1, "buy", 100, 100, "entry"), (3, "sell", 100, 91, "daily_loss")]


def test_the_daily_loss_limit_cancels_what_is_left_of_an_entry() -> None:
    bars = [flat(100), flat(100, 500), bar(85, 85, 70, 70, 10), flat(75), flat(75)]
    # 50 bought; one more at 85; 4,915 + 51 x 70 = 8,485 is a loss of 15 %.
    result = told(run(bars, [1], max_daily_loss=0.10))
    assert result[1:] == [(2, "buy", 1, 85, "entry"), (3, "sell", 51, 75, "daily_loss")]


def test_end_of_data_closes_at_the_last_close_whatever_the_volume_with_slippage() -> None:
    bars = alike([flat(100), flat(100), flat(200, 0)], tick=0.05)
    result = run(bars, [1], sizing=TEN)
    assert told(result)[1] == (2, "sell", 10, 200, "end_of_data")
    slipped = run(bars, [1], sizing=TEN, slippage=0.0001)
    # 200 x 0.9999 = 199.98, down to 199.95.
    assert told(slipped)[1][3] == 199.95
    assert slipped.equity[-1] == slipped.cash[-1]
