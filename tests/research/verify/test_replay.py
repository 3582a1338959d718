import math
from collections.abc import Sequence

import polars as pl
import pytest
from tests.engine.market import bars, days, store
from tests.research import streams

import hermes
from hermes.data import DataService
from hermes.errors import StrategyError
from hermes.research.verify import Outcome, Verification
from hermes.research.verify.replay import first_difference
from hermes.strategy import Bar, Strategy

CLOSES = [100 + 5 * math.sin(minute / 3) for minute in range(150)]


def verified(strategy: Strategy, data: DataService | None = None, **fields: object) -> Verification:
    data = data or store(bars("2024-01-02", [round(each, 1) for each in CLOSES]))
    return hermes.verify(strategy, data=data, **({"samples": 60} | fields))  # type: ignore[arg-type]


def outcomes(found: Verification) -> dict[str, Outcome]:
    return {each.name: each.outcome for each in found.checks}


def test_an_honest_stream_passes_and_says_what_was_not_compared() -> None:
    found = verified(streams.Momentum())

    assert outcomes(found) == {
        "repeat": Outcome.PASSED,
        "truncation": Outcome.PASSED,
        "noise": Outcome.PASSED,
        "engines": Outcome.SKIPPED,
        "warmup": Outcome.SKIPPED,
    }
    assert "No fill before a cut changed at 10 cuts." in found.check("truncation").summary
    assert "signals()" in found.check("engines").summary
    assert found.bars[0].cuts == 10


def test_every_bar_can_be_cut() -> None:
    found = verified(streams.Momentum(), store(bars("2024-01-02", CLOSES[:40])), full=True)
    assert found.passed
    assert found.bars[0].cuts == 38  # neither the first bar nor the last


def test_a_coin_is_told_and_nothing_else_is_judged() -> None:
    found = verified(streams.Gambler())

    assert found.check("repeat").outcome is Outcome.FAILED
    (difference,) = found.check("repeat").differences
    assert difference.column == "fill"
    assert {each.outcome for each in found.checks[1:]} == {Outcome.SKIPPED}


def test_what_is_remembered_of_an_earlier_run_is_told() -> None:
    found = verified(streams.Forgetful())

    assert found.check("repeat").outcome is Outcome.FAILED
    assert "what it remembers of earlier runs" in found.check("repeat").summary


def test_what_it_was_told_beside_its_bars_is_not_caught_as_the_guide_says(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = bars("2024-01-02", [round(each, 1) for each in CLOSES])
    known = dict(zip(frame["timestamp"].to_physical().to_list(), frame["close"].to_list(), strict=True))
    monkeypatch.setattr(streams.Oracle, "known", known)

    assert verified(streams.Oracle(), store(frame)).passed


def test_an_indicator_beside_the_orders_is_judged_too() -> None:
    found = verified(streams.Charted(), full=False)

    check = found.check("truncation")
    assert check.outcome is Outcome.FAILED
    assert [each.column for each in check.differences] == ["later"]
    assert check.differences[0].bars_ahead == 1


def test_fills_of_targets_that_look_ahead_change_before_the_cut() -> None:
    found = verified(streams.FarSighted(), samples=120)

    for name in ("truncation", "noise"):
        check = found.check(name)
        assert check.outcome is Outcome.FAILED
        by_column = {each.column: each for each in check.differences}
        assert set(by_column) == {"signal", "fill"}
        fill = by_column["fill"]
        assert fill.known_until is not None
        assert fill.timestamp < fill.known_until
        # A target five bars ahead of its knowledge fills on the next bar, four bars ahead.
        assert 2 <= (fill.bars_ahead or 0) <= 5
    assert found.check("engines").outcome is Outcome.SKIPPED
    assert "on_bar as well as signals()" in found.check("engines").summary


def test_symbols_that_share_an_account_are_cut_together() -> None:
    data = store(days("2024-01-01", CLOSES[:4], bars_a_day=30), "AAA")
    store(bars("2024-01-02", [round(each, 1) for each in CLOSES]), "BBB")
    found = verified(streams.Momentum(), data, symbols=("BBB", "AAA"), samples=12)

    assert found.passed
    assert [each.symbol for each in found.bars] == ["AAA", "BBB"]


def test_a_run_without_fills_proves_nothing_and_says_so() -> None:
    found = verified(streams.Momentum(), store(bars("2024-01-02", [100.0] * 60)))

    assert found.passed
    assert found.check("truncation").outcome is Outcome.WARNED
    assert "It made no fill on these bars" in found.check("noise").summary


def test_an_error_of_the_strategy_names_it() -> None:
    class Broken(Strategy):
        def on_bar(self, bar: Bar) -> None:
            raise ZeroDivisionError("one bar too many")

    with pytest.raises(StrategyError, match="one bar too many"):
        verified(Broken())


def test_an_error_for_want_of_a_future_is_a_failure() -> None:
    class Impatient(streams.Momentum):
        """Counts on a whole day."""

        def generate_signals(self, bars: pl.DataFrame) -> pl.DataFrame:
            if bars.height < 150:
                raise ValueError("where is the rest?")
            return bars.with_columns(pl.lit(None, pl.Int8).alias("signal"))

        def signals(self) -> pl.Expr:
            return pl.lit(None)

    found = verified(Impatient())
    assert found.check("truncation").outcome is Outcome.FAILED
    assert "where is the rest?" in found.check("truncation").summary


@pytest.mark.parametrize(
    ("name", "symbols", "product"),
    [("OpeningRangeBreakout", ("RELIANCE",), "CNC"), ("OpeningRangeBreakout", ("RELIANCE",), "MIS")],
)
def test_the_built_in_streams_pass(
    sample_service: DataService, name: str, symbols: Sequence[str], product: str
) -> None:
    found = hermes.verify(
        name,
        data=sample_service,
        symbols=symbols,
        product=product,
        timeframe="5m",
        start_date="2024-06-03",
        end_date="2024-06-28",
        samples=24,
    )
    assert found.passed, found.checks


def test_lists_of_fills_differ_at_the_first_fill_that_is_another_or_missing() -> None:
    frame = bars("2024-01-02", [1.0, 2.0])
    first, second = frame["timestamp"].to_list()
    one = {"timestamp": first, "symbol": "ABC", "side": "buy", "quantity": 10.0, "price": 100.0, "reason": "order"}
    two = {**one, "timestamp": second, "side": "sell"}

    assert first_difference([one, two], [one, two]) is None
    longer = first_difference([one, two], [one])
    assert longer is not None
    assert (longer.timestamp, longer.whole, longer.other) == (second, "sell 10 at 100.00, order", None)
    other = first_difference([one], [{**one, "price": 100.05}])
    assert other is not None
    assert (other.whole, other.other) == ("buy 10 at 100.00, order", "buy 10 at 100.05, order")


def test_symbols_that_do_not_trade_every_minute_are_no_look_ahead() -> None:
    prices = bars("2024-01-02", [round(each, 1) for each in CLOSES])
    store(prices.with_columns(symbol=pl.lit("AAA")), "AAA")
    data = store(prices.filter(pl.int_range(pl.len()) % 3 > 0).with_columns(symbol=pl.lit("BBB")), "BBB")
    found = verified(streams.Momentum(), data, symbols=["AAA", "BBB"], product="MIS", full=True)
    assert found.check("truncation").outcome is Outcome.PASSED
    assert found.check("noise").outcome is Outcome.PASSED


class Quits(Strategy):
    """Ends the program instead of trading."""

    def on_bar(self, bar: Bar) -> None:
        raise SystemExit(0)


def test_a_strategy_that_ends_the_program_is_an_error_and_not_a_pass() -> None:
    with pytest.raises(StrategyError, match=r"Quits\.on_bar failed at ABC 2024-01-02 09:15 IST: SystemExit"):
        verified(Quits())
