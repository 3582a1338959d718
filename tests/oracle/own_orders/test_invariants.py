from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from tests.oracle.own_orders import OwnOrderResult, simulate_moments
from tests.property.own_order_scenarios import OwnOrderScenario, own_order_scenarios


def assert_fills_give_cash_positions_and_equity_of_every_moment(
    scenario: OwnOrderScenario, result: OwnOrderResult
) -> None:
    cash = Fraction(str(scenario.settings.initial_cash))
    held: dict[str, Fraction] = defaultdict(Fraction)
    closes: dict[str, float] = {}
    fills = iter([*result.fills, None])
    fill = next(fills)
    for number, moment in enumerate(scenario.moments):
        closes |= {symbol: bar.close for symbol, bar in moment.items()}
        while fill is not None and fill.moment == number:
            side = 1 if fill.side == "buy" else -1
            cash -= side * Fraction(fill.quantity) * Fraction(fill.price) + sum(map(Fraction, fill.charges))
            held[fill.symbol] += side * Fraction(fill.quantity)
            fill = next(fills)
        equity = cash + sum((held[symbol] * Fraction(close) for symbol, close in closes.items()), Fraction(0))
        assert float(cash) == pytest.approx(result.cash[number], rel=1e-9, abs=1e-6)
        assert float(equity) == pytest.approx(result.equity[number], rel=1e-9, abs=1e-6)
        for symbol, positions in result.positions.items():
            assert float(held[symbol]) == pytest.approx(positions[number], abs=1e-6)
    assert fill is None
    assert not any(abs(each) > 1e-9 for each in held.values())


def assert_no_fill_goes_through_zero_and_delivery_is_never_short(
    scenario: OwnOrderScenario, result: OwnOrderResult
) -> None:
    held: dict[str, Fraction] = defaultdict(Fraction)
    for fill in result.fills:
        before = held[fill.symbol]
        after = before + (1 if fill.side == "buy" else -1) * Fraction(fill.quantity)
        # Fractional quantities are rounded when they are told.
        after = after if abs(after) > 1e-9 else Fraction(0)
        held[fill.symbol] = after
        assert before * after >= 0
        if fill.quantity > 1e-6:
            assert (fill.reason == "entry") is (abs(after) > abs(before))
        if scenario.settings.product == "CNC":
            assert after >= 0


def assert_tickets_add_up_to_their_fills_and_every_one_has_ended(
    scenario: OwnOrderScenario, result: OwnOrderResult
) -> None:
    filled: dict[int, float] = defaultdict(float)
    for fill in result.fills:
        if fill.ordinal is not None:
            filled[fill.ordinal] += fill.quantity
            assert result.tickets[fill.ordinal].symbol == fill.symbol
            assert result.tickets[fill.ordinal].side == fill.side
    for ordinal, ticket in enumerate(result.tickets):
        assert ticket.status in ("filled", "cancelled", "rejected", "lapsed", "none")
        assert ticket.filled == pytest.approx(filled[ordinal])
        assert ticket.status not in ("rejected", "none") or not ticket.filled


def assert_all_fills_of_a_bar_stay_within_its_share_of_the_volume(
    scenario: OwnOrderScenario, result: OwnOrderResult
) -> None:
    share = scenario.settings.max_volume_share
    taken: dict[tuple[int, str], float] = defaultdict(float)
    for fill in result.fills:
        if fill.reason not in ("end_of_data", "square_off"):
            taken[fill.moment, fill.symbol] += fill.quantity
    for (number, symbol), quantity in taken.items():
        volume = scenario.moments[number][symbol].volume
        assert volume or not scenario.settings.zero_volume_blocks
        if share is not None and volume:
            assert quantity <= share * volume + 1e-6


def assert_never_more_positions_than_the_limit(scenario: OwnOrderScenario, result: OwnOrderResult) -> None:
    most = scenario.settings.max_open_positions
    if most is not None:
        rows = zip(*result.positions.values(), strict=True)
        assert all(sum(map(bool, row)) <= most for row in rows)


def assert_nothing_is_held_over_night_under_mis(scenario: OwnOrderScenario, result: OwnOrderResult) -> None:
    if scenario.settings.product == "MIS":
        positions = result.positions
        for number, moment in enumerate(scenario.moments):
            for symbol, bar in moment.items():
                assert not (bar.last_of_session and positions[symbol][number])


@given(own_order_scenarios())
def test_what_holds_of_every_run(scenario: OwnOrderScenario) -> None:
    result = simulate_moments(scenario.moments, scenario.script, scenario.settings)
    assert_fills_give_cash_positions_and_equity_of_every_moment(scenario, result)
    assert_no_fill_goes_through_zero_and_delivery_is_never_short(scenario, result)
    assert_tickets_add_up_to_their_fills_and_every_one_has_ended(scenario, result)
    assert_all_fills_of_a_bar_stay_within_its_share_of_the_volume(scenario, result)
    assert_never_more_positions_than_the_limit(scenario, result)
    assert_nothing_is_held_over_night_under_mis(scenario, result)
