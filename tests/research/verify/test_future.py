import polars as pl
import pytest
from tests.engine.market import bars

from hermes.research.verify.future import noisy


def test_noise_keeps_times_and_order_of_prices_and_nothing_else() -> None:
    closes = [100.0 + step % 9 for step in range(300)]
    frame = bars("2024-01-02", closes, high=[each + 2 for each in closes], low=[each - 1 for each in closes])
    noise = noisy(frame, 7)

    assert noise.columns == frame.columns
    assert noise.schema == frame.schema
    assert noise["timestamp"].equals(frame["timestamp"])
    assert noise.filter((pl.col("low") > pl.col("close")) | (pl.col("high") < pl.col("close"))).is_empty()
    assert noise["close"].min() > 50 - 1  # type: ignore[operator]
    assert noise["close"].max() < 2 * 109  # type: ignore[operator]
    ratio = noise["close"] / frame["close"]
    assert 0.4 < (ratio > 1).mean() < 0.7  # type: ignore[operator]


def test_noise_is_the_seeds_alone() -> None:
    frame = bars("2024-01-02", [100.0, 101.0, 99.0, 104.0])
    assert noisy(frame, 3).equals(noisy(frame, 3))
    assert not noisy(frame, 3).equals(noisy(frame, 4))


@pytest.mark.parametrize("seed", range(5))
def test_noise_turns_the_next_move_of_a_rising_market_over_somewhere_early(seed: int) -> None:
    rising = noisy(bars("2024-01-02", [100.0 + step for step in range(200)]), seed)
    moves = rising["close"].diff().drop_nulls()
    assert (moves[:20] < 0).any()
    assert (moves[:20] > 0).any()
