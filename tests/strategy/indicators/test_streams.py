"""Every indicator's stream gives what its column gives."""

import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from hermes.strategy import indicators as ta

pytestmark = pytest.mark.kernel

Row = dict[str, Any]
Case = tuple[Callable[[], Any], Callable[[], Any], Callable[[Any, Row], Any]]


def _close(stream: Any, row: Row) -> Any:
    return stream.update(row["close"])


def _range(stream: Any, row: Row) -> Any:
    return stream.update(row["high"], row["low"], row["close"])


CASES: dict[str, Case] = {
    "sma": (lambda: ta.sma(5), lambda: ta.SMA(5), _close),
    "ema": (lambda: ta.ema(5), lambda: ta.EMA(5), _close),
    "wma": (lambda: ta.wma(5), lambda: ta.WMA(5), _close),
    "wilder": (lambda: ta.wilder(5), lambda: ta.Wilder(5), _close),
    "rsi": (lambda: ta.rsi(4), lambda: ta.RSI(4), _close),
    "macd": (lambda: ta.macd(3, 6, 4), lambda: ta.MACD(3, 6, 4), _close),
    "roc": (lambda: ta.roc(3), lambda: ta.ROC(3), _close),
    "bollinger": (lambda: ta.bollinger(5, 2.0), lambda: ta.Bollinger(5, 2.0), _close),
    "stochastic": (lambda: ta.stochastic(5, 2, 3), lambda: ta.Stochastic(5, 2, 3), _range),
    "cci": (lambda: ta.cci(5), lambda: ta.CCI(5), _range),
    "atr": (lambda: ta.atr(4), lambda: ta.ATR(4), _range),
    "adx": (lambda: ta.adx(4), lambda: ta.ADX(4), _range),
    "supertrend": (lambda: ta.supertrend(3, 1.5), lambda: ta.Supertrend(3, 1.5), _range),
    "keltner": (lambda: ta.keltner(6, 2.0, 4), lambda: ta.Keltner(6, 2.0, 4), _range),
    "donchian": (lambda: ta.donchian(4), lambda: ta.Donchian(4), lambda s, row: s.update(row["high"], row["low"])),
    "obv": (ta.obv, ta.OBV, lambda s, row: s.update(row["close"], row["volume"])),
    "vwap": (
        ta.vwap,
        ta.VWAP,
        lambda s, row: s.update(row["high"], row["low"], row["close"], row["volume"], row["session"]),
    ),
}


_BAR = st.tuples(
    st.one_of(st.just(0), st.integers(-40, 40), st.integers(-2_000, 2_000)),
    st.integers(0, 30),
    st.integers(0, 30),
    st.one_of(st.just(0), st.integers(1, 10**7)),
)


@st.composite
def bars(draw: DrawFn, *, gaps: bool = False) -> pl.DataFrame:
    """Up to 60 bars on a tick of 0.05, with flat stretches, jumps, bars without volume and several sessions.

    With `gaps`, some prices and volumes are NaN or infinite.
    """
    steps, above, below, volume = zip(*draw(st.lists(_BAR, min_size=1, max_size=60)), strict=True)
    ticks = np.maximum(draw(st.integers(2_000, 200_000)) + np.cumsum(steps), 100)
    per_session = draw(st.integers(1, 20))
    numbers = {
        "high": (ticks + above) / 20,
        "low": (ticks - below) / 20,
        "close": ticks / 20,
        "volume": np.array(volume, dtype=np.float64),
    }
    if gaps:
        for name, row in draw(st.lists(st.tuples(st.sampled_from(list(numbers)), st.integers(0, ticks.size - 1)))):
            numbers[name][row] = draw(st.sampled_from((math.nan, math.inf, -math.inf)))
    sessions = [date(2024, 1, 1) + timedelta(days=t // per_session) for t in range(ticks.size)]
    return pl.DataFrame({"session": sessions, **numbers})


def _columns(frame: pl.DataFrame, made: Any) -> list[list[float | None]]:
    exprs = [made] if isinstance(made, pl.Expr) else list(made)
    return [frame.select(each.cast(pl.Float64).alias("x"))["x"].to_list() for each in exprs]


def _streamed(frame: pl.DataFrame, stream: Any, feed: Callable[[Any, Row], Any]) -> list[list[float]]:
    values = [feed(stream, row) for row in frame.iter_rows(named=True)]
    rows: Iterable[Any] = values if isinstance(values[0], tuple) else [(each,) for each in values]
    return [list(each) for each in zip(*rows, strict=True)]


@pytest.mark.parametrize("name", CASES)
@given(frame=st.one_of(bars(), bars(gaps=True)))
def test_stream_and_column_agree_to_one_part_in_a_thousand_million(name: str, frame: pl.DataFrame) -> None:
    make_column, make_stream, feed = CASES[name]
    for column, stream in zip(_columns(frame, make_column()), _streamed(frame, make_stream(), feed), strict=True):
        for t, (value, streamed) in enumerate(zip(column, stream, strict=True)):
            if value is None:
                assert math.isnan(streamed), (t, streamed)
            else:
                # Relative to the value, with a floor for differences of prices near 10,000.
                assert streamed == pytest.approx(value, rel=1e-9, abs=1e-9), t


@pytest.mark.parametrize("name", CASES)
@given(frame=bars())
def test_a_column_is_never_nan_and_is_the_same_without_the_future(name: str, frame: pl.DataFrame) -> None:
    make_column, _, _ = CASES[name]
    whole = _columns(frame, make_column())
    part = _columns(frame.head(frame.height // 2 + 1), make_column())
    for full, early in zip(whole, part, strict=True):
        assert not any(value is not None and math.isnan(value) for value in full)
        assert full[: len(early)] == early


@pytest.mark.parametrize("stream", [ta.EMA(2), ta.RSI(2), ta.SMA(2)])
def test_a_missing_value_gives_nan(stream: Any) -> None:
    for value in (1.0, 2.0, 4.0, 3.0):
        stream.update(value)
    assert math.isnan(stream.update(math.nan))


def test_a_recursion_goes_on_after_a_missing_value_as_if_it_had_not_been() -> None:
    with_gap = pl.DataFrame({"close": [1.0, 2.0, None, 4.0, 8.0]})
    without = pl.DataFrame({"close": [1.0, 2.0, 4.0, 8.0]})
    for column in (ta.ema(2), ta.rsi(2)):
        gap = with_gap.select(x=column)["x"].to_list()
        assert gap[2] is None
        assert [*gap[:2], *gap[3:]] == without.select(x=column)["x"].to_list()


def test_a_bar_with_a_missing_price_changes_no_range() -> None:
    frame = pl.DataFrame(
        {
            "high": [11.0, 13.0, None, 14.0, 15.0, 16.0],
            "low": [9.0, 10.0, 9.0, 12.0, 11.0, 14.0],
            "close": [10.0, 12.0, 11.0, 13.0, 14.0, 15.0],
        }
    )
    kept = frame.filter(pl.col("high").is_not_null())
    for column in (ta.atr(2), ta.adx(2).adx, ta.supertrend(2, 1.0).line):
        gap = frame.select(x=column)["x"].to_list()
        assert gap[2] is None
        assert [*gap[:2], *gap[3:]] == kept.select(x=column)["x"].to_list()


@pytest.mark.parametrize("stream", [ta.ATR(2), ta.ADX(2), ta.Supertrend(2, 1.0)])
def test_a_stream_leaves_a_bar_with_a_missing_price_out(stream: Any) -> None:
    for high, low, close in ((11.0, 9.0, 10.0), (13.0, 10.0, 12.0), (14.0, 12.0, 13.0), (15.0, 11.0, 14.0)):
        before = stream.update(high, low, close)
    after = stream.update(math.nan, 9.0, 11.0)
    assert not np.isnan(before).any()
    assert np.isnan(after).all()
