import pytest
from tests.oracle.own_orders.model import Action, Close, Send
from tests.oracle.own_orders.scenario import ends, play, told
from tests.oracle.scenario import alike, bar, flat


def bought(order: Action, *bars: object, **settings: object) -> list[tuple[int, str, float, float, str]]:
    """Fills of an order sent at the close of bar 0, at 100."""
    return told(play([flat(100), *bars], {0: [order]}, **settings))  # type: ignore[list-item]


def test_a_market_order_fills_at_the_next_open_with_slippage() -> None:
    assert bought(Send("A", "buy", 10), bar(101, 103, 100, 102), slippage=0.01)[0] == (1, "buy", 10, 102.01, "entry")


def test_a_limit_must_be_traded_through_and_pays_no_slippage() -> None:
    order = Send("A", "buy", 10, limit=95)
    fills = bought(order, bar(99, 99, 95, 96), bar(96, 97, 94.95, 96), flat(96), slippage=0.01)
    assert fills[0] == (2, "buy", 10, 95, "entry")


def test_a_limit_that_the_open_is_beyond_fills_at_the_open() -> None:
    assert bought(Send("A", "buy", 10, limit=95), bar(93, 99, 92, 96), slippage=0.01)[0][3:] == (93, "entry")


def test_a_limit_at_the_very_open_waits_for_the_trade_through_it() -> None:
    assert bought(Send("A", "buy", 10, limit=95), bar(95, 96, 95, 96), bar(95, 95, 94, 95))[0][:1] == (2,)


def test_a_stop_is_reached_by_touching_and_fills_at_the_worse_of_open_and_level() -> None:
    order = Send("A", "buy", 10, trigger=105)
    assert bought(order, bar(101, 105, 100, 102))[0][3:] == (105, "entry")
    assert bought(order, bar(108, 110, 107, 108))[0][3:] == (108, "entry")
    # 105 x 1.01 = 106.05.
    assert bought(order, bar(101, 105, 100, 102), slippage=0.01)[0][3] == pytest.approx(106.05)


def test_a_stop_limit_that_the_open_has_reached_is_a_limit_order_at_once() -> None:
    order = Send("A", "buy", 10, trigger=105, limit=107)
    assert bought(order, bar(106, 108, 105, 106))[0] == (1, "buy", 10, 106, "entry")
    # The open is beyond the limit; the bar trades back through it.
    assert bought(order, bar(109, 110, 106, 107))[0] == (1, "buy", 10, 107, "entry")


def test_a_stop_limit_reached_inside_the_bar_is_a_limit_order_from_the_next_bar_on() -> None:
    order = Send("A", "buy", 10, trigger=105, limit=107)
    assert bought(order, bar(101, 106, 100, 104), bar(103, 104, 102, 104), flat(104))[0][:4] == (2, "buy", 10, 103)


def test_a_trailing_stop_follows_the_best_close_since_it_was_sent() -> None:
    bars = [flat(100), flat(100), bar(100, 130, 100, 120), bar(120, 121, 107, 110), flat(110)]
    result = play(bars, {0: [Send("A", "buy", 10)], 1: [Send("A", "sell", 10, trail=0.1)]})
    # 10 % below the close of 120, not below the high of 130.
    assert told(result)[1] == (3, "sell", 10, 108, "trailing")


def test_a_trailing_buy_follows_the_lowest_close() -> None:
    # Sent at 100; the close of 80 brings the level to 88, the close of 85 leaves it there.
    bars = [flat(100), bar(100, 100, 80, 80), bar(80, 86, 80, 85), bar(86, 89, 85, 88), flat(88)]
    assert told(play(bars, {0: [Send("A", "buy", 10, trail=0.1)]}))[0] == (3, "buy", 10, 88, "entry")


def test_an_ioc_order_lives_for_its_first_bar() -> None:
    result = play([flat(100), flat(100, 40), flat(100)], {0: [Send("A", "buy", 10, validity="ioc")]})
    assert told(result)[0] == (1, "buy", 4, 100, "entry")
    assert ends(result) == [("cancelled", "ioc")]
    missed = play([flat(100), flat(100), bar(90, 91, 90, 90)], {0: [Send("A", "buy", 10, limit=95, validity="ioc")]})
    assert ends(missed) == [("cancelled", "ioc")]
    assert missed.fills == []


def test_a_day_order_lapses_after_the_session_of_its_first_bar() -> None:
    order = Send("A", "buy", 10, limit=95)
    bars = [flat(100), flat(100, session=1), flat(100, session=1), flat(90, session=2)]
    result = play(bars, {0: [order]})
    assert ends(result) == [("lapsed", "lapsed")]
    assert result.tickets[0].ended == 3
    # Sent at the last close of a session, it lives through the next one.
    assert told(play([*bars[:2], flat(90, session=1), flat(90, session=1)], {0: [order]}))[0][0] == 2


def test_what_volume_leaves_works_on_and_a_stop_goes_on_as_a_market_order() -> None:
    bars = [flat(100), bar(100, 106, 100, 104, 60), bar(101, 102, 101, 102), flat(102)]
    assert told(play(bars, {0: [Send("A", "buy", 10, trigger=105)]}))[:2] == [
        (1, "buy", 6, 105, "entry"),
        (2, "buy", 4, 101, "entry"),
    ]


def test_a_stop_reached_in_a_locked_bar_is_a_market_order_from_then_on() -> None:
    bars = [flat(100), flat(110, band_upper=110), bar(104, 104, 103, 104), flat(104)]
    assert told(play(bars, {0: [Send("A", "buy", 10, trigger=105)]}))[0] == (2, "buy", 10, 104, "entry")


def test_a_bar_without_volume_reaches_nothing() -> None:
    bars = [flat(100), flat(110, 0), flat(100), flat(100)]
    assert told(play(bars, {0: [Send("A", "buy", 10, trigger=105)]})) == []


def test_an_entry_is_cut_to_what_can_be_paid_and_the_rest_is_cancelled() -> None:
    result = play([flat(100), flat(101), flat(101)], {0: [Send("A", "buy", 200)]})
    assert told(result)[0] == (1, "buy", 99, 101, "entry")
    assert ends(result) == [("cancelled", "insufficient_funds")]


def test_an_entry_that_cannot_be_paid_at_all_counts_as_rejected() -> None:
    result = play([flat(100), flat(100), flat(100), flat(100)], {0: [Send("A", "buy", 100)], 1: [Send("A", "buy", 1)]})
    assert ends(result) == [("filled", ""), ("rejected", "insufficient_funds")]


def test_max_position_pct_cuts_with_its_own_reason() -> None:
    result = play([flat(100), flat(100), flat(100)], {0: [Send("A", "buy", 80)]}, max_position_pct=0.5)
    assert told(result)[0][2] == 50
    assert ends(result) == [("cancelled", "position_limit")]


def test_close_sells_all_of_it_and_without_a_position_takes_a_number_only() -> None:
    result = play([flat(100)] * 5, {0: [Send("A", "buy", 10), Close("A")], 1: [Close("A")]})
    assert told(result)[1] == (2, "sell", 10, 100, "order")
    assert ends(result) == [("filled", ""), ("none", ""), ("filled", "")]


def test_the_tick_rounds_against_the_trader() -> None:
    bars = alike([flat(100), bar(100.05, 101, 99, 100), flat(100)], tick=0.05)
    # 100.05 x 1.001 = 100.15005.
    assert told(play(bars, {0: [Send("A", "buy", 10)]}, slippage=0.001))[0][3] == 100.2


def test_the_square_root_impact_takes_the_quantity_left() -> None:
    bars = alike([flat(100), flat(100, 750), flat(100), flat(100)], day_volatility=0.02, average_daily_volume=10_000.0)
    result = play(bars, {0: [Send("A", "buy", 100)]}, impact="square_root", impact_k=0.5, initial_cash=20_000.0)
    # 0.01 x sqrt(100 / 10,000) = 0.001, then 0.01 x sqrt(25 / 10,000) = 0.0005.
    assert [each[2:4] for each in told(result)[:2]] == [(75, 100.1), (25, 100.05)]


def test_own_orders_never_fill_at_the_close_of_their_sending() -> None:
    assert bought(Send("A", "buy", 10), flat(103), fill_at="close")[0] == (1, "buy", 10, 103, "entry")
