"""The run against a benchmark that is bought once and held."""

from dataclasses import dataclass

import numpy as np

from hermes.engine.metrics.drawdown import deepest_drawdown
from hermes.engine.metrics.returns import (
    Floats,
    daily_returns,
    deviation,
    growth_rate,
)


@dataclass(frozen=True)
class Comparison:
    """Fields as in `Metrics`."""

    benchmark_return: float | None
    benchmark_cagr: float | None
    benchmark_max_drawdown: float | None
    beta: float | None
    alpha: float | None


def compare(
    returns: Floats | None, start: float, closes: Floats, days: int, rate: float, marks_a_year: float
) -> Comparison:
    """Compare daily `returns` float64[s] with buying at `start` and holding through `closes` float64[s].

    `days` are the calendar days of the run, `rate` is the risk-free rate from mark to mark.
    """
    if not start > 0 or not np.all(closes > 0):
        return Comparison(None, None, None, None, None)
    held = daily_returns(start, closes)
    drawdown = deepest_drawdown(start, closes)
    beta = alpha = None
    if returns is not None and held is not None:
        beta, alpha = beta_and_alpha(returns - rate, held - rate, marks_a_year)
    return Comparison(
        benchmark_return=float(closes[-1]) / start - 1.0,
        benchmark_cagr=growth_rate(start, float(closes[-1]), days),
        benchmark_max_drawdown=drawdown.depth if drawdown else 0.0,
        beta=beta,
        alpha=alpha,
    )


def beta_and_alpha(excess: Floats, benchmark_excess: Floats, marks_a_year: float) -> tuple[float | None, float | None]:
    """Jensen's (1968) regression of excess returns; alpha a year.

    Both None for a benchmark that never moved.
    """
    if not deviation(benchmark_excess):
        return None, None
    around = benchmark_excess - np.mean(benchmark_excess)
    beta = float(np.dot(excess - np.mean(excess), around) / np.dot(around, around))
    alpha = float(np.mean(excess)) - beta * float(np.mean(benchmark_excess))
    return beta, alpha * marks_a_year
