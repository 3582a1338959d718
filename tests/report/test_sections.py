from datetime import date

import pytest

from hermes.engine import BacktestResult
from hermes.engine.metrics import Metrics
from hermes.report.sections import COSTS, HEADLINES, SECTIONS, line_of, shown, tone


def test_every_metric_is_shown_exactly_once() -> None:
    fields = [line.field for section in (*SECTIONS, COSTS) for line in section.lines]
    assert sorted(fields) == sorted(Metrics.model_fields)


def test_every_headline_is_a_metric() -> None:
    assert [line_of(field).field for field in HEADLINES] == list(HEADLINES)
    with pytest.raises(KeyError):
        line_of("luck")


def test_values_are_written_in_their_unit(result: BacktestResult) -> None:
    metrics = result.metrics.model_copy(
        update={
            "final_equity": 123456.789,
            "total_return": 0.2345678,
            "win_rate": 0.5,
            "sharpe_ratio": None,
            "trades": 1234,
            "expectancy": -12.5,
            "max_drawdown_start": date(2024, 3, 1),
        }
    )
    assert shown(metrics, line_of("final_equity")) == "₹1,23,456.79"
    assert shown(metrics, line_of("total_return")) == "+23.46%"
    assert shown(metrics, line_of("win_rate")) == "50.00%"
    assert shown(metrics, line_of("sharpe_ratio")) == "–"
    assert shown(metrics, line_of("trades")) == "1,234"
    assert shown(metrics, line_of("expectancy")) == "-₹12.50"
    assert shown(metrics, line_of("max_drawdown_start")) == "2024-03-01"


def test_only_gains_and_losses_have_a_tone(result: BacktestResult) -> None:
    metrics = result.metrics.model_copy(
        update={"total_return": 0.1, "max_drawdown": -0.1, "alpha": None, "win_rate": 0.9}
    )
    assert tone(metrics, line_of("total_return")) == "gain"
    assert tone(metrics, line_of("max_drawdown")) == "loss"
    assert tone(metrics, line_of("alpha")) == ""
    assert tone(metrics, line_of("win_rate")) == ""
