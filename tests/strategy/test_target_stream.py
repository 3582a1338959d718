"""Targets bar by bar are those of the whole history."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from hermes.data.bars import BAR_COLUMNS, BAR_SCHEMA
from hermes.data.resample import resample
from hermes.data.timeframe import Timeframe
from hermes.errors import DataError, StrategyError, UsageError
from hermes.strategy import Bar, Strategy, TargetStream, create_strategy, crosses_above, crosses_below, latch
from hermes.strategy.indicators import ema

pytestmark = pytest.mark.kernel

RULES: dict[str, dict[str, Any]] = {
    "RSIStrategy": {"period": 5, "oversold": 45, "overbought": 55},
    "MACDStrategy": {"fast": 3, "slow": 8, "signal": 4},
    "BollingerBandsStrategy": {"period": 8, "width": 1.2},
    "SMACrossover": {"fast": 3, "slow": 9},
    "MTFTrendFollowingStrategy": {"trend_period": 2, "fast": 2, "slow": 5},
}


def minutes(sessions: int, per_session: int) -> pl.DataFrame:
    """Bars of a minute each from 09:15 IST on, one session a day, walking at random on the tick of 0.05."""
    first = datetime(2024, 1, 1, 3, 45, tzinfo=UTC)
    size = sessions * per_session
    ticks = 20_000 + np.cumsum(np.random.default_rng(3).integers(-9, 10, size))
    close = ticks / 20
    frame = pl.DataFrame(
        {
            "symbol": ["ABC"] * size,
            "timestamp": [first + timedelta(days=t // per_session, minutes=t % per_session) for t in range(size)],
            "open": np.append(close[:1], close[:-1]),
            "high": close + 0.5,
            "low": close - 0.5,
            "close": close,
            "volume": np.arange(1, size + 1),
            "oi": [0] * size,
        }
    )
    return frame.select(BAR_COLUMNS).cast(BAR_SCHEMA)


def as_bars(frame: pl.DataFrame) -> list[Bar]:
    return [Bar(*row) for row in frame.with_columns(pl.col("timestamp").cast(pl.Int64)).iter_rows()]


def streamed(strategy: Strategy, frame: pl.DataFrame, history: int) -> list[int | None]:
    stream = TargetStream(strategy, frame.head(history) if history else None)
    return [stream.update(bar) for bar in as_bars(frame.slice(history))]


@pytest.mark.parametrize("history", [0, 95])
@pytest.mark.parametrize("timeframe", [Timeframe.M1, Timeframe.M15])
@pytest.mark.parametrize("name", RULES)
def test_every_built_in_strategy_gives_the_targets_of_the_whole_history(
    name: str, timeframe: Timeframe, history: int
) -> None:
    frame = minutes(5, 32) if timeframe is Timeframe.M1 else resample(minutes(7, 375), timeframe)
    strategy = create_strategy(name, RULES[name])
    whole = strategy.generate_signals(frame)["signal"].to_list()

    assert {0, 1} <= set(whole[95:]), "a rule that never changes would prove nothing"
    assert streamed(strategy, frame, history) == whole[history:]


class BothWays(Strategy):
    """A latch with both sides, which is held over hundreds of bars."""

    def signals(self) -> pl.Expr:
        fast, slow = ema(3), ema(12)
        up, down = crosses_above(fast, slow), crosses_below(fast, slow)
        far = pl.col("close") > pl.col("close").shift(20)
        return latch(enter=up & far, exit=down & ~far, enter_short=down & ~far)


def test_a_latch_that_was_set_in_the_history_is_held() -> None:
    frame = minutes(4, 60)
    whole = BothWays().generate_signals(frame)["signal"].to_list()

    assert {-1, 1} <= set(whole)
    assert streamed(BothWays(), frame, 120) == whole[120:]


def test_the_stream_knows_its_last_target_and_its_bars() -> None:
    frame = minutes(2, 40)
    strategy = create_strategy("SMACrossover", {"fast": 3, "slow": 9})
    stream = TargetStream(strategy, frame.head(60))
    whole = strategy.generate_signals(frame)["signal"].to_list()

    assert stream.target == whole[59]
    for bar in as_bars(frame.slice(60)):
        assert stream.update(bar) == stream.target
    assert stream.bars.equals(frame)


def test_before_the_first_bar_there_is_no_target() -> None:
    stream = TargetStream(create_strategy("SMACrossover"))
    assert stream.target is None
    assert stream.update(as_bars(minutes(1, 1))[0]) is None


def test_a_bar_out_of_time_order_is_refused_and_not_kept() -> None:
    frame = minutes(1, 20)
    stream = TargetStream(create_strategy("SMACrossover"), frame)
    for late in (as_bars(frame)[-1], as_bars(frame)[3]):
        with pytest.raises(
            DataError, match=r"out of time order: a bar of ABC at 2024-01-01 09:.* after one at .* 09:34"
        ):
            stream.update(late)
    assert stream.bars.equals(frame)


def test_a_bar_of_another_symbol_is_refused() -> None:
    stream = TargetStream(create_strategy("SMACrossover"))
    first, second = as_bars(minutes(1, 2))
    stream.update(first)
    with pytest.raises(DataError, match="a bar of 'XYZ' among those of 'ABC'"):
        stream.update(second._replace(symbol="XYZ"))
    assert stream.bars.height == 1


def test_a_history_that_cannot_be_one_is_refused() -> None:
    frame = minutes(1, 20)
    rule = create_strategy("SMACrossover")
    with pytest.raises(DataError, match="out of time order at 2024-01-01 09:15 IST"):
        TargetStream(rule, pl.concat([frame, frame.head(1)]))
    with pytest.raises(DataError, match=r"several symbols \(ABC, XYZ\)"):
        TargetStream(rule, pl.concat([frame, frame.tail(1).with_columns(symbol=pl.lit("XYZ"))]))
    with pytest.raises(UsageError, match="lacks the columns close, oi"):
        TargetStream(rule, frame.drop("close", "oi"))


class Watcher(Strategy):
    def signals(self) -> pl.Expr:
        return pl.col("close") > 1

    def on_bar(self, bar: Bar) -> None:
        del bar


def test_a_strategy_that_needs_an_account_is_refused() -> None:
    with pytest.raises(StrategyError, match=r"PairsTrade defines no signals\(\)"):
        TargetStream(create_strategy("PairsTrade"))
    with pytest.raises(StrategyError, match="Watcher defines on_bar, which needs an account"):
        TargetStream(Watcher())


def test_a_bar_at_which_an_expression_fails_is_not_kept() -> None:
    class Fussy(Strategy):
        def signals(self) -> pl.Expr:
            return pl.col("close").cast(pl.Int8)

    stream = TargetStream(Fussy())
    bar = as_bars(minutes(1, 1))[0]
    assert stream.update(bar._replace(close=1.0)) == 1
    with pytest.raises(StrategyError, match="Fussy cannot give signals"):
        stream.update(bar._replace(start_us=bar.start_us + 60_000_000, close=1e9))
    assert stream.bars.height == 1
    assert stream.target == 1
