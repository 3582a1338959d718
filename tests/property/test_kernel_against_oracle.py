from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle import Bar, OracleSettings, simulate
from tests.property.amount import cases
from tests.property.kernel_runner import replay, run_kernel
from tests.property.scenarios import Scenario, kelly_scenarios, price, scenarios

pytestmark = pytest.mark.kernel


def close_to(theirs: Any, ours: Any) -> bool:
    """Equal words and whole numbers; floats within 1e-9 of their size, or of a rupee for what is near zero."""
    if isinstance(theirs, tuple):
        return len(theirs) == len(ours) and all(map(close_to, theirs, ours))
    if isinstance(theirs, float):
        return bool(abs(theirs - ours) <= 1e-9 * max(1.0, abs(ours)))
    return bool(theirs == ours)


def assert_rows_agree(kind: str, theirs: list[Any], ours: list[Any]) -> None:
    for place, (kernel, oracle) in enumerate(zip(theirs, ours, strict=False)):
        assert close_to(astuple(kernel), astuple(oracle)), f"{kind} {place}: kernel {kernel}, oracle {oracle}"
    assert len(theirs) == len(ours), f"{kind}: kernel {theirs}, oracle {ours}"


@cases(500)
@given(scenarios())
def test_kernel_and_oracle_agree_on_fills_refusals_trades_and_equity(scenario: Scenario) -> None:
    kernel = run_kernel(scenario)
    oracle = simulate(scenario.bars, scenario.targets, scenario.settings)
    assert_rows_agree("fill", kernel.fills, oracle.fills)
    assert_rows_agree("rejection", kernel.rejections, oracle.rejections)
    assert_rows_agree("trade", kernel.trades, oracle.trades)
    assert kernel.equity == pytest.approx(oracle.equity, rel=1e-9, abs=1e-6)


@settings(max_examples=10)
@given(kelly_scenarios())
def test_kernel_and_oracle_agree_on_the_kelly_fraction(scenario: Scenario) -> None:
    kernel = run_kernel(scenario)
    oracle = simulate(scenario.bars, scenario.targets, scenario.settings)
    assert_rows_agree("fill", kernel.fills, oracle.fills)
    assert kernel.equity == pytest.approx(oracle.equity, rel=1e-9)


@given(scenarios())
def test_replaying_the_fills_gives_the_equity_of_every_bar_bitwise(scenario: Scenario) -> None:
    kernel = run_kernel(scenario)
    cash, position = replay(scenario, kernel)
    closes = [bar.close for bar in scenario.bars]
    equity = kernel.equity.tolist()
    assert equity == [a + b * c for a, b, c in zip(cash, position, closes, strict=True)]
    assert position[-1] == 0
    assert equity[-1] == cash[-1]


@given(scenarios())
def test_the_charges_of_a_fill_are_the_sum_of_its_items_in_order(scenario: Scenario) -> None:
    kernel = run_kernel(scenario)
    for fill, charges in zip(kernel.fills, kernel.charges, strict=True):
        total = 0.0
        for item in fill.charges:
            total += item
        assert charges == total


@given(scenarios())
def test_the_trades_add_up_to_the_change_of_equity(scenario: Scenario) -> None:
    kernel = run_kernel(scenario)
    change = float(kernel.equity[-1]) - scenario.settings.initial_cash
    assert sum(trade.net for trade in kernel.trades) == pytest.approx(change, abs=1e-6)


@given(scenarios())
def test_a_fully_paid_account_never_owes_money_at_its_own_fills(scenario: Scenario) -> None:
    fully_paid = replace(scenario.settings, leverage=1.0, product="CNC")
    spent = replace(scenario, settings=fully_paid)
    cash, position = replay(spent, run_kernel(spent))
    for bar, money, held in zip(scenario.bars, cash, position, strict=True):
        assert held >= 0
        # Only an exit that costs more than it brings may overdraw: charges of the last sale.
        assert money >= -1e-6 or held == 0, bar


@given(scenarios())
def test_all_fills_of_a_bar_stay_within_its_share_of_the_volume(scenario: Scenario) -> None:
    share = scenario.settings.max_volume_share
    if share is None:
        return
    filled = np.zeros(len(scenario.bars))
    for fill in run_kernel(scenario).fills:
        at_any_volume = fill.reason == "end_of_data" or (
            fill.reason == "square_off" and scenario.bars[fill.bar].last_of_session
        )
        if not at_any_volume and (scenario.settings.zero_volume_blocks or scenario.bars[fill.bar].volume):
            filled[fill.bar] += fill.quantity
    assert all(filled <= np.array([bar.volume for bar in scenario.bars]) * share + 1e-6)


@given(
    st.lists(st.tuples(st.integers(300, 900), st.sampled_from([1, 0, None])), min_size=2, max_size=60),
    st.sampled_from([1_000.0, 100_000.0]),
)
def test_without_frictions_equity_is_the_textbook_product(drawn: list[tuple[int, int | None]], cash: float) -> None:
    closes = [price(place, 0.0) for place, _ in drawn]
    bars = [Bar(index, index // 7, close, close, close, close, 1.0) for index, close in enumerate(closes)]
    targets = [target for _, target in drawn]
    frictionless = OracleSettings(initial_cash=cash, fill_at="close", lot=0, max_volume_share=None, rounding="none")
    equity = run_kernel(Scenario(bars, targets, frictionless)).equity
    held, holding = [], 0
    for target in targets:
        held.append(holding)
        holding = holding if target is None else target
    changes = np.concatenate(([0.0], np.diff(closes) / closes[:-1]))
    assert equity == pytest.approx(cash * np.cumprod(1.0 + np.array(held) * changes), rel=1e-9)
