"""Random streams and the returns they drive: volatility that clusters, gaps with fat tails.

A log return of minute i is sigma_i z_i, sigma_i = annual / sqrt(250 * 375) * day * moment * shape: a
volatility of the day and one of the moment, both log-normal AR(1) (the stochastic-volatility model of Taylor
1986, "Modelling Financial Time Series"), times the U-shape of the trading day (Wood, McInish and Ord 1985).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from hermes.data.sample.grid import MinuteGrid

FloatArray = NDArray[np.float64]

SESSIONS_A_YEAR = 250
MINUTES_A_SESSION = 375
OVERNIGHT_SHARE = 0.25
"""Share of a day's variance that happens while the market is shut."""
GAP_FREEDOM = 4.0
"""Degrees of freedom of the overnight gap's Student distribution."""


@dataclass(frozen=True, slots=True)
class FactorReturns:
    """Log returns of one source of risk.

    Attributes:
        inside: float64[n], log return from the open to the close of each minute.
        sigma: float64[n], the standard deviation it was drawn with.
        gaps: float64[s], log return from the last close to each session's open.
        activity: float64[n], how busy the moment is, about 1 on average; volume follows it.
    """

    inside: FloatArray
    sigma: FloatArray
    gaps: FloatArray
    activity: FloatArray


def stream(seed: int, year: int, name: str) -> np.random.RandomState:
    """The random stream of one named thing, independent of every other name's.

    RandomState and not Generator: NumPy promises that its numbers never change (NEP 19), and the sample
    promises the same bars for the same seed.
    """
    entropy = [seed, year, *name.encode()]
    return np.random.RandomState(np.random.MT19937(np.random.SeedSequence(entropy)))


def factor_returns(source: np.random.RandomState, grid: MinuteGrid, annual_volatility: float) -> FactorReturns:
    """Draw one factor's returns with the given annualised volatility on every minute of `grid`."""
    sessions = len(grid.days)
    daily = annual_volatility / math.sqrt(SESSIONS_A_YEAR)
    day = np.exp(_autoregression(source.standard_normal(sessions), persistence=0.94, deviation=0.35))
    moment = np.exp(_autoregression(source.standard_normal(len(grid.timestamps)), persistence=0.99, deviation=0.30))
    scale = daily * math.sqrt((1 - OVERNIGHT_SHARE) / MINUTES_A_SESSION)
    sigma = scale * day[grid.session] * moment * volatility_shape(grid)
    gaps = (
        daily
        * math.sqrt(OVERNIGHT_SHARE)
        * day
        * source.standard_t(GAP_FREEDOM, sessions)
        / math.sqrt(GAP_FREEDOM / (GAP_FREEDOM - 2))
    )
    inside = sigma * source.standard_normal(len(sigma))
    return FactorReturns(inside=inside, sigma=sigma, gaps=gaps, activity=day[grid.session] * moment)


def volatility_shape(grid: MinuteGrid) -> FloatArray:
    """float64[n]: relative volatility over the trading day, mean square 1 on a full session."""
    full = np.arange(MINUTES_A_SESSION, dtype=np.int32)
    usual = _u_shape(full, np.full_like(full, len(full)), at_open=2.2, at_close=0.5)
    shape = _u_shape(grid.minute, grid.length[grid.session], at_open=2.2, at_close=0.5)
    return shape / math.sqrt(float(np.mean(usual**2)))


def volume_shape(grid: MinuteGrid) -> FloatArray:
    """float64[n]: relative volume over the trading day, high at the open and highest before the close."""
    return _u_shape(grid.minute, grid.length[grid.session], at_open=3.0, at_close=2.5)


def _u_shape(minute: NDArray[np.int32], length: NDArray[np.int32], *, at_open: float, at_close: float) -> FloatArray:
    to_close = length - 1 - minute
    return 0.7 + at_open * np.exp(-minute / 20.0) + at_close * np.exp(-to_close / 15.0)


def _autoregression(noise: FloatArray, persistence: float, deviation: float) -> FloatArray:
    """AR(1) h of stationary `deviation`, centred so that E[exp(2h)] = 1: its mean is -deviation²."""
    step = deviation * math.sqrt(1 - persistence**2)
    values = (noise * step).tolist()
    values[0] = float(noise[0]) * deviation
    path = list(accumulate(values, lambda before, shock: persistence * before + shock))
    return np.array(path) - deviation**2
