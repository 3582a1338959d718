"""Evaluation of a strategy's expressions: order, symbols, and what is refused."""

from typing import Any

import polars as pl
import pytest

from hermes.errors import StrategyError
from hermes.strategy import Bar, Indicator, Strategy, own_pane, price_pane
from hermes.strategy.indicators import sma


class Rule(Strategy):
    """A strategy whose parts are given by the test."""

    def signals(self) -> pl.Expr:
        return pl.col("close") > 10


def _with(columns: dict[str, Any], rule: Any) -> Strategy:
    class Given(Strategy):
        def indicators(self) -> dict[str, pl.Expr | Indicator]:
            return columns

        def signals(self) -> pl.Expr:
            made: pl.Expr = rule() if callable(rule) else rule
            return made

    return Given()


def test_a_boolean_rule_gives_one_and_zero_beside_the_bars(make_bars: Any) -> None:
    bars = make_bars([9, 11, 10])
    signals = Rule().generate_signals(bars)
    assert signals.columns == [*bars.columns, "signal"]
    assert signals["signal"].dtype == pl.Int8
    assert signals["signal"].to_list() == [0, 1, 0]


def test_an_indicator_may_name_another_in_any_order_and_read_the_session(make_bars: Any) -> None:
    strategy = _with(
        {"twice": pl.col("mean") * 2, "mean": sma(2), "day": pl.col("session").dt.day()}, pl.col("twice") > 20
    )
    signals = strategy.generate_signals(make_bars([10, 12, 6]))
    assert signals["twice"].to_list() == [None, 22.0, 18.0]
    assert signals["signal"].to_list() == [None, 1, 0]
    assert signals["day"].to_list() == [1, 1, 1]
    assert "session" not in signals.columns


def test_each_symbol_is_computed_on_its_own(make_bars: Any) -> None:
    bars = pl.concat([make_bars([1, 2, 3], symbol="A"), make_bars([10, 20], symbol="B")])
    signals = _with({"mean": sma(2)}, pl.lit(1)).generate_signals(bars)
    assert signals["mean"].to_list() == [None, 1.5, 2.5, None, 15.0]
    assert signals["signal"].to_list() == [1] * 5


def test_no_bars_give_no_signals(make_bars: Any) -> None:
    signals = _with({"mean": sma(2)}, pl.col("mean") > 1).generate_signals(make_bars([1.0]).clear())
    assert signals.height == 0
    assert signals["signal"].dtype == pl.Int8


def _division() -> pl.Expr:
    return pl.lit(1 / 0)


@pytest.mark.parametrize(
    ("columns", "rule", "message"),
    [
        ({}, pl.col("close").cast(pl.Int64), "Given .* target is 9 at 2024-01-01 03:45 UTC, not -1, 0, 1"),
        ({}, pl.lit(0.5), "target is 0.5"),
        ({}, pl.lit(float("nan")), "target is nan"),
        ({}, pl.lit("buy"), "of type String"),
        ({}, pl.col("clsoe") > 1, "Given cannot give signals: ColumnNotFoundError.*clsoe"),
        ({}, _division, "Given cannot give signals: ZeroDivisionError: division by zero"),
        ({"close": sma(2)}, pl.lit(1), "'close', which is a column of the bars"),
        ({"signal": sma(2)}, pl.lit(1), "'signal', which is a column"),
        ({"a": pl.col("b"), "b": pl.col("a")}, pl.lit(1), "'a', 'b' are defined by each other"),
        ({"a": pl.col("close").head(2)}, pl.lit(1), "Given cannot give signals: ShapeError"),
    ],
)
def test_what_is_no_target_is_refused_by_name_and_value(
    make_bars: Any, columns: dict[str, Any], rule: Any, message: str
) -> None:
    with pytest.raises(StrategyError, match=message):
        _with(columns, rule).generate_signals(make_bars([9, 11, 10]))


def test_whole_floats_and_nulls_are_targets(make_bars: Any) -> None:
    bars = make_bars([9, 11, 10])
    floats = pl.when(pl.col("close") > 10).then(1.0).when(pl.col("close") > 9).then(-1.0)
    assert _with({}, floats).generate_signals(bars)["signal"].to_list() == [None, 1, -1]
    assert _with({}, pl.lit(None)).generate_signals(bars)["signal"].to_list() == [None] * 3


def test_a_strategy_without_signals_says_so(make_bars: Any) -> None:
    with pytest.raises(StrategyError, match=r"Strategy does not define signals\(\)"):
        Strategy().generate_signals(make_bars([9]))


def test_plots_tell_pane_style_and_guides_and_the_hooks_do_nothing(make_bars: Any) -> None:
    strategy = _with(
        {"a": sma(2), "b": price_pane(sma(3)), "c": own_pane(sma(4), guides=(0.0,), style="histogram")}, pl.lit(0)
    )
    plots = strategy.plots()
    assert [each.pane for each in plots.values()] == ["price", "price", "own"]
    assert plots["c"].guides == (0.0,)
    assert plots["c"].style == "histogram"
    strategy.on_start()
    strategy.on_bar(Bar("X", 0, 9.0, 9.0, 9.0, 9.0, 1.0))
    assert strategy.warmup() == {None: 0}
