import math

import pytest

from hermes.report.money import UNDEFINED, grouped, number, percent, quantity, rupees


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "₹0.00"),
        (999.994, "₹999.99"),
        (1_000.0, "₹1,000.00"),
        (99_999.5, "₹99,999.50"),
        (100_000.0, "₹1,00,000.00"),
        (12_345_678.9, "₹1,23,45,678.90"),
        (-1_234_567.0, "-₹12,34,567.00"),
        (-0.001, "₹0.00"),
        (1e13, "₹1,00,00,00,00,00,000.00"),
    ],
)
def test_rupees_are_grouped_in_lakhs_and_crores(value: float, text: str) -> None:
    assert rupees(value) == text


def test_a_gain_carries_a_plus_only_where_its_sign_is_asked_for() -> None:
    assert rupees(250.5, signed=True) == "+₹250.50"
    assert rupees(-250.5, signed=True) == "-₹250.50"
    assert rupees(0.0, signed=True) == "₹0.00"
    assert rupees(0.001, signed=True) == "₹0.00"
    assert rupees(250.5) == "₹250.50"


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_what_is_undefined_is_a_dash_and_never_a_number(missing: float | None) -> None:
    assert rupees(missing) == percent(missing) == number(missing) == UNDEFINED


def test_fractions_are_percentages() -> None:
    assert percent(0.1234) == "12.34%"
    assert percent(0.5, signed=True) == "+50.00%"
    assert percent(-0.021) == "-2.10%"
    assert percent(123.0) == "12,300.00%"


def test_numbers_keep_their_kind() -> None:
    assert number(1_234_567) == "12,34,567"
    assert number(1.005e3) == "1,005.00"
    assert quantity(150_000.0) == "1,50,000"
    assert quantity(0.125) == "0.125"
    assert quantity(-38.0) == "-38"


def test_rounding_carries_into_the_next_group() -> None:
    assert grouped(99_999.999, 2) == "1,00,000.00"
