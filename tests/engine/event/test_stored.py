"""Bars of several symbols, read from the store a window of weeks at a time."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.engine.event.acting import keep, local, run_strategy
from tests.engine.market import bars, days

from hermes.data import DataService
from hermes.engine.event import backtest as backtest_module
from hermes.engine.event import stored as stored_module
from hermes.engine.event.feed import Columns
from hermes.engine.event.stored import columns_of, windows
from hermes.engine.load import load
from hermes.engine.request import BacktestRequest
from hermes.errors import DataError
from hermes.settings import Settings
from hermes.strategy import Bar, Strategy

pytestmark = pytest.mark.kernel


class Watcher(Strategy):
    def on_start(self) -> None:
        self._bars: dict[str, list[Bar]] = {}
        self._times: list[str] = []

    def on_bar(self, bar: Bar) -> None:
        self._bars.setdefault(bar.symbol, []).append(bar)
        self._times.append(local(bar))

    @property
    def bars(self) -> dict[str, list[Bar]]:
        return self._bars

    @property
    def times(self) -> list[str]:
        return self._times


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """One week a window."""
    monkeypatch.setattr(stored_module, "_ROWS", 1)


def hours(first: str, count: int, start: float = 100.0) -> pl.DataFrame:
    """A bar at 09:15, 10:15 ... 15:15 of each session."""
    sessions = days(first, [1.0] * count)["timestamp"].dt.date().to_list()
    closes = [start + (k * 7 % 23) / 2 for k in range(7 * count)]
    return pl.concat(bars(day.isoformat(), closes[7 * k : 7 * k + 7], step=60) for k, day in enumerate(sessions))


PERIODS: list[dict[str, Any]] = [
    {},
    {"start_date": date(2024, 1, 10)},
    {"end_date": date(2024, 2, 1)},
    {"start_date": date(2024, 1, 10), "end_date": date(2024, 2, 1)},
    {"start_date": date(2024, 1, 13), "end_date": date(2024, 1, 28)},
    {"start_date": date(2024, 1, 17), "end_date": date(2024, 1, 17)},
]


@pytest.mark.parametrize("period", PERIODS, ids=lambda each: "_".join(f"{name}_{day}" for name, day in each.items()))
@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "30m", "1h", "1d", "1w"])
def test_windows_hold_the_very_bars_of_one_read(timeframe: str, period: dict[str, Any]) -> None:
    if timeframe == "1w" and len(period) == 2 and period["start_date"] == period["end_date"]:
        pytest.skip("a day holds no week")
    keep("ABC", hours("2024-01-02", 30))
    keep("DEF", hours("2024-01-02", 30, 500.0))
    strategy = Watcher()
    run_strategy(strategy, "ABC", "DEF", timeframe=timeframe, **period)
    for symbol in ("ABC", "DEF"):
        alone = Watcher()
        run_strategy(alone, symbol, timeframe=timeframe, **period)
        if timeframe == "1w":  # of several symbols, a week begins with its first session, not with their first bar
            assert [each[2:] for each in strategy.bars[symbol]] == [each[2:] for each in alone.bars[symbol]]
        else:
            assert strategy.bars[symbol] == alone.bars[symbol]


def test_a_symbol_that_was_suspended_for_weeks_and_one_that_came_late_and_left_early() -> None:
    whole = hours("2024-01-02", 40)
    keep("ABC", whole)
    gone = pl.col("timestamp").dt.date().is_between(date(2024, 1, 11), date(2024, 2, 6))
    keep("GONE", whole.filter(~gone))
    keep("NEW", whole.filter(pl.col("timestamp").dt.date() >= date(2024, 2, 7)))
    keep("OLD", whole.filter(pl.col("timestamp").dt.date() <= date(2024, 1, 17)))
    strategy = Watcher()
    result = run_strategy(strategy, "ABC", "GONE", "NEW", "OLD", timeframe="1h")
    assert {symbol: len(each) for symbol, each in strategy.bars.items()} == {
        "ABC": 280, "GONE": whole.filter(~gone).height, "NEW": result.parts[2].bars, "OLD": 12 * 7,
    }  # fmt: skip
    assert [part.bars for part in result.parts] == [len(strategy.bars[part.symbol]) for part in result.parts]
    assert strategy.times == sorted(strategy.times)
    assert result.equity.height == 280
    # Even money: each bought at its first close, waiting until then.
    ends = {symbol: each[-1].close / each[0].close for symbol, each in strategy.bars.items()}
    assert result.metrics.benchmark_return == pytest.approx(sum(ends.values()) / 4 - 1)


def test_bad_bars_are_left_out_of_every_window_as_of_one_read() -> None:
    frame = hours("2024-01-02", 20)
    for k in (0, 34, 35, 139):
        frame = frame.with_columns(high=pl.when(pl.int_range(pl.len()) == k).then(1.0).otherwise("high"))
    keep("ABC", frame)
    keep("DEF", hours("2024-01-02", 20))
    strategy = Watcher()
    result = run_strategy(strategy, "ABC", "DEF", timeframe="1h")
    assert len(strategy.bars["ABC"]) == 136
    assert any(each.startswith("ABC: Bad bars were left out.") for each in result.warnings)


def rewrite(symbol: str, frame: pl.DataFrame) -> None:
    """As another program would: `keep` would merge the bars into those stored."""
    folder = Settings(registry_enabled=False).minute_dir / symbol
    for file in sorted([*folder.glob("*.parquet"), *folder.parent.glob(f"{symbol}.parquet")]):
        file.unlink()
    keep(symbol, frame)


def test_bars_that_change_while_they_are_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    keep("ABC", hours("2024-01-02", 20))
    keep("DEF", hours("2024-01-02", 20))

    def later(*given: Any) -> Iterator[Mapping[str, Columns]]:
        rewrite("DEF", hours("2024-01-02", 18))
        return windows(*given)

    monkeypatch.setattr(backtest_module, "windows", later)
    with pytest.raises(DataError) as refused:
        run_strategy(Watcher(), "ABC", "DEF", timeframe="1h")
    assert (
        str(refused.value)
        == "The bars of DEF changed while they were read: 140 at first, 126 then. Run the backtest again."
    )


def test_a_window_is_whole_weeks_but_for_the_ends() -> None:
    keep("ABC", hours("2024-01-02", 20))
    data = DataService(Settings(registry_enabled=False))
    request = BacktestRequest(
        symbols=("ABC",),
        strategy="Watcher",
        mode="event",
        timeframe="1h",
        start_date=date(2024, 1, 10),
        end_date=date(2024, 1, 23),
    )
    part = load("ABC", request, data, Watcher()).part
    days_read = [
        sorted({Bar("ABC", int(start), 0, 0, 0, 0, 0).session.day for start in window["ABC"].start_us})
        for window in windows([part], request, data)
    ]
    # 20 January was a Saturday with a session, 22 January a holiday.
    assert days_read == [[10, 11, 12], [15, 16, 17, 18, 19, 20], [23]]


def test_bars_of_one_week_are_one_moment_though_a_symbol_began_in_its_middle() -> None:
    keep("ABC", days("2024-01-01", [100.0] * 30))
    keep("LATE", days("2024-01-17", [50.0 + k for k in range(18)]))

    class FollowsAbc(Watcher):
        def on_bar(self, bar: Bar) -> None:
            super().on_bar(bar)
            if bar.symbol == "ABC" and local(bar)[:10] == "2024-01-15":
                self.broker.buy("LATE", 1)

    strategy = FollowsAbc()
    result = run_strategy(strategy, "ABC", "LATE", timeframe="1w")
    # ABC's week ended on Saturday the 20th: LATE's open of Wednesday the 17th was gone by then.
    assert strategy.times[2:6] == ["2024-01-15 09:15", "2024-01-15 09:15", "2024-01-23 09:15", "2024-01-23 09:15"]
    assert (local(strategy.bars["LATE"][1]), result.fills["price"][0]) == ("2024-01-23 09:15", 54.0)


def test_an_unknown_open_interest_is_none_of_it(tmp_path: Path) -> None:
    frame = bars("2024-01-02", [100.0, 101]).with_columns(oi=pl.Series([None, 7], dtype=pl.Int64))
    assert columns_of(frame).oi.tolist() == [0, 7]


@pytest.mark.parametrize("symbols", [("ABC",), ("ABC", "DEF")])
def test_progress_counts_the_bars_of_all_symbols(symbols: tuple[str, ...]) -> None:
    from hermes.engine import run_backtest

    for symbol in symbols:
        keep(symbol, hours("2024-01-02", 20))
    heard: list[tuple[int, int]] = []
    request = BacktestRequest(symbols=symbols, strategy="Watcher", mode="event", timeframe="1h")
    data = DataService(Settings(registry_enabled=False))
    run_backtest(request, data, Watcher(), progress=lambda done, total: heard.append((done, total)))
    total = 140 * len(symbols)
    assert heard[-1] == (total, total)
    assert heard == sorted(heard)
