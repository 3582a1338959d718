"""A result as one HTML file: metrics, charts, trades, costs, assumptions; it needs no network and loads nothing.

Whatever a user or a file supplied is escaped, the numbers travel as inert JSON, and the page's security policy allows
only the two scripts whose hashes it names.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from inspect import cleandoc
from string import Template
from typing import TYPE_CHECKING, Any

from hermes.data.timeframe import Timeframe
from hermes.report.chart import DAILY_FROM_SESSIONS, MOST_MARKS, payload, thin
from hermes.report.heading import parameters, period, strategy_name
from hermes.report.money import UNDEFINED, percent
from hermes.report.monthly import YearReturns, monthly_returns
from hermes.report.sections import COSTS, HEADLINES, SECTIONS, Section, line_of, shown, tone
from hermes.version import __version__

if TYPE_CHECKING:
    from hermes.engine import BacktestResult
    from hermes.engine.metrics import Metrics

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FULL_HEAT = 0.10
"""A month that moved by so much has the deepest colour."""


def page(result: "BacktestResult") -> str:
    """The whole report as text: HTML with its styles, scripts and numbers inside."""
    library, script = _asset("lightweight-charts.js"), _asset("report.js")
    name = result.instrument.symbol
    return Template(_asset("report.html")).substitute(
        title=escape(f"{name} {strategy_name(result)}: backtest"),
        heading=escape(f"{name} · {strategy_name(result)}"),
        subtitle=escape(_subtitle(result)),
        warnings=_warnings(result.warnings),
        cards="".join(_card(result.metrics, field) for field in HEADLINES),
        chart_note=escape(_chart_note(result)),
        equity_note=escape(_equity_note(result)),
        monthly=_heatmap(monthly_returns(result.equity, result.request.initial_cash)),
        trades_note=escape(f"{result.trades.height:,} round trips; a click shows one on the chart"),
        terms=escape(_terms(result.metrics)),
        metrics='<div class="groups">' + "".join(_table(result.metrics, each) for each in SECTIONS) + "</div>",
        costs=_table(result.metrics, COSTS, caption=False),
        source=_source(result),
        assumptions=_assumptions(result),
        version=escape(__version__),
        style=_asset("report.css"),
        data=embedded_json(payload(result)),
        library=library,
        script=script,
        script_hashes=f"'{_digest(library)}' '{_digest(script)}'",
    )


def embedded_json(value: Any) -> str:
    """`value` as JSON that is inert inside a script element: nothing in it can close the element or open a comment."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _asset(name: str) -> str:
    return (files("hermes.report") / "assets" / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _subtitle(result: "BacktestResult") -> str:
    request = result.request
    parts = (
        result.instrument.name,
        parameters(request.params),
        period(result),
        f"{request.timeframe.value} bars",
        request.product.value,
    )
    return " · ".join(part for part in parts if part)


def _warnings(warnings: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(each)}</li>" for each in warnings)
    return f'<section class="warnings" role="alert"><ul>{items}</ul></section>' if items else ""


def _card(metrics: "Metrics", field: str) -> str:
    line = line_of(field)
    label = "Charges" if field == "total_charges" else line.label
    return (
        f'<div class="card" tabindex="0"><div class="name">{escape(label)}</div>'
        f'<div class="value {tone(metrics, line)}">{escape(shown(metrics, line))}</div>'
        f'<div class="tip" role="tooltip">{escape(_formula(metrics, field))}</div></div>'
    )


def _formula(metrics: "Metrics", field: str) -> str:
    return type(metrics).model_fields[field].description or ""


def _terms(metrics: "Metrics") -> str:
    """The symbols that the formulas use, from the model's own documentation (its second paragraph on)."""
    return " ".join(cleandoc(type(metrics).__doc__ or "").partition("\n\n")[2].split())


def _table(metrics: "Metrics", section: Section, *, caption: bool = True) -> str:
    rows = []
    for line in section.lines:
        total = ' class="total"' if line.field == "total_charges" else ""
        indent = "&emsp;" if line.label.startswith(" ") else ""
        rows.append(
            f'<tr{total}><td class="tipped" tabindex="0">{indent}{escape(line.label.strip())}'
            f'<span class="tip" role="tooltip">{escape(_formula(metrics, line.field))}</span></td>'
            f'<td class="number {tone(metrics, line)}">{escape(shown(metrics, line))}</td></tr>'
        )
    heading = f"<caption>{escape(section.title)}</caption>" if caption else ""
    return f"<table>{heading}<tbody>{''.join(rows)}</tbody></table>"


def _chart_note(result: "BacktestResult") -> str:
    request = result.request
    candles = thin(result.candles, request.timeframe)
    notes = []
    if candles.thinned:
        notes.append(f"Candles drawn as {candles.timeframe.value}; the run used {request.timeframe.value} bars")
    if result.fills.height > MOST_MARKS:
        notes.append(f"the first {MOST_MARKS:,} of {result.fills.height:,} fills are marked")
    return "; ".join(notes)


def _equity_note(result: "BacktestResult") -> str:
    timeframe = result.request.timeframe
    if timeframe.intraday and result.metrics.sessions < DAILY_FROM_SESSIONS:
        marks = "one mark a bar (the metrics take one a session)"
    else:
        marks = "one mark a week" if timeframe is Timeframe.W1 else "one mark a session"
    return f"{marks}, charges included; buy and hold without charges"


def _heatmap(years: Iterable[YearReturns]) -> str:
    head = "".join(f"<th scope='col'>{month}</th>" for month in _MONTHS)
    rows = "".join(
        f'<tr><th scope="row">{each.year}</th>{"".join(_cell(month) for month in (*each.months, each.whole))}</tr>'
        for each in years
    )
    heading = f'<tr><th></th>{head}<th scope="col">Year</th></tr>'
    return f'<table class="heat"><thead>{heading}</thead><tbody>{rows}</tbody></table>'


def _cell(change: float | None) -> str:
    if change is None:
        return "<td></td>"
    kind = "gain" if change > 0 else "loss" if change < 0 else "still"
    heat = min(abs(change) / _FULL_HEAT, 1)
    return f'<td class="cell {kind}" style="--heat:{heat:.3f}">{percent(change)}</td>'


def _source(result: "BacktestResult") -> str:
    source, quality = result.source, result.quality
    facts = {
        "Origin": source.origin or UNDEFINED,
        "Kind": "synthetic sample" if source.synthetic else "market data",
        "Prices": "adjusted" if source.adjusted else "as traded",
        "Stored": f"{source.rows:,} bars, {source.first_day} to {source.last_day}",
        "Identity": source.identity[:16],
        "Quality": quality.summary() if quality is not None else "not checked",
    }
    rows = "".join(f'<tr><td>{name}</td><td class="wrap">{escape(text)}</td></tr>' for name, text in facts.items())
    return f"<table><tbody>{rows}</tbody></table>"


def _assumptions(result: "BacktestResult") -> str:
    rows = "".join(
        f'<tr><td>{escape(each.name)}</td><td class="wrap">{escape(each.value)}</td>'
        f'<td class="wrap">{escape(each.note)}</td></tr>'
        for each in result.assumptions
    )
    return f"<table><thead><tr><th>Rule</th><th>In this run</th><th>Note</th></tr></thead><tbody>{rows}</tbody></table>"
