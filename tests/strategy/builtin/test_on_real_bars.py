"""The two strategies with orders of their own on the vendor's minutes of August and September 2016."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from hermes.data import DataService
from hermes.data.bars import local_day
from hermes.data.importer import import_bars
from hermes.engine import BacktestRequest, run_backtest
from hermes.settings import Settings

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def minutes(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> DataService:
    settings = Settings(data_root=tmp_path_factory.mktemp("minute-2016"), registry_enabled=False)
    import_bars(real_data / "nse" / "minute_2016" / "minute_2016_20symbols.parquet", settings, timezone="Asia/Kolkata")
    return DataService(settings)


@pytest.mark.parametrize("reward", [2.0, 1.37])
@pytest.mark.parametrize("symbol", ["RELIANCE", "MARUTI", "TATASTEEL"])
def test_each_session_breaks_out_of_its_range_once_and_on_the_tick(
    minutes: DataService, symbol: str, reward: float
) -> None:
    params = {"long_only": False, "reward": reward}
    result = run_backtest(
        BacktestRequest(symbols=symbol, strategy="OpeningRangeBreakout", params=params, mode="event", product="MIS"),
        minutes,
    )
    bars = result.candles.with_columns(session=local_day())
    first_minutes = bars.filter(pl.col("timestamp") < pl.col("timestamp").min().over("session") + timedelta(minutes=15))
    ranges = first_minutes.group_by("session").agg(pl.col("high").max(), pl.col("low").min())
    entries = result.fills.filter(pl.col("reason") == "entry").with_columns(session=local_day())

    assert result.rejections.is_empty()
    assert entries["session"].n_unique() == entries.unique(["session", "side"]).height > 10
    beyond = entries.join(ranges, on="session").select(
        pl.when(pl.col("side") == "buy")
        .then(pl.col("price") - pl.col("high"))
        .otherwise(pl.col("low") - pl.col("price"))
    )
    # One tick, or more where the bar opened further out.
    assert beyond.to_series().min() == pytest.approx(0.05)
    assert set(result.trades["reason"]) == {"stop", "target", "square_off"}


def test_both_legs_of_a_pair_begin_together_and_are_worth_the_same(minutes: DataService) -> None:
    request = BacktestRequest(
        symbols=("HDFCBANK", "ICICIBANK"), strategy="PairsTrade", mode="event", product="MIS", timeframe="5m"
    )
    result = run_backtest(request, minutes)
    entries = result.fills.filter(pl.col("reason") == "entry")
    first = entries.group_by("timestamp").agg(pl.col("symbol").n_unique(), pl.col("side").n_unique())
    legs = entries.group_by("timestamp").agg((pl.col("quantity") * pl.col("price")).alias("worth"))

    assert first.height > 10
    assert set(first["symbol"]) == set(first["side"]) == {2}
    # Sized at one close and filled at the next open, in whole shares: the open may be three per cent away.
    assert legs.select((pl.col("worth").list.max() - pl.col("worth").list.min()).max()).item() < 0.03 * 45_000
    assert set(result.rejections["reason"]) <= {"blocked"}
