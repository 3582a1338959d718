from collections.abc import Callable, Sequence
from inspect import signature

import pytest
from tests.oracle import (
    Bar,
    OracleResult,
    OracleSettings,
    scenario,
    test_charges,
    test_exits,
    test_orders,
    test_sessions,
    test_sizing,
    test_trades,
)
from tests.property.kernel_runner import replay, run_kernel
from tests.property.scenarios import Scenario

pytestmark = pytest.mark.kernel

MODULES = (test_charges, test_exits, test_orders, test_sessions, test_sizing, test_trades)


def simulated_by_the_kernel(
    bars: Sequence[Bar], targets: Sequence[int | None], settings: OracleSettings
) -> OracleResult:
    drawn = Scenario(list(bars), list(targets), settings)
    kernel = run_kernel(drawn)
    cash, position = replay(drawn, kernel)
    shorts = sum(target == -1 for target in targets) if settings.product == "CNC" else 0
    return OracleResult(kernel.fills, kernel.rejections, kernel.equity.tolist(), cash, position, kernel.trades, shorts)


def worked_examples() -> list[Callable[[], None]]:
    named = [each for module in MODULES for each in vars(module).items()]
    return [example for name, example in named if name.startswith("test_") and not signature(example).parameters]


@pytest.mark.parametrize("example", worked_examples(), ids=lambda example: example.__name__)
def test_the_kernel_gives_the_worked_numbers(example: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario, "simulate", simulated_by_the_kernel)
    example()
