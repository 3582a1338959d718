import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import polars as pl
import pytest

from hermes.data import DataService, Timeframe
from hermes.engine import Assumption, BacktestRequest, BacktestResult, run_backtest
from hermes.engine.load import Part
from hermes.report.money import rupees
from hermes.report.page import embedded_json, page


class _Reader(HTMLParser):
    """Collects what a browser would load, run and show."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self.tags: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        given = dict(attrs)
        if tag != "a":
            self.addresses += [value or "" for name, value in given.items() if name in ("src", "href")]
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.text.append(data)


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    return reader


def test_the_page_loads_nothing_from_anywhere(result: BacktestResult) -> None:
    text = page(result)
    assert _read(text).addresses == ["data:,"]
    assert "default-src 'none'" in text
    assert "@import" not in text


def test_the_policy_allows_exactly_the_two_scripts_inside(result: BacktestResult) -> None:
    import base64
    import hashlib

    text = page(result)
    data, *programs = _read(text).scripts
    assert json.loads(data)["charts"][0]["candles"]["time"]
    digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in programs]
    policy = re.search(r"script-src ([^;]*)", text)
    assert policy is not None
    assert policy[1].split() == [f"'sha256-{each}'" for each in digests]


def test_the_charting_library_is_attributed(result: BacktestResult) -> None:
    text = page(result)
    assert "TradingView" in text
    assert 'href="https://www.tradingview.com/"' in text
    assert "Licensed under Apache License 2.0" in text


def test_numbers_warnings_assumptions_and_formulas_are_there(result: BacktestResult) -> None:
    shown = " ".join(_read(page(result)).text)
    for wanted in ("RELIANCE", "RSIStrategy", "period=10", "₹1,00,000.00", "Sharpe", "STT", "std(r) x sqrt(252)"):
        assert wanted in shown
    for warning in result.warnings:
        assert warning in shown
    for assumption in result.assumptions:
        assert assumption.value in shown


EVIL = ("</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "$title ${x} &amp; \"'")


def _renamed(part: Part, text: str) -> Part:
    instrument, source = replace(part.instrument, name=text), replace(part.source, origin=text)
    return replace(part, instrument=instrument, source=source)


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_text_stays_text(result: BacktestResult, evil: str) -> None:
    hostile = replace(
        result,
        request=result.request.model_copy(update={"strategy": f"a.py:{evil}", "params": {evil: evil}}),
        parts=(_renamed(result.parts[0], evil),),
        warnings=(evil,),
        assumptions=(Assumption(evil, evil, evil),),
        plots={"rsi": replace(result.plots["rsi"], group=evil)},
    )
    reader = _read(page(hostile))
    assert len(reader.scripts) == 3
    assert "img" not in reader.tags
    assert evil in "".join(reader.text)
    assert json.loads(reader.scripts[0])["charts"][0]["indicators"][0]["pane"] == evil


def test_embedded_json_is_inert_and_still_the_same_value() -> None:
    value = {"<!--": "</script>", "&": ["<b>", None, 1.5]}
    text = embedded_json(value)
    assert not set("<>&") & set(text)
    assert json.loads(text) == value


def test_a_year_of_minutes_is_small_and_says_how_it_is_drawn(sample_service: DataService) -> None:
    request = BacktestRequest(symbols=("RELIANCE",), strategy="SMACrossover", timeframe=Timeframe.M1)
    text = page(run_backtest(request, sample_service))
    assert "Candles drawn as 5m; the run used 1m bars" in text
    assert len(text) < 3_000_000
    drawn = json.loads(_read(text).scripts[0])["charts"][0]["candles"]["time"]
    assert 15_000 < len(drawn) <= 20_000


def test_a_run_without_a_trade_still_gives_a_page(sample_service: DataService) -> None:
    request = BacktestRequest(
        symbols=("RELIANCE",),
        strategy="RSIStrategy",
        params={"oversold": 0.5},
        timeframe=Timeframe.D1,
        start_date=date(2024, 1, 1),
        end_date=date(2024, 1, 31),
    )
    result = run_backtest(request, sample_service)
    assert result.trades.height == 0
    text = page(result)
    assert "one mark a session" in text
    data = json.loads(_read(text).scripts[0])
    assert data["charts"][0]["marks"] == []
    assert data["trades"]["entry"] == []
    assert data["daily"] is True


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_text_of_several_symbols_and_their_orders_stays_text(several: BacktestResult, evil: str) -> None:
    hostile = replace(several, parts=tuple(_renamed(each, evil) for each in several.parts), warnings=(evil,))
    said = pl.lit(evil).alias
    vars(hostile)["orders"] = several.orders.with_columns(said("reason"), said("tag"))
    vars(hostile)["rejections"] = several.rejections.with_columns(said("reason"))
    reader = _read(page(hostile))
    assert len(reader.scripts) == 3
    assert "img" not in reader.tags
    assert json.loads(reader.scripts[0])["orders"]["tag"][0] == evil
    assert evil in "".join(reader.text)


def test_several_symbols_are_named_with_results_sources_and_benchmark(several: BacktestResult) -> None:
    shown = " ".join(_read(page(several)).text).replace("\u00a0", " ")
    assert "INFY, TCS · PairsTrade" in shown
    assert "benchmark: even money in all symbols" in shown
    assert "INFY, TCS: Synthetic sample" in shown
    assert shown.count("Synthetic sample") == 1
    for part in several.parts:
        net = sum(several.trades.filter(pl.col("symbol") == part.symbol)["net"])
        assert rupees(net, signed=True) in shown
        assert part.source.identity[:12] in shown


def test_own_orders_are_counted_by_their_end_and_refusals_by_reason(several: BacktestResult) -> None:
    text = page(several)
    counts = dict(several.orders.group_by("status").len().iter_rows())
    refused = dict(several.rejections.group_by("reason").len().iter_rows())
    assert 'id="orders"' in text
    for status, count in counts.items():
        assert f'<td>{status}</td><td class="number">{count:,}</td>' in text
    for reason, count in refused.items():
        assert f"{reason} {count:,}" in text


def test_a_run_of_targets_has_no_table_of_orders(result: BacktestResult) -> None:
    assert 'id="orders"' not in page(result)


def test_what_the_lists_leave_out_is_said(several: BacktestResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.report.page.MOST_ORDERS", 3)
    monkeypatch.setattr("hermes.report.page.MOST_TRADES", 2)
    monkeypatch.setattr("hermes.report.chart.charted", lambda _: ["INFY"])
    text = page(several)
    assert f"the first 3 of {several.orders.height:,} are listed" in text
    assert "the first 2 are listed, --csv has all" in text
    assert "charts of the 1 of 2 symbols with most fills" in text
