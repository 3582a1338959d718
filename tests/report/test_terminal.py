import io
import re
from dataclasses import replace

import polars as pl
import pytest
from rich.console import Console

from hermes.engine import BacktestResult
from hermes.report.money import percent, rupees
from hermes.report.terminal import show, sparkline


def _printed(result: BacktestResult, *, trades: int = 5, width: int = 80) -> str:
    stream = io.StringIO()
    show(result, trades=trades, console=Console(file=stream, width=width, highlight=False))
    return stream.getvalue()


def test_the_sparkline_spans_lowest_to_highest() -> None:
    assert sparkline([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]) == "▁▂▃▄▅▆▇█"
    assert sparkline([8.0, 1.0, 8.0]) == "█▁█"
    assert sparkline([5.0, 5.0]) == "▁▁"
    assert sparkline([]) == ""


def test_a_long_series_keeps_its_width_and_its_last_value() -> None:
    line = sparkline([*([0.0] * 999), 1.0], width=20)
    assert len(line) == 20
    assert line == "▁" * 19 + "█"


def test_everything_fits_eighty_columns_without_escape_codes(result: BacktestResult) -> None:
    text = _printed(result)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "\x1b" not in text


def test_money_is_in_rupees_and_costs_are_itemised(result: BacktestResult) -> None:
    text = _printed(result)
    assert "₹1,00,000.00" in text
    for item in ("Brokerage", "STT", "Exchange transaction", "SEBI fee", "Stamp duty", "GST", "Depository (DP)"):
        assert item in text


def test_every_warning_is_a_loud_line(result: BacktestResult) -> None:
    text = _printed(replace(result, warnings=("first thing", "second [bold]thing[/bold]")))
    assert text.count("WARNING") == 2
    assert "WARNING first thing" in text
    assert "second [bold]thing[/bold]" in text


def test_head_and_tail_of_the_trades_are_shown(result: BacktestResult) -> None:
    count = result.trades.height
    assert count > 4
    text = _printed(result, trades=2)
    assert f"... {count - 4} more" in text
    assert "more" not in _printed(result, trades=count)
    assert "Entry (IST)" not in _printed(result, trades=0)


@pytest.mark.parametrize("width", [45, 60, 70, 200])
def test_other_widths_do_not_break_it(result: BacktestResult, width: int) -> None:
    text = _printed(result, width=width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert rupees(result.metrics.total_charges) in text
    assert percent(result.metrics.total_return, signed=True) in text


def test_amounts_in_crores_are_never_cut(result: BacktestResult) -> None:
    metrics = result.metrics.model_copy(update={"initial_cash": 1e12, "final_equity": 1e12, "expectancy": -1e11})
    text = _printed(replace(result, metrics=metrics))
    assert "…" not in text
    assert rupees(1e12) in text
    assert rupees(-1e11) in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


def test_a_run_without_trades_says_undefined(result: BacktestResult) -> None:
    metrics = result.metrics.model_copy(update={"win_rate": None, "trades": 0})
    text = _printed(replace(result, metrics=metrics))
    assert re.search(r"Win rate +–", text)


def test_several_symbols_are_in_the_heading_in_the_trades_and_by_themselves(several: BacktestResult) -> None:
    text = _printed(several)
    assert "\nINFY, TCS\n" in re.sub(r" +\n", "\n", text)
    assert "benchmark: even money in all symbols" in text
    assert "event engine" in text
    assert re.search(r"Symbol +Entry \(IST\)", text)
    assert re.search(r"\nINFY +24-", text)
    for symbol in ("INFY", "TCS"):
        own = several.trades.filter(pl.col("symbol") == symbol)
        line = rf"{symbol} +{own.height} .*{re.escape(rupees(sum(own['net']), 0, signed=True))}"
        assert re.search(line, text)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


def test_own_orders_and_refusals_are_summed_up(several: BacktestResult) -> None:
    text = _printed(several)
    rejected = several.rejections.height
    assert f"Own orders: {several.orders.height} sent" in text
    assert re.search(rf"rejected +{rejected} +blocked {rejected}", text)
    assert f"Refused: {rejected} (blocked {rejected})" in text
    assert "fills at" not in text  # each order says itself how it fills


def test_of_many_symbols_those_that_moved_most_are_shown(
    several: BacktestResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.report.terminal._MOST_ROWS", 1)
    text = _printed(several)
    moved = {name: abs(sum(several.trades.filter(pl.col("symbol") == name)["net"])) for name in ("INFY", "TCS")}
    less, most = sorted(moved, key=lambda name: moved[name])
    assert "the 1 of 2 that gained or lost most" in text
    assert re.search(rf"\n{most} +\d+ +[\d.]+%", text)
    assert not re.search(rf"\n{less} +\d+ +[\d.]+%", text)


@pytest.mark.parametrize("width", [45, 60, 120])
def test_several_symbols_fit_other_widths(several: BacktestResult, width: int) -> None:
    assert max(len(line.rstrip()) for line in _printed(several, width=width).splitlines()) <= width
