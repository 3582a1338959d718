import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from tests.engine.market import bars, days, store
from tests.research import cheats

import hermes
from hermes.data import DataService
from hermes.errors import NoDataError, StrategyError, UsageError
from hermes.research.verify import Difference, Outcome, Verification
from hermes.strategy import Indicator, Strategy, builtin, higher, indicators

QUIET = [100.0] * 50
JUMP = [*QUIET, 130.0, *QUIET]


def at(minute: int, day: str = "2024-01-02") -> datetime:
    """The UTC time of the bar that starts `minute` minutes after 09:15 IST."""
    return datetime.fromisoformat(f"{day} 03:45").replace(tzinfo=UTC) + timedelta(minutes=minute)


def first(found: Verification, check: str = "truncation") -> Difference:
    return found.check(check).differences[0]


def test_the_next_close_is_found_on_the_bar_before_the_jump() -> None:
    found = hermes.verify(cheats.NextClose(), data=store(bars("2024-01-02", JUMP)), full=True)

    assert not found.passed
    assert found.check("truncation").outcome is Outcome.FAILED
    assert first(found) == Difference(
        symbol="ABC", timestamp=at(49), column="signal", whole=1, other=0, known_until=at(49), bars_ahead=1
    )
    assert found.check("repeat").outcome is Outcome.PASSED


def test_a_centred_average_is_found_two_bars_before_the_jump() -> None:
    found = hermes.verify(cheats.CentredMean(), data=store(bars("2024-01-02", JUMP)), full=True)

    by_column = {each.column: each for each in found.check("truncation").differences}
    assert by_column["signal"].timestamp == by_column["mean"].timestamp == at(48)
    assert by_column["mean"].whole == 106.0
    assert by_column["mean"].other == 100.0
    # Bar 48 is first seen at the cut after it; bar 49's average reads bar 51, so a value knows two bars of the future.
    assert by_column["mean"].bars_ahead == 2


def test_a_normalisation_over_all_bars_is_found_on_the_first_bar() -> None:
    found = hermes.verify(cheats.WholeZScore(), data=store(bars("2024-01-02", JUMP)), full=True)

    assert first(found).timestamp == at(0)
    assert {each.column for each in found.check("truncation").differences} == {"signal", "score"}
    assert found.check("noise").outcome is Outcome.FAILED


def test_a_maximum_of_the_future_is_found_on_the_first_bar_with_its_reach() -> None:
    found = hermes.verify(cheats.FutureMaximum(), data=store(bars("2024-01-02", JUMP)), full=True)

    assert first(found).timestamp == at(0)
    assert first(found).bars_ahead == 50


def test_a_daily_bar_that_is_not_over_is_found_on_the_first_bar_of_its_day() -> None:
    frame = pl.concat([bars("2024-01-02", QUIET), bars("2024-01-03", [*QUIET, 130.0])])
    found = hermes.verify(cheats.TodaysBar(), data=store(frame), full=True)

    difference = first(found)
    assert (difference.timestamp, difference.column) == (at(0, "2024-01-03"), "signal")
    assert (difference.whole, difference.other) == (1, 0)
    assert difference.bars_ahead == 50


@pytest.mark.parametrize("bars_ahead", [1, 2, 7, 30])
def test_the_distance_of_a_look_ahead_is_measured(bars_ahead: int) -> None:
    class Shifted(Strategy):
        """Holds a close of the future."""

        def indicators(self) -> dict[str, pl.Expr | Indicator]:
            return {"later": pl.col("close").shift(-bars_ahead)}

        def signals(self) -> pl.Expr:
            return pl.col("close") > 0

    closes = [100.0 + 3 * (minute % 11) for minute in range(100)]
    found = hermes.verify(Shifted(), data=store(bars("2024-01-02", closes)), full=True)

    assert first(found).column == "later"
    assert first(found).timestamp == at(0)
    assert first(found).bars_ahead == bars_ahead


def test_what_a_lucky_default_hides_from_the_cut_the_noise_finds() -> None:
    rising = [100.0 + minute / 10 for minute in range(60)]
    found = hermes.verify(cheats.MaskedNextClose(), data=store(bars("2024-01-02", rising)), full=True)

    assert found.check("truncation").outcome is Outcome.PASSED
    assert found.check("noise").outcome is Outcome.FAILED
    assert (first(found, "noise").whole, first(found, "noise").other) == (1, 0)
    assert first(found, "noise").bars_ahead == 1


def test_a_backward_fill_is_found_although_it_touches_the_warm_up_alone() -> None:
    found = hermes.verify(cheats.BackFilled(), data=store(bars("2024-01-02", JUMP)), samples=20)

    assert first(found).timestamp == at(0)
    assert {each.column for each in found.check("truncation").differences} == {"mean", "signal"}


def test_a_sample_finds_the_usual_cheats_too() -> None:
    data = store(bars("2024-01-02", [*JUMP, *JUMP, *JUMP]))
    for cheat in (cheats.NextClose(), cheats.CentredMean(), cheats.WholeZScore(), cheats.FutureMaximum()):
        for seed in range(3):
            assert not hermes.verify(cheat, data=data, samples=12, seed=seed).passed, (cheat, seed)


def test_a_strategy_without_a_target_on_these_bars_proves_nothing_and_says_so() -> None:
    found = hermes.verify("SMACrossover", data=store(bars("2024-01-02", QUIET)))

    assert found.passed
    assert found.check("truncation").outcome is Outcome.WARNED
    assert "It gave no value on these bars" in found.check("truncation").summary


def test_a_strategy_that_changes_its_mind_is_told_and_nothing_else_is_judged() -> None:
    found = hermes.verify(cheats.ChangesItsMind(), data=store(bars("2024-01-02", QUIET)))

    assert not found.passed
    assert found.check("repeat").outcome is Outcome.FAILED
    assert first(found, "repeat").timestamp == at(0)
    others = [each for each in found.checks if each.name != "repeat"]
    assert others
    assert {each.outcome for each in others} == {Outcome.SKIPPED}


@pytest.mark.parametrize("name", [name for name in builtin.__all__ if getattr(builtin, name).gives_targets()])
@pytest.mark.parametrize("timeframe", ["1m", "15m", "1d"])
def test_the_built_in_strategies_pass(sample_service: DataService, name: str, timeframe: str) -> None:
    found = hermes.verify(name, data=sample_service, symbols="RELIANCE", timeframe=timeframe, samples=25)

    assert [each.summary for each in found.checks if each.outcome is Outcome.FAILED] == []
    assert found.bars[0].synthetic


class Everything(Strategy):
    """Every indicator there is, on the run's own bars and on longer ones."""

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        several: dict[str, Any] = {
            "macd": indicators.macd(5, 9, 4),
            "stochastic": indicators.stochastic(5, 3, 3),
            "adx": indicators.adx(5),
            "supertrend": indicators.supertrend(5),
            "bollinger": indicators.bollinger(8),
            "donchian": indicators.donchian(8),
            "keltner": indicators.keltner(8),
        }
        single = {
            "sma": indicators.sma(8),
            "ema": indicators.ema(8),
            "wma": indicators.wma(8),
            "wilder": indicators.wilder(8),
            "rsi": indicators.rsi(5),
            "cci": indicators.cci(8),
            "roc": indicators.roc(5),
            "atr": indicators.atr(5),
            "deviation": indicators.deviation(8),
            "vwap": indicators.vwap(),
            "obv": indicators.obv(),
        }
        lines = {f"{name}_{part}": line for name, each in several.items() for part, line in each._asdict().items()}
        longer = {f"{name}_15m": higher("15m", each) for name, each in single.items() if name != "vwap"}
        return {**single, **lines, **longer}

    def signals(self) -> pl.Expr:
        return pl.col("close") > pl.col("vwap")


def test_no_indicator_of_hermes_looks_ahead(sample_service: DataService) -> None:
    functions = {name for name in indicators.__all__ if inspect.isfunction(getattr(indicators, name))}
    assert all(any(key.startswith(name) for key in Everything().indicators()) for name in functions)

    found = hermes.verify(
        Everything(), data=sample_service, symbols="RELIANCE", start_date="2024-06-03", end_date="2024-06-05"
    )

    for name in ("repeat", "truncation", "noise", "engines"):
        assert found.check(name).outcome is Outcome.PASSED, found.check(name)


def test_the_default_is_the_first_symbol_and_its_last_twenty_sessions(sample_service: DataService) -> None:
    found = hermes.verify("SMACrossover", data=sample_service, samples=5)

    assert [each.symbol for each in found.bars] == ["RELIANCE"]
    assert found.bars[0].bars == 20 * 375
    assert found.bars[0].cuts == 5
    assert found.timeframe == "1m"
    assert found.params == {"fast": 50, "slow": 200}


def test_each_symbol_is_judged_and_named() -> None:
    data = store(bars("2024-01-02", QUIET), "AAA")
    store(bars("2024-01-02", JUMP), "BBB")
    found = hermes.verify(cheats.NextClose(), data=data, symbols=("AAA", "BBB"), full=True)

    assert [each.symbol for each in found.bars] == ["AAA", "BBB"]
    assert {each.symbol for each in found.check("truncation").differences} == {"BBB"}


def test_the_same_seed_gives_the_same_report(sample_service: DataService) -> None:
    runs = [hermes.verify("RSIStrategy", data=sample_service, samples=10, seed=seed) for seed in (4, 4)]
    assert runs[0] == runs[1]


def test_progress_counts_every_run_up_to_the_total(sample_service: DataService) -> None:
    told: list[tuple[int, int]] = []
    hermes.verify(
        "SMACrossover",
        data=sample_service,
        samples=5,
        progress=lambda _what, done, total: told.append((done, total)),
    )
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert told[-1][0] == told[-1][1]


class NeedsBars(Strategy):
    """Breaks where it has fewer bars than it wants."""

    wanted: int = 30

    def warmup(self) -> dict[None, int]:  # type: ignore[override]
        return {None: self.wanted}

    def generate_signals(self, bars: pl.DataFrame) -> pl.DataFrame:
        if bars.height < self.wanted:
            raise ValueError(f"{bars.height} bars are too few")
        return bars.with_columns(pl.lit(1, pl.Int8).alias("signal"))


def test_a_strategy_may_want_bars_while_it_warms_up_but_not_later() -> None:
    data = store(days("2024-01-01", [100.0] * 40, bars_a_day=10))
    warm = hermes.verify(NeedsBars(), data=data, start_date="2024-02-20", full=True)
    assert warm.passed
    assert "At 1 cut within the warm-up" in warm.check("truncation").summary

    cold = hermes.verify(NeedsBars(wanted=30), data=data, full=True)
    assert cold.check("truncation").outcome is Outcome.FAILED
    assert "1 bars are too few" in cold.check("truncation").summary


def test_a_strategy_that_breaks_on_the_whole_history_is_an_error() -> None:
    class Broken(Strategy):
        def signals(self) -> pl.Expr:
            return pl.col("closes") > 1

    with pytest.raises(StrategyError, match="Broken cannot give signals"):
        hermes.verify(Broken(), data=store(bars("2024-01-02", QUIET)))


def test_a_strategy_that_trades_nothing_is_an_error() -> None:
    class Idle(Strategy):
        """Defines nothing."""

    with pytest.raises(StrategyError, match="Idle defines neither"):
        hermes.verify(Idle(), data=store(bars("2024-01-02", QUIET)))


def test_a_result_without_a_target_or_with_other_rows_is_an_error() -> None:
    class Short(Strategy):
        def generate_signals(self, bars: pl.DataFrame) -> pl.DataFrame:
            return bars.with_columns(pl.lit(1).alias("signal"))[1:]

    with pytest.raises(StrategyError, match=r"gave 49 rows .* for 50 bars"):
        hermes.verify(Short(), data=store(bars("2024-01-02", QUIET)))


def test_wrong_requests_are_told() -> None:
    data = store(bars("2024-01-02", QUIET))
    with pytest.raises(UsageError, match="leave params out"):
        hermes.verify(cheats.NextClose(), {"x": 1}, data=data)
    with pytest.raises(ValueError, match="end_date 2024-01-01 is before start_date 2024-01-02"):
        hermes.verify("RSIStrategy", data=data, start_date="2024-01-02", end_date="2024-01-01")
    with pytest.raises(ValueError, match="MIS is squared off within the session, so 1d bars cannot be used"):
        hermes.verify("RSIStrategy", data=data, product="MIS", timeframe="1d")
    with pytest.raises(NoDataError, match="fewer than two 1m bars from 2024-02-01"):
        hermes.verify("RSIStrategy", data=data, start_date="2024-02-01")
    with pytest.raises(NoDataError, match="fewer than two 1d bars"):
        hermes.verify("RSIStrategy", data=data, timeframe="1d")


def test_without_any_bars_it_says_what_to_run() -> None:
    with pytest.raises(NoDataError, match="hermes data sample"):
        hermes.verify("RSIStrategy")
