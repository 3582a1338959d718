"""The columns equal TA-Lib's values, on real minute bars and on a made random walk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
import talib

from hermes.strategy import indicators as ta

pytestmark = pytest.mark.kernel

Array = npt.NDArray[np.float64]
# name: column, TA-Lib's values, first bar known here, first bar known there, bars after which they agree, tolerance
Case = tuple[pl.Expr, Callable[[dict[str, Array]], Any], int, int, int, float]

CASES: dict[str, Case] = {
    "sma": (ta.sma(20), lambda b: talib.SMA(b["close"], 20), 19, 19, 19, 1e-9),
    "ema": (ta.ema(20), lambda b: talib.EMA(b["close"], 20), 19, 19, 19, 1e-9),
    "wma": (ta.wma(20), lambda b: talib.WMA(b["close"], 20), 19, 19, 19, 1e-9),
    "rsi": (ta.rsi(14), lambda b: talib.RSI(b["close"], 14), 14, 14, 14, 1e-9),
    "macd": (ta.macd().macd, lambda b: talib.MACD(b["close"])[0], 25, 33, 160, 1e-9),
    "macd signal": (ta.macd().signal, lambda b: talib.MACD(b["close"])[1], 33, 33, 200, 1e-9),
    "macd histogram": (ta.macd().histogram, lambda b: talib.MACD(b["close"])[2], 33, 33, 200, 1e-9),
    # TA-Lib loses digits in differences of sums of squares, and of typical prices, hence 1e-7.
    "bollinger upper": (ta.bollinger().upper, lambda b: talib.BBANDS(b["close"], 20, 2, 2)[0], 19, 19, 19, 1e-7),
    "bollinger lower": (ta.bollinger().lower, lambda b: talib.BBANDS(b["close"], 20, 2, 2)[2], 19, 19, 19, 1e-7),
    "cci": (ta.cci(20), lambda b: talib.CCI(b["high"], b["low"], b["close"], 20), 19, 19, 19, 1e-7),
    "atr": (ta.atr(14), lambda b: talib.ATR(b["high"], b["low"], b["close"], 14), 14, 14, 14, 1e-9),
    "adx": (ta.adx(14).adx, lambda b: talib.ADX(b["high"], b["low"], b["close"], 14), 27, 27, 27, 1e-9),
    "+di": (ta.adx(14).plus_di, lambda b: talib.PLUS_DI(b["high"], b["low"], b["close"], 14), 14, 14, 14, 1e-9),
    "-di": (ta.adx(14).minus_di, lambda b: talib.MINUS_DI(b["high"], b["low"], b["close"], 14), 14, 14, 14, 1e-9),
    "stochastic k": (
        ta.stochastic(14, 3, 3).k,
        lambda b: talib.STOCH(b["high"], b["low"], b["close"], 14, 3, 0, 3, 0)[0],
        *(15, 17, 17, 1e-9),
    ),
    "stochastic d": (
        ta.stochastic(14, 3, 3).d,
        lambda b: talib.STOCH(b["high"], b["low"], b["close"], 14, 3, 0, 3, 0)[1],
        *(17, 17, 17, 1e-9),
    ),
    "donchian upper": (ta.donchian(20).upper, lambda b: talib.MAX(b["high"], 20), 19, 19, 19, 0.0),
    "donchian lower": (ta.donchian(20).lower, lambda b: talib.MIN(b["low"], 20), 19, 19, 19, 0.0),
    "obv": (ta.obv(), lambda b: talib.OBV(b["close"], b["volume"]), 0, 0, 0, 1e-9),
    "roc": (ta.roc(10), lambda b: talib.ROC(b["close"], 10), 10, 10, 10, 1e-9),
    "deviation": (ta.deviation(20), lambda b: talib.STDDEV(b["close"], 20), 19, 19, 19, 1e-7),
}


def _agree(frame: pl.DataFrame, case: Case) -> None:
    column, oracle, first_here, first_there, agreed_from, tolerance = case
    arrays = {name: frame[name].cast(pl.Float64).to_numpy() for name in ("high", "low", "close", "volume")}
    ours = frame.select(column.alias("x"))["x"]
    theirs = oracle(arrays)
    assert ours.is_not_null().arg_true()[0] == first_here
    assert int(np.argmax(~np.isnan(theirs))) == first_there
    assert ours[first_here:].null_count() == 0
    np.testing.assert_allclose(ours.to_numpy()[agreed_from:], theirs[agreed_from:], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", CASES)
def test_values_and_warm_up_equal_ta_lib_on_a_random_walk(name: str) -> None:
    random = np.random.default_rng(7)
    close = np.round(1_000 * np.exp(np.cumsum(random.normal(0, 1e-3, 2_000))) / 0.05) * 0.05
    frame = pl.DataFrame(
        {
            "close": close,
            "high": close + random.integers(1, 40, 2_000) * 0.05,
            "low": close - random.integers(1, 40, 2_000) * 0.05,
            "volume": random.integers(1, 10**6, 2_000),
        }
    )
    _agree(frame, CASES[name])


@pytest.fixture(scope="module")
def minutes(real_data: Path) -> pl.DataFrame:
    return pl.read_parquet(real_data / "nse" / "minute_2016" / "minute_2016_20symbols.parquet").sort("symbol", "date")


@pytest.mark.realdata
@pytest.mark.parametrize("symbol", ["RELIANCE", "SBIN"])
@pytest.mark.parametrize("name", CASES)
def test_values_equal_ta_lib_on_real_minutes(minutes: pl.DataFrame, symbol: str, name: str) -> None:
    frame = minutes.filter(pl.col("symbol") == symbol)
    assert frame.height == 18 * 375
    _agree(frame, CASES[name])


@pytest.mark.realdata
def test_minutes_without_a_trade_make_the_stochastic_of_an_illiquid_share_undefined(minutes: pl.DataFrame) -> None:
    frame = minutes.filter(pl.col("symbol") == "PAGEIND")
    ours = frame.select(x=ta.stochastic(14, 1, 1).k)["x"]
    high, low, close = (frame[name].to_numpy() for name in ("high", "low", "close"))
    theirs = talib.STOCH(high, low, close, 14, 1, 0, 1, 0)[0]
    undefined = ours[13:].is_null().to_numpy()
    assert 0 < undefined.sum() < 10
    assert not theirs[13:][undefined].any()
    np.testing.assert_allclose(ours[13:].to_numpy()[~undefined], theirs[13:][~undefined], rtol=1e-9, atol=1e-9)


def test_a_price_that_never_moves_is_undefined_here_and_zero_in_ta_lib() -> None:
    flat = pl.DataFrame({"high": [5.0] * 40, "low": [5.0] * 40, "close": [5.0] * 40})
    array = flat["close"].to_numpy()
    for column, oracle in (
        (ta.rsi(14), talib.RSI(array, 14)),
        (ta.cci(20), talib.CCI(array, array, array, 20)),
        (ta.stochastic().d, talib.STOCH(array, array, array, 14, 3, 0, 3, 0)[1]),
        (ta.adx(14).plus_di, talib.PLUS_DI(array, array, array, 14)),
    ):
        assert flat.select(x=column)["x"].null_count() == 40
        assert oracle[-1] == 0


@pytest.mark.realdata
def test_averages_over_a_year_of_real_minutes_do_not_drift(real_data: Path) -> None:
    index = pl.read_parquet(real_data / "nse" / "index_minute_2021" / "nifty_banknifty_2021.parquet")
    close = index.filter(pl.col("symbol") == index["symbol"][0])["close"].cast(pl.Float64)
    frame = close.to_frame()
    for period in (20, 200):
        windows = np.lib.stride_tricks.sliding_window_view(close.to_numpy().astype(np.longdouble), period)
        means = windows.mean(axis=1)
        spread = np.sqrt(((windows - means[:, None]) ** 2).mean(axis=1))
        ours = frame.select(m=ta.sma(period), s=ta.deviation(period))[period - 1 :]
        np.testing.assert_allclose(ours["m"].to_numpy(), means.astype(float), rtol=1e-14)
        np.testing.assert_allclose(ours["s"].to_numpy(), spread.astype(float), rtol=1e-9)
