import math
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hermes.engine.metrics.benchmark import beta_and_alpha
from hermes.engine.metrics.drawdown import deepest_drawdown
from hermes.engine.metrics.returns import annual_volatility, rate_of_a_mark, sharpe_ratio, sortino_ratio
from hermes.engine.metrics.trades import longest_run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import empyrical
    import pandas as pd
    import quantstats

pytestmark = pytest.mark.filterwarnings("ignore")

DAYS = pd.bdate_range("2024-01-01", periods=250)


def drawn(seed: int, drift: float = 0.0005) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(drift, 0.012, len(DAYS))


def series(values: NDArray[np.float64]) -> Any:
    return pd.Series(values, index=DAYS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_volatility_and_ratios_without_a_risk_free_rate_equal_both_libraries(seed: int) -> None:
    returns = drawn(seed)
    assert annual_volatility(returns, 252.0) == pytest.approx(empyrical.annual_volatility(returns), rel=1e-12)
    assert sharpe_ratio(returns, 252.0) == pytest.approx(empyrical.sharpe_ratio(returns), rel=1e-12)
    assert sharpe_ratio(returns, 252.0) == pytest.approx(quantstats.stats.sharpe(series(returns)), rel=1e-12)
    assert sortino_ratio(returns, 252.0) == pytest.approx(empyrical.sortino_ratio(returns), rel=1e-12)
    assert sortino_ratio(returns, 252.0) == pytest.approx(quantstats.stats.sortino(series(returns)), rel=1e-12)


@pytest.mark.parametrize("rate", [0.02, 0.065])
def test_ratios_over_a_risk_free_rate_equal_quantstats(rate: float) -> None:
    returns = drawn(4)
    excess = returns - rate_of_a_mark(rate, 252.0)
    theirs = quantstats.stats.sharpe(series(returns), rf=rate)
    assert sharpe_ratio(excess, 252.0) == pytest.approx(theirs, rel=1e-9)
    assert sortino_ratio(excess, 252.0) == pytest.approx(quantstats.stats.sortino(series(returns), rf=rate), rel=1e-9)


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_deepest_drawdown_equals_both_libraries(seed: int) -> None:
    returns = drawn(seed, drift=-0.0005)
    marks = np.asarray(100.0 * np.cumprod(1.0 + returns), dtype=np.float64)
    found = deepest_drawdown(100.0, marks)
    assert found is not None
    assert found.depth == pytest.approx(empyrical.max_drawdown(returns), rel=1e-10)
    assert found.depth == pytest.approx(quantstats.stats.max_drawdown(series(returns)), rel=1e-10)


def test_beta_and_alpha_equal_quantstats_and_beta_equals_empyrical() -> None:
    benchmark = drawn(8)
    returns = 0.6 * benchmark + drawn(9) / 3
    beta, alpha = beta_and_alpha(returns, benchmark, 252.0)
    greeks = quantstats.stats.greeks(series(returns), series(benchmark))
    assert beta == pytest.approx(greeks["beta"], rel=1e-10)
    assert alpha == pytest.approx(greeks["alpha"], rel=1e-10)
    assert beta == pytest.approx(empyrical.beta(returns, benchmark), rel=1e-10)


def test_alpha_is_the_simple_annualisation_of_what_empyrical_compounds() -> None:
    benchmark, returns = drawn(10), drawn(11)
    _, alpha = beta_and_alpha(returns, benchmark, 252.0)
    assert alpha is not None
    compounded = (1.0 + alpha / 252) ** 252 - 1.0
    assert compounded == pytest.approx(empyrical.alpha(returns, benchmark), rel=1e-9)


def test_longest_losing_run_equals_quantstats_on_the_same_results() -> None:
    net = drawn(12)
    assert longest_run(net < 0) == quantstats.stats.consecutive_losses(series(net), prepare_returns=False)


def test_the_rate_of_a_mark_compounds_to_the_annual_one() -> None:
    assert math.isclose((1 + rate_of_a_mark(0.07, 252.0)) ** 252, 1.07, rel_tol=1e-12)
