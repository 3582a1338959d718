from collections import defaultdict
from dataclasses import astuple, replace

from hypothesis import given
from tests.oracle import Bar, Sizing, simulate
from tests.oracle.own_orders import Action, OwnOrderSettings, Target, simulate_moments
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


@given(scenarios(), scenarios())
def test_symbols_that_share_nothing_but_plenty_of_money_do_what_each_does_alone(one: Scenario, other: Scenario) -> None:
    rich = replace(
        one.settings,
        initial_cash=10.0**9,
        sizing=Sizing("fixed_quantity", quantity=70),
        max_position_pct=None,
        max_daily_loss=None,
    )
    moments: dict[tuple[int, int], dict[str, Bar]] = defaultdict(dict)
    script: dict[tuple[int, int], list[Action]] = defaultdict(list)
    for symbol, scenario in (("A", one), ("B", other)):
        first_of_session: dict[int, int] = {}
        for bar, target in zip(scenario.bars, scenario.targets, strict=True):
            start = bar.session, bar.index - first_of_session.setdefault(bar.session, bar.index)
            moments[start][symbol] = bar
            if target is not None:
                script[start].append(Target(symbol, target))
    starts = sorted(moments)
    together = simulate_moments(
        [moments[start] for start in starts], [script[start] for start in starts], OwnOrderSettings(**vars(rich))
    )
    for symbol, scenario in (("A", one), ("B", other)):
        alone = simulate(scenario.bars, scenario.targets, rich)
        fills = [each for each in together.fills if each.symbol == symbol]
        assert [(each.side, each.quantity, each.price, each.reason, each.charges) for each in fills] == [
            astuple(each)[1:] for each in alone.fills
        ]
        assert together.trades[symbol] == alone.trades
