from dataclasses import astuple

from hypothesis import given
from tests.oracle import simulate
from tests.oracle.own_orders import OwnOrderSettings, Target, simulate_moments
from tests.property.scenarios import Scenario, kelly_scenarios, scenarios


def assert_gives_what_the_single_symbol_oracle_gives(scenario: Scenario) -> None:
    single = simulate(scenario.bars, scenario.targets, scenario.settings)
    result = simulate_moments(
        [{"A": bar} for bar in scenario.bars],
        [[] if target is None else [Target("A", target)] for target in scenario.targets],
        OwnOrderSettings(**vars(scenario.settings)),
    )
    fills = [(each.moment, each.side, each.quantity, each.price, each.reason, each.charges) for each in result.fills]
    assert fills == [astuple(each) for each in single.fills]
    refusals = [(each.moment, each.side, each.quantity, each.reason) for each in result.target_refusals]
    assert refusals == [astuple(each) for each in single.rejections]
    assert result.equity == single.equity
    assert result.cash == single.cash
    assert result.positions["A"] == single.position
    assert result.trades["A"] == single.trades
    assert result.shorts_ignored == single.shorts_ignored


@given(scenarios())
def test_one_symbol_and_targets_alone_give_what_the_single_symbol_oracle_gives(scenario: Scenario) -> None:
    assert_gives_what_the_single_symbol_oracle_gives(scenario)


@given(kelly_scenarios())
def test_so_they_do_with_the_kelly_fraction(scenario: Scenario) -> None:
    assert_gives_what_the_single_symbol_oracle_gives(scenario)
