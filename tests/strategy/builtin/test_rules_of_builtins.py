"""What each built-in strategy does on bars whose indicators are worked out by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from hermes.data.timeframe import Timeframe
from hermes.errors import UsageError
from hermes.strategy import builtin, create_strategy

pytestmark = pytest.mark.kernel


def _targets(name: str, bars: pl.DataFrame, **params: Any) -> list[int | None]:
    return create_strategy(name, params).generate_signals(bars)["signal"].to_list()


def test_rsi_enters_below_oversold_holds_and_leaves_above_overbought(make_bars: Any) -> None:
    bars = make_bars([10, 9, 8, 9, 9, 11, 12])
    # period 2: changes -1 -1 +1 0 +2 +1. Rise / fall: 0/1; .5/.5; .25/.25; 1.125/.125; 1.0625/.0625
    strategy = create_strategy("RSIStrategy", {"period": 2})
    signals = strategy.generate_signals(bars)
    assert signals["rsi"].to_list() == pytest.approx([None, None, 0, 50, 50, 90, 100 * 1.0625 / 1.125])
    assert signals["signal"].to_list() == [None, None, 1, 1, 1, 0, 0]


def test_sma_crossover_is_long_while_the_fast_average_is_above(make_bars: Any) -> None:
    # fast (1): the close; slow (3): -, -, 2, 3, 3, 2
    assert _targets("SMACrossover", make_bars([1, 2, 3, 4, 2, 0]), fast=1, slow=3) == [None, None, 1, 1, 0, 0]


def test_an_equal_pair_of_averages_is_flat(make_bars: Any) -> None:
    assert _targets("SMACrossover", make_bars([4, 4, 4]), fast=1, slow=2) == [None, 0, 0]


def test_macd_is_long_while_the_line_is_above_its_signal(make_bars: Any) -> None:
    # fast 1: the close. slow 3 (alpha 1/2, begun by the mean): -, -, 2, 3, 2.5, 4.25.
    # line: -, -, 1, 1, -.5, 1.75. signal 2 (alpha 2/3): -, -, -, 1, 0, 7/6.
    signals = create_strategy("MACDStrategy", {"fast": 1, "slow": 3, "signal": 2}).generate_signals(
        make_bars([1, 2, 3, 4, 2, 6])
    )
    assert signals["macd"].to_list() == pytest.approx([None, None, 1, 1, -0.5, 1.75])
    assert signals["macd_signal"].to_list() == pytest.approx([None, None, None, 1, 0, 7 / 6])
    assert signals["signal"].to_list() == [None, None, None, 0, 0, 1]


def test_bollinger_buys_below_the_lower_band_and_leaves_at_the_middle(make_bars: Any) -> None:
    # period 3, width 1. 10 10 10: 10 +- 0. 10 10 4: 8 +- sqrt(8), lower 5.17: 4 enters. 10 4 5: middle 6.33, hold.
    # 4 5 6: middle 5, 6 leaves.
    signals = create_strategy("BollingerBandsStrategy", {"period": 3, "width": 1}).generate_signals(
        make_bars([10, 10, 10, 4, 5, 6])
    )
    assert signals["bb_lower"][3] == pytest.approx(8 - 8**0.5)
    assert signals["bb_upper"][3] == pytest.approx(8 + 8**0.5)
    assert signals["signal"].to_list() == [None, None, 0, 1, 1, 0]


def test_mtf_needs_the_daily_trend_and_the_intraday_trigger(make_bars: Any) -> None:
    # Last closes of the days: 10, 12, 8, 7. SMA(2) of them: -, 11, 10, 7.5. So day 3 has an uptrend (12 > 11),
    # day 4 a downtrend (8 < 10). The trigger, fast 1 over slow 2, comes with the second bar of each day.
    days = {1: [10, 10, 10], 2: [9, 11, 12], 3: [9, 12, 8], 4: [6, 9, 7]}
    times = [
        datetime(2024, 1, day, 9, 15, tzinfo=UTC) - timedelta(hours=5, minutes=30) + timedelta(minutes=minute)
        for day in days
        for minute in range(3)
    ]
    bars = make_bars([close for closes in days.values() for close in closes], times)
    strategy = create_strategy("MTFTrendFollowingStrategy", {"trend_period": 2, "fast": 1, "slow": 2})
    signals = strategy.generate_signals(bars)
    assert signals["daily_close"].to_list() == [None] * 3 + [10] * 3 + [12] * 3 + [8] * 3
    assert signals["daily_sma"].to_list() == [None] * 6 + [11] * 3 + [10] * 3
    assert signals["signal"].to_list()[6:] == [0, 1, 0, 0, 0, 0]
    assert 1 not in signals["signal"].to_list()[:6]
    assert strategy.warmup() == {None: 20, Timeframe.D1: 2}


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("RSIStrategy", {"oversold": 70, "overbought": 30}, r"oversold \(70\) must be below overbought \(30\)"),
        ("SMACrossover", {"fast": 200}, r"fast \(200\) must be below slow \(200\)"),
        ("MACDStrategy", {"slow": 12}, r"fast \(12\) must be below slow \(12\)"),
        ("MTFTrendFollowingStrategy", {"fast": 31}, r"fast \(31\) must be below slow \(30\)"),
        ("BollingerBandsStrategy", {"width": "nan"}, "width = 'nan' is not allowed"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(name: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        create_strategy(name, params)


@pytest.mark.parametrize("name", builtin.__all__)
def test_every_parameter_has_a_default_a_description_and_bounds(name: str) -> None:
    schema = type(create_strategy(name)).model_json_schema()
    for field in schema["properties"].values():
        assert field["description"]
        assert "default" in field
        assert field["type"] == "boolean" or {"minimum", "exclusiveMinimum"} & field.keys()
