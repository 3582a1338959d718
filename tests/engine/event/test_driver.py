"""What the author's own code raises, when each hook is called, and what is left afterwards."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.engine.event.acting import Acting, keep, local, run_acts, run_strategy
from tests.engine.market import bars, days

import hermes
from hermes.errors import StrategyError, UsageError
from hermes.market import Fill
from hermes.strategy import Bar, Strategy

pytestmark = pytest.mark.kernel


class Failing(Strategy):
    """Raises in the hook named, at the bar that starts 09:16."""

    hook: str = ""
    is_stopped: bool = False

    def fail(self, hook: str) -> None:
        if hook == self.hook:
            raise KeyboardInterrupt if self.is_stopped else ZeroDivisionError("one by none")

    def on_start(self) -> None:
        self.fail("on_start")

    def on_history(self, bar: Bar) -> None:
        self.fail("on_history")

    def on_bar(self, bar: Bar) -> None:
        if bar.minute == 555:
            self.broker.buy(bar.symbol, 10)
        if bar.minute == 556:
            self.fail("on_bar")

    def on_fill(self, fill: Fill) -> None:
        self.fail("on_fill")


@pytest.fixture(autouse=True)
def stored() -> None:
    for symbol in ("ABC", "DEF"):
        keep(symbol, pl.concat([bars("2024-01-01", [100.0] * 3), bars("2024-01-02", [100.0] * 4)]))


@pytest.mark.parametrize("symbols", [("ABC",), ("ABC", "DEF")])
@pytest.mark.parametrize(
    ("hook", "where"),
    [
        ("on_start", ""),
        ("on_history", " at ABC 2024-01-01 09:15 IST"),
        ("on_bar", " at ABC 2024-01-02 09:16 IST"),
        ("on_fill", " at ABC 2024-01-02 09:16 IST"),
    ],
)
def test_an_error_of_the_author_ends_the_run_with_strategy_symbol_time_and_traceback(
    hook: str, where: str, symbols: tuple[str, ...]
) -> None:
    strategy = Failing(hook=hook)
    with pytest.raises(StrategyError) as failed:
        run_strategy(strategy, *symbols, start_date=date(2024, 1, 2))
    assert str(failed.value) == f"Failing.{hook} failed{where}: ZeroDivisionError: one by none"
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    (note,) = failed.value.__notes__
    lines = note.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith(f"in {hook}")
    assert "test_driver.py" in lines[1]
    assert f'self.fail("{hook}")' in note
    assert lines[-1] == "ZeroDivisionError: one by none"
    assert "hermes/engine" not in note
    with pytest.raises(StrategyError, match="Failing has no account outside a run"):
        _ = strategy.broker


def test_a_strategy_that_has_failed_can_run_again() -> None:
    class Once(Acting):
        def on_fill(self, fill: Fill) -> None:
            self._tries = getattr(self, "_tries", 0) + 1
            if self._tries == 1:
                raise ValueError("the first time")

    strategy = Once().play({"2024-01-01 09:15": lambda broker: broker.buy("ABC", 10)})
    with pytest.raises(StrategyError, match="the first time"):
        run_strategy(strategy)
    again = run_strategy(strategy)
    assert again.fills["quantity"].to_list() == [10, 10]
    assert run_strategy(strategy).to_json() == again.to_json()


@pytest.mark.parametrize("hook", ["on_start", "on_history", "on_bar", "on_fill"])
def test_an_interruption_is_no_error_of_the_strategy(hook: str) -> None:
    strategy = Failing(hook=hook, is_stopped=True)
    with pytest.raises(KeyboardInterrupt):
        run_strategy(strategy, start_date=date(2024, 1, 2))
    with pytest.raises(StrategyError, match="no account outside a run"):
        _ = strategy.broker


@pytest.mark.parametrize("hook", ["on_start", "on_history"])
def test_there_is_no_account_before_the_first_bar(hook: str) -> None:
    class Early(Strategy):
        def on_start(self) -> None:
            if hook == "on_start":
                self.broker.buy("ABC", 1)

        def on_history(self, bar: Bar) -> None:
            if hook == "on_history":
                self.broker.buy("ABC", 1)

        def on_bar(self, bar: Bar) -> None: ...

    with pytest.raises(
        StrategyError, match=rf"Early\.{hook} failed.*: Early has no account outside a run in event mode"
    ):
        run_strategy(Early(), start_date=date(2024, 1, 2))


def test_an_order_that_is_sent_wrong_as_python_is_the_authors_error() -> None:
    wrong: Any = {"price": 5.0}
    with pytest.raises(StrategyError, match=r"TypeError.*unexpected keyword argument 'price'"):
        run_acts({"09:15": lambda broker: broker.buy("ABC", 1, **wrong)})


# The order of hooks


class Noting(Strategy):
    def on_start(self) -> None:
        self._log: list[str] = ["start"]

    def on_history(self, bar: Bar) -> None:
        self._log.append(f"history {bar.symbol} {local(bar)[5:]}")

    def on_bar(self, bar: Bar) -> None:
        self._log.append(f"bar {bar.symbol} {local(bar)[5:]}")
        if bar.symbol == "ABC" and bar.minute == 555 and self.broker.position("ABC") == 0:
            self.broker.buy("ABC", 1)

    def on_fill(self, fill: Fill) -> None:
        self._log.append(f"fill {fill.symbol} {fill.reason}")

    @property
    def log(self) -> list[str]:
        return self._log


def test_history_ends_where_the_first_day_begins_and_a_fill_is_told_before_its_bar() -> None:
    strategy = Noting()
    result = run_strategy(strategy, "ABC", "DEF", start_date=date(2024, 1, 2))
    log = strategy.log
    assert log[:7] == [
        "start",
        *(f"history {symbol} 01-01 09:{minute}" for minute in (15, 16, 17) for symbol in ("ABC", "DEF")),
    ]
    assert log[7:12] == [
        "bar ABC 01-02 09:15",
        "bar DEF 01-02 09:15",
        "fill ABC entry",
        "bar ABC 01-02 09:16",
        "bar DEF 01-02 09:16",
    ]
    assert log[-1] == "fill ABC end_of_data"
    assert result.equity["timestamp"][0] == result.candles["timestamp"][0]
    assert result.equity.height == 4


def test_without_a_first_day_there_is_no_history() -> None:
    strategy = Noting()
    run_strategy(strategy)
    assert not [each for each in strategy.log if each.startswith("history")]


def test_history_reaches_back_as_far_as_the_warm_up_asks() -> None:
    class Long(Noting):
        bars: int = 60

        def warmup(self) -> dict[Any, int]:
            return {None: self.bars}

    keep("ABC", days("2023-01-02", [100.0] * 200))
    start = date(2023, 9, 1)
    counts = []
    for wanted in (1, 60, 100):
        strategy = Long(bars=wanted)
        run_strategy(strategy, timeframe="1d", start_date=start)
        counts.append(sum(each.startswith("history") for each in strategy.log))
    # Never under the 25 sessions that bands and volatility look back on.
    assert counts[0] >= 25
    assert counts[1] >= 60
    assert counts[2] >= 100
    assert counts == sorted(set(counts))


# Which engine can run what


def test_a_strategy_of_on_bar_alone_is_refused_by_the_vector_engine() -> None:
    with pytest.raises(
        UsageError, match=r"Noting defines no signals\(\), so the vector engine has nothing to run\. Use mode event"
    ):
        hermes.backtest("ABC", Noting())


def test_a_strategy_of_both_runs_in_both_and_the_vector_engine_says_what_it_left_out() -> None:
    class Both(Strategy):
        def signals(self) -> pl.Expr:
            return pl.lit(1)

        def on_bar(self, bar: Bar) -> None:
            if bar.minute == 556:
                self.broker.cancel_all()

    vector, event = (hermes.backtest("ABC", Both(), mode=mode, charges="none") for mode in ("vector", "event"))
    said = "Both defines on_bar, which the vector engine does not call: only its signals() were run."
    assert said in vector.warnings
    assert said not in event.warnings
    assert vector.fills.equals(event.fills)
