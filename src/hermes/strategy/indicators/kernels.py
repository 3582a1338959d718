"""The recursions that no Polars expression gives, compiled; NaN means unknown, in and out.

All arrays are float64 of one length n, one element a bar. A bar whose input is NaN gives NaN and changes nothing.
"""

import numpy as np

from hermes.compiled import compiled
from hermes.strategy.indicators.column import Floats

ADX, PLUS, MINUS = 0, 1, 2
LINE, DIRECTION = 0, 1


@compiled
def mean(values: Floats, period: int) -> Floats:
    """Mean of the last `period` values; NaN until there are so many in a row.

    Prices are whole hundredths, and the averages of two of them are often equal: so whole hundredths
    are summed, which is exact, and a tie is a tie. From the first value on that is anything else a compensated running
    sum is taken (Kahan 1965): a mean never depends on what comes after it, not even in its last digit.
    """
    hundredths = np.floor(values * 100.0 + 0.5)
    whole = True
    for t in range(values.size):  # no early end: so the loop runs on whole registers
        scaled = hundredths[t]
        whole &= (scaled / 100.0 == values[t] and np.abs(scaled) * period < 9e15) or np.isnan(values[t])
    if whole:
        return _mean_of_hundredths(hundredths, period)
    out = _compensated_mean(values, period)
    first = 0
    while np.isnan(values[first]) or (
        hundredths[first] / 100.0 == values[first] and np.abs(hundredths[first]) * period < 9e15
    ):
        first += 1
    out[:first] = _mean_of_hundredths(hundredths[:first], period)
    return out


@compiled
def _mean_of_hundredths(hundredths: Floats, period: int) -> Floats:
    out = np.full(hundredths.size, np.nan)
    divisor = 100.0 * period
    seen = 0
    total = 0.0  # of whole numbers below 2 to the 53rd: no addition rounds
    for t in range(hundredths.size):
        value = hundredths[t]
        if np.isnan(value):
            seen = 0
            total = 0.0
            continue
        seen += 1
        total += value - hundredths[t - period] if seen > period else value
        if seen >= period:
            out[t] = total / divisor
    return out


@compiled
def _compensated_mean(values: Floats, period: int) -> Floats:
    out = np.full(values.size, np.nan)
    seen = 0
    total = lost = 0.0
    for t in range(values.size):
        value = values[t]
        if np.isnan(value):
            seen = 0
            total = lost = 0.0
            continue
        seen += 1
        step = value - lost
        after = total + step
        lost = (after - total) - step
        total = after
        if seen > period:
            step = -values[t - period] - lost
            after = total + step
            lost = (after - total) - step
            total = after
        if seen >= period:
            out[t] = total / period
    return out


@compiled
def exponential(values: Floats, period: int, alpha: float) -> Floats:
    """v[t] = v[t-1] + alpha (x[t] - v[t-1]), begun by the plain mean of the first `period` known values."""
    out = np.full(values.size, np.nan)
    seen = 0
    level = 0.0
    for t in range(values.size):
        value = values[t]
        if np.isnan(value):
            continue
        seen += 1
        if seen < period:
            level += value
            continue
        level = (level + value) / period if seen == period else level + alpha * (value - level)
        out[t] = level
    return out


@compiled
def relative_strength(values: Floats, period: int) -> Floats:
    """Wilder's RSI: 100 x mean rise / (mean rise + mean fall), both Wilder-smoothed; NaN where both are zero."""
    out = np.full(values.size, np.nan)
    seen = -1
    rise = fall = previous = 0.0
    for t in range(values.size):
        value = values[t]
        if np.isnan(value):
            continue
        seen += 1
        change = value - previous
        previous = value
        if seen == 0:
            continue
        up = max(change, 0.0)
        down = max(-change, 0.0)
        if seen <= period:
            rise += up
            fall += down
            if seen < period:
                continue
            rise /= period
            fall /= period
        else:
            rise += (up - rise) / period
            fall += (down - fall) / period
        if rise + fall > 0.0:
            out[t] = 100.0 * rise / (rise + fall)
    return out


@compiled
def weighted(values: Floats, period: int) -> Floats:
    """Mean with the weights 1 .. period, the newest value weighing most."""
    size = values.size
    out = np.full(size, np.nan)
    if size < period:
        return out
    out[period - 1 :] = 0.0
    # One pass a weight: sums stay free of drift, and the loop is one the compiler can vectorise.
    for weight in range(1, period + 1):
        back = period - weight
        for t in range(period - 1, size):
            out[t] += weight * values[t - back]
    scale = period * (period + 1) / 2.0
    for t in range(period - 1, size):
        out[t] /= scale
    return out


@compiled
def commodity_channel(high: Floats, low: Floats, close: Floats, period: int, scale: float) -> Floats:
    """(typical - mean) / (scale x mean absolute deviation) of the last `period` bars; NaN where nothing moved."""
    size = close.size
    out = np.full(size, np.nan)
    typical = (high + low + close) / 3.0
    # Everything is measured from the newest value: the differences are exact, and so small that no digits are lost.
    mean = np.zeros(size)
    spread = np.zeros(size)
    for back in range(1, period):
        for t in range(period - 1, size):
            mean[t] += typical[t - back] - typical[t]
    for t in range(size):
        mean[t] /= period
    for back in range(period):
        for t in range(period - 1, size):
            spread[t] += abs(typical[t - back] - typical[t] - mean[t])
    unmoved = 0
    for t in range(size):
        unmoved = unmoved + 1 if t > 0 and typical[t] == typical[t - 1] else 1
        if t >= period - 1 and unmoved < period:
            out[t] = -mean[t] / (scale * (spread[t] / period))
    return out


@compiled
def place_in_range(values: Floats, lowest: Floats, highest: Floats) -> Floats:
    """100 x (x - lowest) / (highest - lowest); NaN where there is no range."""
    out = np.full(values.size, np.nan)
    for t in range(values.size):
        reach = highest[t] - lowest[t]
        if reach > 0.0:
            out[t] = 100.0 * (values[t] - lowest[t]) / reach
    return out


@compiled
def average_true_range(high: Floats, low: Floats, close: Floats, period: int) -> Floats:
    """Wilder's mean of the true range; the first bar has no previous close and is left out."""
    out = np.full(close.size, np.nan)
    seen = -1
    level = previous = 0.0
    for t in range(close.size):
        if np.isnan(high[t] + low[t] + close[t]):
            continue
        seen += 1
        reach = max(high[t], previous) - min(low[t], previous)
        previous = close[t]
        if seen == 0:
            continue
        if seen <= period:
            level += reach
            if seen < period:
                continue
            level /= period
        else:
            level += (reach - level) / period
        out[t] = level
    return out


@compiled
def directional(high: Floats, low: Floats, close: Floats, period: int, part: int) -> Floats:
    """Wilder's directional movement: `part` says which line."""
    out = np.full(close.size, np.nan)
    seen = -1
    plus = minus = reach = index = 0.0
    last_high = last_low = last_close = 0.0
    for t in range(close.size):
        if np.isnan(high[t] + low[t] + close[t]):
            continue
        seen += 1
        up = high[t] - last_high
        down = last_low - low[t]
        true_range = max(high[t], last_close) - min(low[t], last_close)
        last_high, last_low, last_close = high[t], low[t], close[t]
        if seen == 0:
            continue
        if seen >= period:
            plus -= plus / period
            minus -= minus / period
            reach -= reach / period
        if up > down and up > 0.0:
            plus += up
        elif down > up and down > 0.0:
            minus += down
        reach += true_range
        if seen < period:
            continue
        if reach > 0.0 and part != ADX:
            out[t] = 100.0 * (plus if part == PLUS else minus) / reach
        if plus + minus > 0.0:
            strength = 100.0 * abs(plus - minus) / (plus + minus)
            index += strength if seen < 2 * period else (strength - index) / period
        if seen == 2 * period - 1:
            index /= period
        if part == ADX and seen >= 2 * period - 1:
            out[t] = index
    return out


@compiled
def supertrend(high: Floats, low: Floats, close: Floats, true_ranges: Floats, multiplier: float, part: int) -> Floats:
    """Bands that only tighten until the close breaks through: `part` says which line."""
    out = np.full(close.size, np.nan)
    started = False
    direction = -1.0
    upper = lower = previous = 0.0
    for t in range(close.size):
        if np.isnan(true_ranges[t]):
            continue
        middle = (high[t] + low[t]) / 2.0
        new_upper = middle + multiplier * true_ranges[t]
        new_lower = middle - multiplier * true_ranges[t]
        if not started or new_upper < upper or previous > upper:
            upper = new_upper
        if not started or new_lower > lower or previous < lower:
            lower = new_lower
        started = True
        previous = close[t]
        if direction < 0.0 and close[t] > upper:
            direction = 1.0
        elif direction > 0.0 and close[t] < lower:
            direction = -1.0
        if part == DIRECTION:
            out[t] = direction
        else:
            out[t] = lower if direction > 0.0 else upper
    return out
