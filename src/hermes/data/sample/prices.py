"""From factor returns to the bars of one symbol: open, high, low, close on the tick, and volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hermes.data.sample.factors import (
    MINUTES_A_SESSION,
    SESSIONS_A_YEAR,
    FactorReturns,
    FloatArray,
    factor_returns,
    volume_shape,
)
from hermes.data.sample.grid import MinuteGrid
from hermes.data.sample.profiles import Profile
from hermes.market.instruments import Instrument
from hermes.market.ticks import session_ticks

HALF_SPREAD = 0.00008
"""Relative distance of a print from the mid price: trades alternate between bid and ask."""
ANNUAL_DRIFT = 0.08
LARGEST_GAP = 0.09
"""Overnight gaps are cut here, under the first price band of a stock with derivatives (10 %)."""
RESULTS_DAYS = 4
"""Sessions a year that open on company results, with a gap this many times the usual:"""
RESULTS_FACTOR = 3.0
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class MinuteBars:
    """Bars of one symbol, float64[n] rupees on the tick and int64[n] shares."""

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: NDArray[np.int64]


def symbol_bars(
    source: np.random.RandomState,
    grid: MinuteGrid,
    instrument: Instrument,
    profile: Profile,
    *,
    market: FactorReturns,
    sector: FactorReturns,
) -> MinuteBars:
    """Draw the year of one symbol.

    The high and the low of a minute are those of a Brownian bridge between its open and close: the maximum of
    a bridge from a to b with variance s² is (a + b + sqrt((b - a)² - 2 s² ln U)) / 2, U uniform (Glasserman
    2003, "Monte Carlo Methods in Financial Engineering", section 6.4).

    Args:
        source: the symbol's own stream.
        grid: the minutes, n of them in s sessions.
        market: returns of the market factor on the same grid.
        sector: returns of the symbol's sector on the same grid.
    """
    own = factor_returns(source, grid, profile.own_volatility)
    gaps = _gaps(source, profile, market, sector, own)
    inside = profile.beta * market.inside + sector.inside + own.inside
    inside += ANNUAL_DRIFT / (SESSIONS_A_YEAR * MINUTES_A_SESSION)
    sigma = np.sqrt((profile.beta * market.sigma) ** 2 + sector.sigma**2 + own.sigma**2)

    jumps = np.zeros(len(inside))
    jumps[grid.first] = gaps
    mid_close = np.log(profile.start_price) + np.cumsum(jumps + inside)
    mid_open = mid_close - inside
    log_open = mid_open + HALF_SPREAD * _bid_or_ask(source, len(inside))
    log_close = mid_close + HALF_SPREAD * _bid_or_ask(source, len(inside))
    log_high = _bridge_maximum(source, log_open, log_close, sigma)
    log_low = -_bridge_maximum(source, -log_open, -log_close, sigma)

    volume = _volume(source, grid, profile, shock=inside / sigma, own=own, market=market)
    exact = tuple(np.exp(log) for log in (log_open, log_high, log_low, log_close))
    return _on_tick(grid, instrument, exact, volume)


def _gaps(
    source: np.random.RandomState,
    profile: Profile,
    market: FactorReturns,
    sector: FactorReturns,
    own: FactorReturns,
) -> FloatArray:
    weight: FloatArray = np.ones(len(own.gaps))
    quarter = max(1, len(weight) // RESULTS_DAYS)
    for start in range(0, len(weight), quarter):
        weight[min(start + int(source.randint(quarter)), len(weight) - 1)] = RESULTS_FACTOR
    gaps: FloatArray = profile.beta * market.gaps + sector.gaps + weight * own.gaps
    return np.clip(gaps, -LARGEST_GAP, LARGEST_GAP)


def _bid_or_ask(source: np.random.RandomState, count: int) -> FloatArray:
    return np.where(source.random_sample(count) < 0.5, -1.0, 1.0)


def _bridge_maximum(source: np.random.RandomState, start: FloatArray, end: FloatArray, sigma: FloatArray) -> FloatArray:
    uniform = 1.0 - source.random_sample(len(start))  # in (0, 1], so that its logarithm is finite
    return 0.5 * (start + end + np.sqrt((end - start) ** 2 - 2.0 * sigma**2 * np.log(uniform)))


def _volume(
    source: np.random.RandomState,
    grid: MinuteGrid,
    profile: Profile,
    *,
    shock: FloatArray,
    own: FactorReturns,
    market: FactorReturns,
) -> NDArray[np.int64]:
    noise = np.exp(0.45 * source.standard_normal(len(shock)))
    weight = volume_shape(grid) * own.activity * np.sqrt(market.activity) * noise * (0.4 + np.abs(shock))
    expected = profile.daily_volume * len(shock) / MINUTES_A_SESSION
    shares: FloatArray = np.rint(weight * (expected / weight.sum()))
    return shares.astype(np.int64)


def _on_tick(
    grid: MinuteGrid,
    instrument: Instrument,
    exact: tuple[FloatArray, ...],
    volume: NDArray[np.int64],
) -> MinuteBars:
    last = grid.first + grid.length - 1
    ticks = session_ticks(grid.days, exact[3][last], instrument)
    # A month's tick follows the close before it, which lies on its own month's tick: settle them in turn.
    for _ in range(MONTHS_A_YEAR):
        closes = _rounded(exact[3][last], ticks)
        ticks = session_ticks(grid.days, closes, instrument)
    tick = ticks[grid.session]
    open_, high, low, close = (_rounded(prices, tick) for prices in exact)
    return MinuteBars(
        open=open_,
        high=np.maximum(high, np.maximum(open_, close)),
        low=np.minimum(low, np.minimum(open_, close)),
        close=close,
        volume=volume,
    )


def _rounded(prices: FloatArray, tick: FloatArray) -> FloatArray:
    return np.round(np.rint(prices / tick) * tick, 2)
