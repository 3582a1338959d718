from datetime import date

import polars as pl
import pytest
from tests.engine.market import Told, bars, days, fills, store, told

from hermes.engine import BacktestRequest, run_backtest
from hermes.errors import NoDataError, UsageError
from hermes.research.verify.pinned import PinnedBars

FRAME = days("2024-01-01", [100.0, 101.0, 102.0], bars_a_day=3)


def test_the_given_bars_are_shown_by_days_and_columns() -> None:
    pinned = PinnedBars(store(FRAME), "1m", {"ABC": FRAME[:8]})

    assert pinned.get_market_data("ABC")["close"].to_list() == [100.0] * 3 + [101.0] * 3 + [102.0] * 2
    second = pinned.get_market_data("ABC", date(2024, 1, 2), date(2024, 1, 2), "1m", ["close"])
    assert second.to_dict(as_series=False) == {"close": [101.0] * 3}
    assert pinned.describe("ABC").rows == 9
    assert pinned.instrument("ABC").symbol == "ABC"
    assert pinned.quality("ABC").clean


def test_other_timeframes_symbols_and_days_are_refused() -> None:
    pinned = PinnedBars(store(FRAME), "1m", {"ABC": FRAME})
    with pytest.raises(UsageError, match="no 1d bars"):
        pinned.get_market_data("ABC", timeframe="1d")
    with pytest.raises(UsageError, match="no bars of TCS"):
        pinned.get_market_data(["ABC", "TCS"])
    with pytest.raises(NoDataError, match="from 2024-02-01"):
        pinned.get_market_data("ABC", date(2024, 2, 1))


def test_a_backtest_runs_on_them() -> None:
    frame = told(bars("2024-01-02", [100.0, 101.0, 102.0, 103.0]), {"2024-01-02 09:15": 1})
    data = store(frame)
    changed = frame.with_columns((pl.col("open") * 2).alias("open"), (pl.col("high") * 2).alias("high"))
    request = BacktestRequest(symbols=("ABC",), strategy="Told", charges="none", price_bands=False)

    result = run_backtest(request, PinnedBars(data, "1m", {"ABC": changed}), Told())

    assert [each[3] for each in fills(result)] == [202.0, 103.0]
