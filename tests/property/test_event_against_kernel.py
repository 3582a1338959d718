import numpy as np
import pytest
from hypothesis import given, settings
from tests.property.amount import cases
from tests.property.event_runner import event_prepared, run_event
from tests.property.kernel_runner import kernel_prepared, kernel_settings
from tests.property.scenarios import Scenario, kelly_scenarios, scenarios

from hermes.engine.vector import run_vector

pytestmark = pytest.mark.kernel


def assert_bitwise_equal(scenario: Scenario) -> None:
    record = kernel_settings(scenario.settings)
    vector = run_vector(kernel_prepared(scenario), record)
    event, _ = run_event(event_prepared(scenario), record)
    for name in vector.fills.dtype.names or ():
        assert event.fills[name].tobytes() == vector.fills[name].tobytes(), (name, event.fills, vector.fills)
    for name in vector.refusals.dtype.names or ():
        assert event.refusals[name].tobytes() == vector.refusals[name].tobytes(), (
            name,
            event.refusals,
            vector.refusals,
        )
    assert event.equity.tobytes() == vector.equity.tobytes(), np.flatnonzero(event.equity != vector.equity)
    for name in vector.trades.dtype.names or ():
        assert event.trades[name].tobytes() == vector.trades[name].tobytes(), (name, event.trades, vector.trades)
    assert event.bars_in_market == vector.bars_in_market


@cases(2_000)
@given(scenarios())
def test_event_engine_and_kernel_agree_in_every_bit_of_fills_refusals_trades_and_equity(scenario: Scenario) -> None:
    assert_bitwise_equal(scenario)


@settings(max_examples=10)
@given(kelly_scenarios())
def test_event_engine_and_kernel_agree_on_the_kelly_fraction(scenario: Scenario) -> None:
    assert_bitwise_equal(scenario)
