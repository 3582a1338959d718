"""Returns of sessions and the ratios made of them."""

import math

import numpy as np
from numpy.typing import NDArray

SESSIONS_A_YEAR = 252.0
WEEKS_A_YEAR = 52.0
DAYS_A_YEAR = 365.25

Floats = NDArray[np.float64]


def session_ends(session_index: NDArray[np.int32]) -> NDArray[np.intp]:
    """The place of every session's last bar: int32[n] -> intp[s]; `session_index` must not fall."""
    return np.append(np.flatnonzero(session_index[1:] != session_index[:-1]), len(session_index) - 1)


def daily_returns(start: float, marks: Floats) -> Floats | None:
    """Simple returns float64[s] from `start` through `marks` float64[s].

    None where a base is not positive.
    """
    bases = np.concatenate(([start], marks[:-1]))
    if not (np.all(bases > 0) and np.all(np.isfinite(marks))):
        return None
    return marks / bases - 1.0


def rate_of_a_mark(annual_rate: float, marks_a_year: float) -> float:
    """The rate from mark to mark that compounds to `annual_rate` over a year of them (as quantstats does)."""
    return float((1.0 + annual_rate) ** (1.0 / marks_a_year) - 1.0)


def growth_rate(start: float, end: float, days: int) -> float | None:
    """Compound annual growth over `days` calendar days.

    None for a negative end or a result beyond float64.
    """
    if end < 0:
        return None
    try:
        return float((end / start) ** (DAYS_A_YEAR / days)) - 1.0
    except OverflowError:
        return None


def deviation(values: Floats) -> float | None:
    """Sample standard deviation; None under two values. Spread that is only float64 noise counts as 0."""
    if len(values) < 2:
        return None
    spread = float(np.std(values, ddof=1))
    return 0.0 if is_noise(spread, values) else spread


def is_noise(spread: float, values: Floats) -> bool:
    """Whether `spread` is what rounding alone leaves of values that are equal.

    A return is a quotient near 1 less 1, so it carries an error of about 1e-16 whatever its own size.
    """
    return spread <= 1e-15 * (1.0 + float(np.max(np.abs(values))))


def annual_volatility(returns: Floats, marks_a_year: float) -> float | None:
    """Sample standard deviation times the root of the marks a year."""
    spread = deviation(returns)
    return None if spread is None else spread * math.sqrt(marks_a_year)


def sharpe_ratio(excess: Floats, marks_a_year: float) -> float | None:
    """Sharpe (1994) on returns over the risk-free rate, annualised; None without spread."""
    spread = deviation(excess)
    return float(np.mean(excess)) / spread * math.sqrt(marks_a_year) if spread else None


def sortino_ratio(excess: Floats, marks_a_year: float) -> float | None:
    """Mean over downside deviation below 0 (over all sessions), annualised.

    None without a negative return.
    """
    if len(excess) < 2:
        return None
    downside = math.sqrt(float(np.mean(np.minimum(excess, 0.0) ** 2)))
    if is_noise(downside, excess):
        return None
    return float(np.mean(excess)) / downside * math.sqrt(marks_a_year)
