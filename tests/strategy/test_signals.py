"""Evaluation of a strategy's expressions: order, symbols, and what is refused."""

from typing import Any

import polars as pl
import pytest

from hermes.errors import StrategyError
from hermes.strategy import Bar, Indicator, Strategy, higher, own_pane, price_pane
from hermes.strategy.indicators import bollinger, sma


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


@pytest.mark.parametrize(
    ("columns", "rule", "sentence"),
    [
        (
            {"fast": sma(2)},
            pl.col("clsoe") > 1,
            (
                "there is no column 'clsoe'. Did you mean 'close'? "
                "Known are symbol, timestamp, open, high, low, close, volume, oi, fast, session."
            ),
        ),
        (
            {"fast": pl.col("clos") * 2},
            pl.col("fast") > 1,
            (
                "there is no column 'clos'. Did you mean 'close'? "
                "Known are symbol, timestamp, open, high, low, close, volume, oi, fast, session."
            ),
        ),
        (
            {},
            pl.col("zzz") > 1,
            "there is no column 'zzz'. Known are symbol, timestamp, open, high, low, close, volume, oi, session.",
        ),
        ({}, lambda: 1, "signals() returned 1, not an expression such as pl.col('close') > pl.col('open')."),
        ({}, lambda: None, "signals() returned nothing: end it with `return` and an expression."),
        ({"mean": 5}, pl.lit(1), "the indicator 'mean' is 5, not an expression."),
        (
            {"bands": bollinger(2)},
            pl.lit(1),
            "the indicator 'bands' has several lines: give each a name of its own, such as .upper, .middle, .lower.",
        ),
        (None, pl.lit(1), "indicators() returned nothing: end it with `return` and a dictionary."),
        ([sma(2)], pl.lit(1), "indicators() returned a list, not a dictionary of names and expressions."),
        (
            {},
            pl.col("close") > "a",
            (
                "ComputeError: cannot compare string with numeric type (f64) "
                'This error occurred in the following expression: [(col("close")) > ("a")]'
            ),
        ),
        (
            {},
            pl.col("open", "close") > 1,
            (
                "ComputeError: the name 'signal' passed to `LazyFrame.with_columns` is duplicate It's possible that "
                "multiple expressions are returning the same default column name. If this is the case, try renaming "
                'the columns with `.alias("new_name")` to avoid duplicate column names.'
            ),
        ),
    ],
)
def test_what_cannot_be_evaluated_is_one_line_without_a_query_plan(
    make_bars: Any, columns: Any, rule: Any, sentence: str
) -> None:
    with pytest.raises(StrategyError) as caught:
        _with(columns, rule).generate_signals(make_bars([9, 11, 10]))
    assert str(caught.value) == f"Given cannot give signals: {sentence}"


def test_an_indicator_on_longer_bars_without_its_column_names_those_bars_columns(make_bars: Any) -> None:
    strategy = _with({"day": higher("1d", pl.col("clsoe")), "own": sma(2)}, pl.lit(1))
    with pytest.raises(StrategyError, match=r"no column 'clsoe'. Did you mean 'close'\?") as caught:
        strategy.generate_signals(make_bars([9, 11, 10]))
    assert ", own" not in str(caught.value)


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
