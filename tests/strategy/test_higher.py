"""Longer timeframes: a value is seen from the bar that starts at or after the longer bar's end, never before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from hermes.data.timeframe import Timeframe
from hermes.errors import StrategyError, UnknownNameError
from hermes.strategy import Indicator, Strategy, higher
from hermes.strategy.indicators import sma


def _at(day: int, hour: int, minute: int) -> datetime:
    """2024-01-`day`, Indian time, as UTC."""
    return datetime(2024, 1, day, hour, minute, tzinfo=UTC) - timedelta(hours=5, minutes=30)


def _seen(bars: pl.DataFrame, timeframe: str, expr: pl.Expr) -> list[float | None]:
    class Given(Strategy):
        def indicators(self) -> dict[str, pl.Expr | Indicator]:
            return {"long": higher(timeframe, expr)}

        def signals(self) -> pl.Expr:
            return pl.col("long") > 0

    return Given().generate_signals(bars)["long"].to_list()


def test_a_quarter_of_an_hour_is_seen_from_its_end_on(make_bars: Any) -> None:
    times = [_at(1, 9, minute) for minute in (15, 16, 29, 30, 31, 45, 59)]
    bars = make_bars([10, 11, 12, 13, 14, 15, 16], times)
    # 09:15..09:29 closes at 12 and ends at 09:30; 09:30..09:44 closes at 14 and ends at 09:45.
    assert _seen(bars, "15m", pl.col("close")) == [None, None, None, 12, 12, 14, 14]


def test_the_last_longer_bar_of_a_session_is_seen_in_the_next_session_only(make_bars: Any) -> None:
    times = [_at(1, 15, 15), _at(1, 15, 29), _at(2, 9, 15)]
    assert _seen(make_bars([10, 11, 12], times), "1h", pl.col("close")) == [None, None, 11]


def test_a_day_is_seen_from_the_next_session_even_over_a_weekend(make_bars: Any) -> None:
    # 2024-01-05 is a Friday; Monday's first bar comes late, at 09:17.
    times = [_at(4, 9, 15), _at(4, 15, 29), _at(5, 9, 15), _at(5, 15, 29), _at(8, 9, 17), _at(8, 15, 29)]
    bars = make_bars([10, 20, 30, 40, 50, 60], times)
    assert _seen(bars, "1d", pl.col("close")) == [None, None, 20, 20, 40, 40]
    assert _seen(bars, "1d", sma(2)) == [None, None, None, None, 30, 30]
    assert _seen(bars, "1d", pl.col("high")) == [None, None, 21, 21, 41, 41]


def test_a_week_is_seen_from_the_first_session_of_the_next_one(make_bars: Any) -> None:
    times = [_at(4, 9, 15), _at(5, 15, 29), _at(9, 9, 15), _at(12, 15, 29), _at(15, 9, 15)]
    assert _seen(make_bars([10, 20, 30, 40, 50], times), "1w", pl.col("close")) == [None, None, 20, 20, 40]


def test_a_day_on_daily_bars_is_yesterday(make_bars: Any) -> None:
    times = [_at(day, 9, 15) for day in (2, 3, 4)]
    assert _seen(make_bars([10, 20, 30], times), "1d", pl.col("close")) == [None, 10, 20]


@pytest.mark.parametrize("timeframe", ["15m", "1h", "1d", "1w"])
def test_the_future_changes_nothing_that_was_seen(make_bars: Any, timeframe: str) -> None:
    times = [_at(day, hour, minute) for day in (1, 2, 3, 8, 9) for hour in (10, 13) for minute in range(0, 60, 7)]
    bars = make_bars([100 + (7 * t) % 13 for t in range(len(times))], times)
    whole = _seen(bars, timeframe, pl.col("close"))
    for cut in range(1, bars.height):
        assert _seen(bars.head(cut), timeframe, pl.col("close")) == whole[:cut]


@pytest.mark.parametrize(("timeframe", "days"), [("15m", 1), ("1d", 7)])
def test_bars_longer_than_the_indicators_are_refused(make_bars: Any, timeframe: str, days: int) -> None:
    times = [_at(1 + days * t, 9, 15) for t in range(4)]
    with pytest.raises(StrategyError, match=f"Given .*an indicator on {timeframe} bars and runs on longer ones"):
        _seen(make_bars([1, 2, 3, 4], times), timeframe, pl.col("close"))


def test_an_unknown_timeframe_is_named_where_it_is_declared() -> None:
    with pytest.raises(UnknownNameError, match="'1dd'"):
        higher("1dd", pl.col("close"))
    assert higher("1d", pl.col("close")).plot.timeframe is Timeframe.D1
