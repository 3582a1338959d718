"""A value that is infinite or NaN counts as missing: it costs the bars that hold it, never the rest of the column."""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from hermes.strategy import indicators as ta

pytestmark = pytest.mark.kernel

BAD = (math.inf, -math.inf, math.nan)
COLUMNS = {
    "sma": [ta.sma(5)],
    "ema": [ta.ema(5)],
    "wma": [ta.wma(5)],
    "wilder": [ta.wilder(5)],
    "rsi": [ta.rsi(5)],
    "macd": [*ta.macd(3, 5, 3)],
    "roc": [ta.roc(3)],
    "bollinger": [*ta.bollinger(5)],
    "deviation": [ta.deviation(5)],
    "stochastic": [*ta.stochastic(5, 2, 3)],
    "cci": [ta.cci(5)],
    "atr": [ta.atr(4)],
    "adx": [*ta.adx(4)],
    "supertrend": [*ta.supertrend(3)],
    "keltner": [*ta.keltner(5)],
    "donchian": [*ta.donchian(4)],
    "obv": [ta.obv()],
    "vwap": [ta.vwap()],
}


def _bars() -> pl.DataFrame:
    close = np.round(100 + np.cumsum(np.random.default_rng(1).normal(0, 1, 60)), 2)
    return pl.DataFrame(
        {
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": np.arange(100.0, 160.0),
            "session": pl.repeat(1, 60, eager=True),
        }
    )


def _with(bars: pl.DataFrame, column: str, value: float | None) -> pl.DataFrame:
    """Two bars in a row, then one alone, have `value`."""
    values = bars[column].to_list()
    for row in (25, 26, 31):
        values[row] = value
    return bars.with_columns(pl.Series(column, values, dtype=pl.Float64))


def _close(values: Sequence[float]) -> pl.DataFrame:
    return pl.DataFrame({"close": values}, schema={"close": pl.Float64})


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("column", ["high", "low", "close"])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_value_that_is_not_finite_counts_as_null(name: str, column: str, bad: float) -> None:
    exprs = [each.cast(pl.Float64).alias(str(number)) for number, each in enumerate(COLUMNS[name])]
    found = _with(_bars(), column, bad).select(exprs)
    assert found.equals(_with(_bars(), column, None).select(exprs))
    for each in found:
        assert each.drop_nulls().is_finite().all()
        assert each[-1] is not None


@pytest.mark.parametrize("bad", BAD)
def test_averages_recover_as_they_do_from_null(bad: float) -> None:
    frame = _close([1.0, 2.0, bad, 4.0, 5.0, 6.0])
    assert frame.select(ta.sma(2))["close"].to_list() == [None, 1.5, None, None, 4.5, 5.5]
    # alpha = 2 / 3: 1.5 + 2/3 x (4 - 1.5), and so on; the bad bar changes nothing.
    ema = frame.select(ta.ema(2))["close"].to_list()
    assert ema[:3] == [None, 1.5, None]
    assert ema[3:] == pytest.approx([1.5 + 5 / 3, 19 / 6 + 2 / 3 * (5 - 19 / 6), 79 / 18 + 2 / 3 * (6 - 79 / 18)])


@pytest.mark.parametrize("bad", BAD)
def test_an_average_of_hundredths_stays_exact_around_a_bad_value(bad: float) -> None:
    # In floating point 0.1 + 0.2 is not 0.3: only a sum of whole hundredths gives 0.2 and 0.15 exactly.
    frame = _close([0.1, 0.2, 0.3, bad, 0.1, 0.2, 0.3])
    assert frame.select(ta.sma(3))["close"].to_list() == [None, None, 0.2, None, None, None, 0.2]
    assert frame.select(ta.sma(2))["close"].to_list() == [None, 0.15, 0.25, None, None, 0.15, 0.25]


@pytest.mark.parametrize("bad", BAD)
def test_a_deviation_is_null_while_its_window_holds_a_bad_value(bad: float) -> None:
    frame = _close([1.0, 3.0, bad, 1.0, 3.0, 7.0])
    assert frame.select(ta.deviation(2))["close"].to_list() == [None, 1.0, None, None, 1.0, 2.0]


@pytest.mark.parametrize("bad", [*BAD, None])
def test_vwap_leaves_the_volume_of_a_bar_without_a_price_out(bad: float | None) -> None:
    price = [10.0, bad, 20.0]
    frame = pl.DataFrame(
        {"high": price, "low": price, "close": price, "volume": [1, 5, 1], "session": [1, 1, 1]},
        schema_overrides={"high": pl.Float64, "low": pl.Float64, "close": pl.Float64},
    )
    assert frame.select(x=ta.vwap())["x"].to_list() == [10.0, None, 15.0]


@pytest.mark.parametrize("bad", [*BAD, None])
def test_obv_compares_with_the_last_known_close(bad: float | None) -> None:
    frame = pl.DataFrame({"close": [10.0, 11.0, bad, 12.0, 9.0], "volume": [1, 2, 3, 4, 5]}, strict=False)
    assert frame.select(x=ta.obv())["x"].to_list() == [1.0, 3.0, 3.0, 7.0, 2.0]


def test_whole_numbers_are_finite() -> None:
    frame = pl.DataFrame({"close": [3, 4, 5], "high": [3, 4, 5], "low": [3, 4, 5]})
    assert frame.select(ta.deviation(2))["close"].to_list() == [None, 0.5, 0.5]
    assert frame.select(ta.donchian(2).upper)["high"].to_list() == [None, 4, 5]
    assert frame.select(x=ta.roc(2))["x"].to_list() == [None, None, pytest.approx(200 / 3)]
