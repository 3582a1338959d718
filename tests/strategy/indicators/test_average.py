"""Simple averages: exact on prices, compensated on anything else."""

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.strategy.indicators import kernels, sma

pytestmark = pytest.mark.kernel

PAISE = st.lists(st.integers(1, 10_000_000), min_size=1, max_size=60)


def averages(values: list[float | None], period: int) -> list[float | None]:
    frame = pl.DataFrame({"close": pl.Series(values, dtype=pl.Float64)})
    return frame.select(sma(period)).to_series().to_list()


@given(PAISE, st.integers(1, 20))
def test_an_average_of_prices_is_the_float_nearest_to_the_exact_one(paise: list[int], period: int) -> None:
    found = averages([each / 100 for each in paise], period)
    for bar, value in enumerate(found):
        if bar + 1 < period:
            assert value is None
        else:
            assert value == float(Fraction(sum(paise[bar + 1 - period : bar + 1]), 100 * period))


def test_two_averages_that_are_equal_are_equal_to_the_last_bit() -> None:
    # 0.1 + 0.2 is not 0.3 in floats: sums that carry rounding errors would make the shorter average cross the longer.
    prices: list[float | None] = [1000.10, 1000.20, 1000.30, 1000.15] * 50
    assert averages(prices, 4)[8:] == averages(prices, 8)[8:]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(1, 30))
def test_other_numbers_are_averaged_to_1e_12_of_the_largest(values: list[float], period: int) -> None:
    found = averages(list(values), period)
    for bar in range(period - 1, len(values)):
        exact = sum(map(Fraction, values[bar + 1 - period : bar + 1])) / period
        scale = max(1.0, *(abs(each) for each in values[: bar + 1]))
        assert found[bar] == pytest.approx(float(exact), abs=1e-12 * scale)


def test_a_missing_value_is_missing_as_long_as_the_window_holds_it() -> None:
    assert averages([1.0, 2.0, None, 4.0, 6.0, 8.0], 2) == [None, 1.5, None, None, 5.0, 7.0]
    third = 1 / 3
    assert averages([third, third, None, third, third], 2) == [None, third, None, None, third]


def test_a_year_of_small_steps_does_not_drift() -> None:
    rng = np.random.default_rng(1)
    values = 1000 + np.cumsum(rng.normal(0, 0.3, 93_750)) / 3
    last = averages(values.tolist(), 200)[-1]
    assert last == pytest.approx(float(sum(map(Fraction, values[-200:].tolist())) / 200), rel=1e-15)


def test_a_mean_of_prices_stays_what_it_was_whatever_comes_after_it() -> None:
    prices = np.array([1018.95, 1019.8, 1017.05, 1018.6, 1020.35, 1019.1] * 20)
    later = np.concatenate([prices, prices * 1.2345678])
    for period in (3, 7, 30):
        alone = kernels.mean(prices, period)
        followed = kernels.mean(later, period)[: len(prices)]
        assert alone.tobytes() == followed.tobytes()
        # The first mean that has an odd value in it, and one with nothing else.
        assert kernels.mean(later, period)[[len(prices), -1]] == pytest.approx(
            [later[len(prices) - period + 1 : len(prices) + 1].mean(), later[-period:].mean()], rel=1e-12
        )
