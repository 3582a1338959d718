"""Values worked out by hand, for indicators that TA-Lib does not have, and the refusal of impossible periods."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from hermes.errors import UsageError
from hermes.strategy import indicators as ta

pytestmark = pytest.mark.kernel


def test_vwap_begins_anew_in_each_session_and_waits_for_the_first_trade() -> None:
    frame = pl.DataFrame(
        {
            "session": [date(2024, 1, 1)] * 2 + [date(2024, 1, 2)] * 3,
            "high": [11.0, 13.0, 21.0, 24.0, 30.0],
            "low": [9.0, 11.0, 19.0, 21.0, 30.0],
            "close": [10.0, 12.0, 20.0, 24.0, 30.0],
            "volume": [100, 300, 0, 50, 150],
        }
    )
    # Typical prices: 10, 12 | 20, 23, 30. (1000 + 3600) / 400; then nothing traded; 23; (1150 + 4500) / 200.
    assert frame.select(x=ta.vwap())["x"].to_list() == [10.0, 11.5, None, 23.0, 28.25]


def test_supertrend_begins_down_only_tightens_and_turns_when_the_close_breaks_the_band() -> None:
    # high = close + 1, low = close - 1. True ranges from bar 1: 2, 2, 5 (16 - 11 after a close of 11 .. 17 - 11 = 6).
    close = [10.0, 11.0, 11.0, 16.0, 16.0, 9.0]
    frame = pl.DataFrame({"high": [each + 1 for each in close], "low": [each - 1 for each in close], "close": close})
    lines = ta.supertrend(1, 1.0)
    made = frame.select(line=lines.line, direction=lines.direction)
    # ATR(1) = true range: 2, 2, 6, 2, 8. Upper: 13, 13, min(22, 13) = 13: 16 breaks it. Lower: 9, 9, 10, then 14: up.
    # Bar 5: lower max(9 - 8, 14) = 14 is broken by 9; upper after 16 > 13 was set anew: bar 4 18, bar 5 min(17, 18).
    assert made["direction"].to_list() == [None, -1, -1, 1, 1, -1]
    assert made["line"].to_list() == [None, 13.0, 13.0, 10.0, 14.0, 17.0]
    assert made["direction"].dtype == pl.Int8


def test_keltner_is_the_ema_and_the_atr_on_either_side() -> None:
    close = [10.0, 12.0, 14.0]
    frame = pl.DataFrame({"high": [each + 1 for each in close], "low": [each - 1 for each in close], "close": close})
    bands = ta.keltner(2, 2.0, 1)
    made = frame.select(u=bands.upper, m=bands.middle, b=bands.lower)
    # EMA(2): -, 11, 11 + 2/3 x 3 = 13. True ranges: 13 - 10 = 3, 15 - 12 = 3.
    assert made["m"].to_list() == pytest.approx([None, 11, 13])
    assert made["u"].to_list() == pytest.approx([None, 17, 19])
    assert made["b"].to_list() == pytest.approx([None, 5, 7])


def test_averages_of_a_few_numbers() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 6.0, 4.0]})
    assert frame.select(v=ta.sma(3, "x"))["v"].to_list() == [None, None, 3.0, 4.0]
    assert frame.select(v=ta.ema(3, "x"))["v"].to_list() == [None, None, 3.0, 3.5]
    assert frame.select(v=ta.wilder(2, "x"))["v"].to_list() == [None, 1.5, 3.75, 3.875]
    assert frame.select(v=ta.wma(3, "x"))["v"].to_list() == pytest.approx([None, None, 23 / 6, 26 / 6])
    assert frame.select(v=ta.wma(5, "x"))["v"].to_list() == [None] * 4


@pytest.mark.parametrize(
    "make",
    [
        lambda: ta.sma(0),
        lambda: ta.EMA(-1),
        lambda: ta.rsi(1),
        lambda: ta.macd(26, 12),
        lambda: ta.MACD(12, 12),
        lambda: ta.bollinger(1),
        lambda: ta.adx(1),
        lambda: ta.sma(2.5),  # type: ignore[arg-type]
        lambda: ta.sma(True),
    ],
)
def test_an_impossible_period_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(UsageError, match="must be a whole number of at least"):
        make()
