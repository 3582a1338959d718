"""Streams that run long do not drift from their columns, whatever the numbers and however many are missing."""

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from hermes.strategy import indicators as ta

BARS = 20_000
Made = tuple[Callable[[], Any], Callable[[], Any], Sequence[str]]

RANGE = ("high", "low", "close")
STREAMS: dict[str, Made] = {
    "sma": (lambda: ta.sma(20), lambda: ta.SMA(20), ["close"]),
    "ema": (lambda: ta.ema(20), lambda: ta.EMA(20), ["close"]),
    "wma": (lambda: ta.wma(20), lambda: ta.WMA(20), ["close"]),
    "wilder": (lambda: ta.wilder(14), lambda: ta.Wilder(14), ["close"]),
    "rsi": (lambda: ta.rsi(14), lambda: ta.RSI(14), ["close"]),
    "macd": (ta.macd, ta.MACD, ["close"]),
    "roc": (lambda: ta.roc(10), lambda: ta.ROC(10), ["close"]),
    "bollinger": (lambda: ta.bollinger(20), lambda: ta.Bollinger(20), ["close"]),
    "stochastic": (ta.stochastic, ta.Stochastic, RANGE),
    "cci": (lambda: ta.cci(20), lambda: ta.CCI(20), RANGE),
    "atr": (lambda: ta.atr(14), lambda: ta.ATR(14), RANGE),
    "adx": (lambda: ta.adx(14), lambda: ta.ADX(14), RANGE),
    "supertrend": (ta.supertrend, ta.Supertrend, RANGE),
    "keltner": (ta.keltner, ta.Keltner, RANGE),
    "donchian": (lambda: ta.donchian(20), lambda: ta.Donchian(20), ["high", "low"]),
    "obv": (ta.obv, ta.OBV, ["close", "volume"]),
    "vwap": (ta.vwap, ta.VWAP, [*RANGE, "volume", "session"]),
}


def walk(seed: int, *, scale: float, gaps: bool, size: int = BARS) -> pl.DataFrame:
    """Bars whose close walks in steps of up to 0.30, with jumps, still stretches and, with `gaps`, missing values.

    `scale` 1 leaves them on the paisa; 1 / 3 puts them off it.
    """
    rng = np.random.default_rng(seed)
    steps = rng.integers(-6, 7, size) * 5
    steps[rng.random(size) < 0.0005] = 40_000
    steps[rng.random(size) < 0.0005] = -40_000
    still = rng.integers(0, size - 50, 20)
    for start in still:
        steps[start : start + 50] = 0
    paise = np.maximum(200_000 + np.cumsum(steps), 1_000)
    reach = rng.integers(0, 4, (2, size)) * 5
    reach[:, np.repeat(still, 50) + np.tile(np.arange(50), 20)] = 0
    prices: dict[str, npt.NDArray[np.float64]] = {
        "high": (paise + reach[0]) / 100 * scale,
        "low": (paise - reach[1]) / 100 * scale,
        "close": paise / 100 * scale,
        "volume": rng.integers(0, 100_000, size).astype(np.float64),
    }
    if gaps:
        for values in prices.values():
            values[rng.random(size) < 0.001] = math.nan
            values[rng.random(size) < 0.0005] = math.inf
    days = [date(2024, 1, 1) + timedelta(days=t // 375) for t in range(size)]
    return pl.DataFrame({**prices, "session": days})


def streamed(frame: pl.DataFrame, stream: Any, names: Sequence[str]) -> npt.NDArray[np.float64]:
    return np.array([stream.update(*row) for row in frame.select(names).iter_rows()], dtype=np.float64).reshape(
        frame.height, -1
    )


def columns(frame: pl.DataFrame, made: Any) -> npt.NDArray[np.float64]:
    exprs = [made] if isinstance(made, pl.Expr) else list(made)
    found = frame.select(each.cast(pl.Float64).alias(str(number)) for number, each in enumerate(exprs))
    return found.fill_null(math.nan).to_numpy()


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1 / 3])
@pytest.mark.parametrize("name", STREAMS)
def test_twenty_thousand_bars_give_what_the_column_gives(name: str, scale: float, gaps: bool) -> None:
    make_column, make_stream, names = STREAMS[name]
    frame = walk(7, scale=scale, gaps=gaps)
    np.testing.assert_allclose(
        streamed(frame, make_stream(), names), columns(frame, make_column()), rtol=1e-9, atol=1e-9
    )


def test_three_years_of_minutes_do_not_move_an_average_or_a_deviation() -> None:
    frame = walk(11, scale=1.0, gaps=False, size=300_000)
    mean, bands, off = ta.SMA(20), ta.Bollinger(20), ta.SMA(20)
    for price in frame["close"]:
        mean.update(price)
        bands.update(price)
        off.update(price / 3)
    last = frame["close"].tail(20).to_numpy()
    assert mean.value == pytest.approx(last.mean(), rel=1e-14)
    assert bands.value.upper == pytest.approx(last.mean() + 2 * last.std(), rel=1e-13)
    assert off.value == pytest.approx((last / 3).mean(), rel=1e-13)


def test_value_and_ready_follow_the_updates() -> None:
    average = ta.SMA(3)
    assert math.isnan(average.value)
    for price, known, value in ((1.0, False, None), (2.0, False, None), (6.0, True, 3.0), (4.0, True, 4.0)):
        average.update(price)
        assert average.ready is known
        assert value is None or average.value == value
    average.update(math.nan)
    assert not average.ready

    smooth = ta.EMA(2)
    for price in (1.0, 2.0, math.nan):
        smooth.update(price)
    assert smooth.ready
    assert smooth.value == 1.5

    bands = ta.Donchian(2)
    bands.update(3.0, 1.0)
    assert not bands.ready
    assert bands.update(5.0, 2.0) == bands.value == (5.0, 3.0, 1.0)
    assert bands.ready


def test_prices_off_the_paisa_and_very_large_ones_are_averaged_too() -> None:
    for stream in (ta.SMA(2), ta.WMA(2), ta.Bollinger(2)):
        for price in (1.25, 2.5, 1e15):
            stream.update(price)
        stream.update(1 / 3)
        assert stream.ready
        stream.update(1 / 3)
    average, weighted, bands = ta.SMA(2), ta.WMA(2), ta.Bollinger(2, 1.0)
    for price in (1.25, 2.5, 1 / 3):
        average.update(price)
        weighted.update(price)
        bands.update(price)
    assert average.value == pytest.approx(17 / 12)
    assert weighted.value == pytest.approx((2.5 + 2 / 3) / 3)
    assert bands.value == pytest.approx((2.5, 17 / 12, 1 / 3))
