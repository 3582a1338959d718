"""The opening-range breakout on sessions written by hand: four minutes of range, then what the test says."""

from typing import Any

import polars as pl
import pytest
from tests.engine.market import bars, fills, store

from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.errors import UsageError
from hermes.market import Side
from hermes.strategy import Bar, create_strategy
from hermes.strategy.builtin.opening_range import Breakout, OpeningRange

pytestmark = pytest.mark.kernel

# 100.00 to 101.00 in steps of 0.05: one step above the high is 101.05, the stop 100.00, twice the range 103.05.
RANGE = {
    "closes": [100.5, 101.0, 100.05, 100.5],
    "high": [100.6, 101.0, 100.5, 100.55],
    "low": [100.5, 100.5, 100.0, 100.2],
}


def session(day: str, later: list[tuple[float, float, float, float]], *, at: str = "09:15") -> pl.DataFrame:
    """Four bars of the range, then bars of (open, high, low, close), a minute each."""
    opened, high, low, close = (list(each) for each in zip(*later, strict=True))
    closes = RANGE["closes"]
    return bars(
        day,
        closes + close,
        at,
        open=[100.5, 100.55, 100.5, 100.2, *opened],
        high=RANGE["high"] + high,
        low=RANGE["low"] + low,
    )


def run(frame: pl.DataFrame, params: dict[str, Any] | None = None, **fields: Any) -> BacktestResult:
    plain: dict[str, Any] = {"charges": "none", "max_volume_share": None, "product": "MIS", "initial_cash": 100_000}
    given = {"minutes": 4, "quantity": 10} | (params or {})
    request = BacktestRequest(
        symbols="ABC", strategy="OpeningRangeBreakout", params=given, mode="event", **(plain | fields)
    )
    return run_backtest(request, store(frame))


def bar(high: float, low: float) -> Bar:
    return Bar("ABC", 0, low, high, low, high, 1.0)


def test_a_range_is_the_highest_and_lowest_price_and_the_step_all_prices_share() -> None:
    seen = OpeningRange()
    seen.include(bar(100.6, 100.5))
    seen.include(bar(101.0, 100.05))
    # In paise 10060, 10050, 10100, 10005: all multiples of 5. The range is 95 wide, twice that 190.
    assert (seen.high, seen.low, seen.step) == (10_100, 10_005, 5)
    assert seen.breakout(Side.BUY, 2.0) == Breakout(entry=101.05, stop=100.05, target=102.95)
    assert seen.breakout(Side.SELL, 2.0) == Breakout(entry=100.0, stop=101.0, target=98.1)
    # 1.03 x 95 = 97.85: 100 is the nearest multiple of 5.
    assert seen.breakout(Side.BUY, 1.03) == Breakout(entry=101.05, stop=100.05, target=102.05)


def test_a_range_without_width_has_no_breakout() -> None:
    seen = OpeningRange()
    seen.include(bar(100.0, 100.0))
    assert seen.breakout(Side.BUY, 2.0) is None


def test_the_break_is_bought_and_left_at_the_target() -> None:
    later = [
        (100.5, 100.9, 100.4, 100.8),
        (100.9, 101.3, 100.8, 101.2),
        (101.2, 102.0, 101.1, 101.9),
        (102, 103.5, 102, 103),
    ]
    result = run(session("2024-01-02", later))
    assert fills(result) == [
        ("2024-01-02 09:20", "buy", 10, 101.05, "entry"),
        ("2024-01-02 09:22", "sell", 10, 103.05, "target"),
    ]


def test_the_very_bar_after_the_range_can_fill_and_a_stop_out_is_the_last_trade_of_the_session() -> None:
    later = [
        (100.5, 101.1, 100.4, 101.0),
        (101.0, 101.0, 99.5, 99.6),
        (99.6, 102.0, 99.6, 102.0),
        (102.0, 102.0, 102.0, 102.0),
    ]
    assert fills(run(session("2024-01-02", later))) == [
        ("2024-01-02 09:19", "buy", 10, 101.05, "entry"),
        ("2024-01-02 09:20", "sell", 10, 100.0, "stop"),
    ]


def test_a_break_below_is_left_alone_by_long_only_and_sold_otherwise() -> None:
    later = [(100.2, 100.3, 99.8, 99.9), (100.3, 102.0, 100.2, 101.9), (101.9, 102.0, 101.9, 102.0)]
    frame = session("2024-01-02", later)

    assert fills(run(frame)) == [
        ("2024-01-02 09:20", "buy", 10, 101.05, "entry"),
        ("2024-01-02 09:21", "sell", 10, 102.0, "square_off"),
    ]
    # Sold at 99.95; the stop at the range's high takes it out. The fill has cancelled the buy at 101.05.
    assert fills(run(frame, {"long_only": False})) == [
        ("2024-01-02 09:19", "sell", 10, 99.95, "entry"),
        ("2024-01-02 09:20", "buy", 10, 101.0, "stop"),
    ]


def test_a_short_reaches_its_target_below() -> None:
    later = [(100.2, 100.3, 99.8, 99.9), (99.9, 99.9, 97.5, 98.0), (98.0, 98.0, 98.0, 98.0)]
    assert fills(run(session("2024-01-02", later), {"long_only": False})) == [
        ("2024-01-02 09:19", "sell", 10, 99.95, "entry"),
        ("2024-01-02 09:20", "buy", 10, 97.95, "target"),
    ]


def test_an_entry_that_has_waited_until_the_latest_minute_is_withdrawn() -> None:
    quiet = (100.5, 100.9, 100.4, 100.5)
    frame = session("2024-01-02", [quiet, quiet, (100.5, 102.0, 100.5, 102.0), (102.0, 102.0, 102.0, 102.0)])

    assert fills(run(frame, {"latest_entry": 5})) == []
    assert len(fills(run(frame, {"latest_entry": 6}))) == 2


def test_each_session_begins_anew() -> None:
    breaks = [(100.5, 101.1, 100.4, 101.0), (101.0, 101.0, 99.5, 99.6)]
    frame = pl.concat([session("2024-01-02", breaks), session("2024-01-03", breaks)])
    assert [when for when, *_ in fills(run(frame))] == [
        "2024-01-02 09:19",
        "2024-01-02 09:20",
        "2024-01-03 09:19",
        "2024-01-03 09:20",
    ]


def test_what_cnc_leaves_open_is_sold_in_the_next_session() -> None:
    calm = [(100.5, 101.1, 100.4, 101.0), (101.0, 101.2, 100.9, 101.1)]
    frame = pl.concat([session("2024-01-02", calm), bars("2024-01-03", [102.0, 102.5, 102.5])])
    assert fills(run(frame, product="CNC")) == [
        ("2024-01-02 09:19", "buy", 10, 101.05, "entry"),
        ("2024-01-03 09:16", "sell", 10, 102.5, "order"),
    ]


def test_without_a_quantity_a_share_of_the_equity_is_traded() -> None:
    later = [(100.5, 101.1, 100.4, 101.0), (101.0, 101.0, 101.0, 101.0)]
    # 0.25 x 100,000 / 101.05 = 247.4
    found = fills(run(session("2024-01-02", later), {"quantity": 0, "share": 0.25}))
    assert found[0] == ("2024-01-02 09:19", "buy", 247, 101.05, "entry")


def test_on_bars_as_long_as_the_range_the_first_session_waits_for_the_second_bar() -> None:
    # Nobody knows yet how long a bar is; from the second session on the first bar is the whole range.
    day: dict[str, Any] = {"step": 15, "high": [101.0, 100.9, 101.2, 101.3], "low": [100.0, 100.4, 100.6, 100.9]}
    closes = [100.55, 100.75, 101.1, 101.0]
    frame = pl.concat(
        [
            bars("2024-01-02", closes, **day),
            bars("2024-01-03", closes, **(day | {"high": [101.0, 101.1, 101.2, 101.3]})),
        ]
    )
    entries = [each for each in fills(run(frame, {"minutes": 15}, timeframe="15m")) if each[-1] == "entry"]
    assert [when for when, *_ in entries] == ["2024-01-02 09:45", "2024-01-03 09:30"]


def test_with_bars_before_the_first_day_the_length_of_a_bar_is_known() -> None:
    day: dict[str, Any] = {"step": 15, "high": [101.0, 101.1, 101.2, 101.3], "low": [100.0, 100.4, 100.6, 100.9]}
    closes = [100.55, 100.75, 101.1, 101.0]
    frame = pl.concat([bars("2024-01-02", closes, **day), bars("2024-01-03", closes, **day)])
    found = fills(run(frame, {"minutes": 15}, timeframe="15m", start_date="2024-01-03"))
    assert found[0] == ("2024-01-03 09:30", "buy", 10, 101.05, "entry")


def test_a_range_that_ends_after_the_latest_entry_is_refused() -> None:
    with pytest.raises(UsageError, match=r"minutes \(30\) must be below latest_entry \(20\)"):
        create_strategy("OpeningRangeBreakout", {"minutes": 30, "latest_entry": 20})
