import math
from datetime import date

import polars as pl
import pytest
from tests.engine.market import days, store

import hermes
from hermes.data import DataService, Timeframe
from hermes.research.verify import Outcome, Settling, Verification, warmup
from hermes.strategy import Indicator, Strategy, higher, latch
from hermes.strategy.indicators import ema, sma


class Averages(Strategy):
    """Above or below an average; the warm-up is what the test says."""

    period: int = 20
    declared: int = 40
    exponential: bool = False

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {"average": ema(self.period) if self.exponential else sma(self.period)}

    def warmup(self) -> dict[Timeframe | None, int]:
        return {None: self.declared}

    def signals(self) -> pl.Expr:
        return pl.col("close") > pl.col("average")


class Held(Averages):
    """Long from a close above 110 until one below 90."""

    def signals(self) -> pl.Expr:
        return latch(pl.col("close") > 110, pl.col("close") < 90)


class Summed(Averages):
    """A sum from the first bar on, which no warm-up settles."""

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {"total": pl.col("volume").cum_sum().cast(pl.Float64)}

    def signals(self) -> pl.Expr:
        return pl.col("close") > 100


class Daily(Averages):
    """An average of finished days on minutes."""

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        return {"average": higher("1d", sma(self.period)), "minutes": sma(4)}

    def warmup(self) -> dict[Timeframe | None, int]:
        return {None: 6, Timeframe.D1: self.declared}


def verified(strategy: Strategy, data: DataService, **fields: object) -> Verification:
    return hermes.verify(strategy, data=data, samples=2, **({"timeframe": "1d"} | fields))  # type: ignore[arg-type]


def waves(count: int, period: int = 7) -> list[float]:
    return [100 + 20 * math.sin(day * 2 * math.pi / period) + day / 50 for day in range(count)]


def test_a_simple_average_wants_all_bars_of_its_window_but_one() -> None:
    found = verified(Averages(), store(days("2022-01-03", waves(300)))).check("warmup")

    assert found.outcome is Outcome.PASSED
    (row,) = found.settling
    assert (row.symbol, row.column, row.timeframe, row.needed, row.declared) == ("ABC", "average", "1d", 19, 40)
    assert row.enough


def test_an_exponential_average_wants_the_bars_that_its_decay_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    # 50 days at 200, then 100: the average is 100 + 100 x 0.8^m after m days, one begun at 100 is 100. They are within
    # 1e-6 of the median 100 when 0.8^m < 1e-6, that is from m = 62, the row 61 after the first day at 100, on.
    closes = [200.0] * 50 + [100.0] * 250
    monkeypatch.setattr(warmup, "late_starts", lambda *_: [50])
    strategy = Averages(period=9, declared=30, exponential=True)
    found = verified(strategy, store(days("2022-01-03", closes))).check("warmup")

    assert found.settling[0].needed == 61
    assert found.outcome is Outcome.WARNED
    assert "average is not settled by then" in found.summary


def test_a_warm_up_too_short_for_the_targets_fails_with_the_first_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "late_starts", lambda *_: [100])
    frame = days("2022-01-03", waves(300))
    found = verified(Averages(period=20, declared=3), store(frame))

    assert not found.passed
    check = found.check("warmup")
    assert check.outcome is Outcome.FAILED
    (first,) = check.differences
    # The late history has no average before its 20th bar; the whole one's target changes first after the warm-up.
    average = pl.Series(waves(300)).rolling_mean(20)
    above = (pl.Series(waves(300)) > average).to_list()
    change = next(row for row in range(104, 119) if above[row] != above[row - 1])
    assert first.timestamp == frame["timestamp"][change]
    assert (first.whole, first.other) == (int(above[change] or False), None)


def test_a_target_held_from_an_earlier_event_is_told_and_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    # In at 120 on day 30; the history that begins on day 60 does not know, until both leave at 80 on day 150.
    closes = [100.0] * 300
    closes[30], closes[150] = 120.0, 80.0
    monkeypatch.setattr(warmup, "late_starts", lambda *_: [60])
    found = verified(Held(declared=20), store(days("2022-01-03", closes))).check("warmup")

    assert found.outcome is Outcome.PASSED
    assert "still held 70 bars later" in found.summary  # days 80 to 149


def test_a_sum_from_the_first_bar_never_settles() -> None:
    found = verified(Summed(), store(days("2022-01-03", waves(300)))).check("warmup")

    assert found.outcome is Outcome.WARNED
    assert found.settling[0].needed is None
    assert found.settling[0].tried > 160
    assert not found.settling[0].enough


def test_longer_bars_are_counted_in_their_own_length() -> None:
    frame = days("2022-01-03", waves(60, 5), bars_a_day=8)
    found = verified(Daily(period=5, declared=6), store(frame), timeframe="1m").check("warmup")

    rows = {each.column: each for each in found.settling}
    assert (rows["average"].needed, rows["average"].declared, rows["average"].timeframe) == (5, 6, "1d")
    assert (rows["minutes"].needed, rows["minutes"].declared, rows["minutes"].timeframe) == (3, 6, "1m")
    assert found.outcome is Outcome.PASSED


def test_too_few_bars_are_said_and_no_failure() -> None:
    found = verified(Averages(declared=400), store(days("2022-01-03", waves(100))))

    assert found.passed
    assert found.check("warmup").outcome is Outcome.SKIPPED


def test_enough_is_what_is_needed_at_most() -> None:
    row = Settling(symbol="ABC", column="x", timeframe="1m", needed=5, tried=50, declared=5)
    assert row.enough
    assert not row.model_copy(update={"needed": 6}).enough
    assert not row.model_copy(update={"needed": None}).enough


def test_a_tie_that_rounding_decides_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tie(Strategy):
        """Compares the close with itself; where the history is whole, the last digit is another."""

        def indicators(self) -> dict[str, pl.Expr | Indicator]:
            return {"rounded": pl.col("close") - pl.when(pl.len() > 250).then(1e-13).otherwise(0.0)}

        def warmup(self) -> dict[Timeframe | None, int]:
            return {None: 5}

        def signals(self) -> pl.Expr:
            return (pl.col("close") > pl.col("rounded")) & (pl.int_range(pl.len()) % 2 == 0)

    monkeypatch.setattr(warmup, "late_starts", lambda *_: [100])
    found = verified(Tie(), store(days("2022-01-03", waves(300)))).check("warmup")

    assert found.outcome is Outcome.WARNED
    assert "differ by rounding alone" in found.summary


def test_a_warm_up_that_names_longer_bars_alone_asks_for_none_of_the_others() -> None:
    class DaysAlone(Daily):
        """Says nothing about minutes."""

        def indicators(self) -> dict[str, pl.Expr | Indicator]:
            return {**super().indicators(), "plain": pl.col("close").rolling_max(3)}

        def warmup(self) -> dict[Timeframe | None, int]:
            return {Timeframe.D1: self.declared}

    frame = days("2022-01-03", waves(60, 5), bars_a_day=8)
    found = verified(DaysAlone(period=5, declared=6), store(frame), timeframe="1m").check("warmup")

    rows = {each.column: each for each in found.settling}
    assert (rows["plain"].needed, rows["plain"].declared) == (2, 0)
    assert found.outcome is Outcome.WARNED


def test_a_history_too_short_to_settle_in_says_nothing_where_a_longer_one_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Begun at the first fall to 100 it settles after 61 bars, as above; begun at the second, there are only 39 bars.
    closes = [200.0] * 50 + [100.0] * 130 + [200.0] * 80 + [100.0] * 40
    strategy = Averages(period=9, declared=30, exponential=True)
    data = store(days("2022-01-03", closes))
    monkeypatch.setattr(warmup, "late_starts", lambda *_: [50, 260])
    settled = verified(strategy, data).check("warmup").settling[0]
    monkeypatch.setattr(warmup, "late_starts", lambda *_: [260])
    unsettled = verified(strategy, data).check("warmup").settling[0]

    assert settled.needed == 61
    assert unsettled.needed is None
    assert unsettled.tried == 39  # of 300 days one has no session at 09:15, so 299 bars are stored


def test_a_strategy_that_breaks_where_the_history_begins_later_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class FromTheFirst(Averages):
        """Wants the bar of the third of January."""

        def generate_signals(self, bars: pl.DataFrame) -> pl.DataFrame:
            if bars["timestamp"].dt.date()[0] > date(2022, 1, 3):
                raise KeyError("2022-01-03")
            return super().generate_signals(bars)

    monkeypatch.setattr(warmup, "late_starts", lambda *_: [100, 120])
    found = verified(FromTheFirst(), store(days("2022-01-03", waves(300)))).check("warmup")

    assert found.outcome is Outcome.FAILED
    assert "It broke on a history that begins later, first beginning on 2022-05-" in found.summary
