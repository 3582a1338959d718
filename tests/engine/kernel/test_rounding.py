"""Whole paise, whole ticks, whole lots."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.engine.kernel.rounding import paise, share_of, tick_down, tick_up, whole_lots

pytestmark = pytest.mark.kernel


@given(st.integers(0, 10**13), st.integers(0, 10**9))
def test_a_share_of_paise_is_rounded_half_up_exactly(amount: int, billionths: int) -> None:
    exact = Decimal(amount) * Decimal(billionths) / 10**9
    assert share_of(amount, billionths) == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def test_half_a_paisa_rounds_up_and_less_rounds_down() -> None:
    assert [paise(each) for each in (0.005, 0.0049, 1.005, 2.675, 1e9 + 0.015)] == [1, 0, 101, 268, 10**11 + 2]


@given(st.integers(1, 3_000_000), st.sampled_from(["0.01", "0.05", "0.10", "0.50", "1.00", "5.00"]))
def test_ticks_against_decimal_arithmetic(price_paise: int, tick: str) -> None:
    price, step = Decimal(price_paise) / 100, Decimal(tick)
    up = (price / step).to_integral_value(ROUND_CEILING) * step
    down = (price / step).to_integral_value(ROUND_FLOOR) * step
    assert tick_up(float(price), float(tick)) == float(up)
    assert tick_down(float(price), float(tick)) == float(down)


def test_no_tick_means_no_rounding() -> None:
    assert tick_up(100.003, 0.0) == tick_down(100.003, 0.0) == 100.003


def test_lots_are_whole_unless_there_are_none() -> None:
    assert whole_lots(149.9, 75.0) == 75.0
    assert whole_lots(150.0, 75.0) == 150.0
    assert whole_lots(74.0, 75.0) == 0.0
    assert whole_lots(1.25, 0.0) == 1.25
    assert whole_lots(-3.0, 1.0) == 0.0
    assert whole_lots(float("nan"), 1.0) == 0.0
