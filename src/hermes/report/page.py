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
from hermes.report.heading import benchmark, listed, parameters, period, strategy_name, warnings_of
from hermes.report.money import UNDEFINED, percent, rupees
from hermes.report.monthly import YearReturns, monthly_returns
from hermes.report.payload import DAILY_FROM_SESSIONS, MOST_ORDERS, MOST_TRADES, payload
from hermes.report.sections import COSTS, HEADLINES, SECTIONS, Section, line_of, shown, tone
from hermes.report.tally import OrderState, by_symbol, count_reasons, order_states
from hermes.version import __version__

if TYPE_CHECKING:
    from hermes.engine import BacktestResult
    from hermes.engine.load import Part
    from hermes.engine.metrics import Metrics

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_NAMES = 6
_FULL_HEAT = 0.10
"""A month that moved by so much has the deepest colour."""


def page(result: "BacktestResult") -> str:
    """The whole report as text: HTML with its styles, scripts and numbers inside."""
    library, script = _asset("lightweight-charts.js"), _asset("report.js")
    name = listed(result.request.symbols, _MOST_NAMES)
    drawn = payload(result)
    return Template(_asset("report.html")).substitute(
        title=escape(f"{name} {strategy_name(result)}: backtest"),
        heading=escape(f"{name} · {strategy_name(result)}"),
        subtitle=escape(_subtitle(result)),
        warnings=_warnings(warnings_of(result)),
        cards="".join(_card(result.metrics, field) for field in HEADLINES),
        chart_note=escape(drawn["charts"][0]["note"]),
        charts_note=escape(_charts_note(result, len(drawn["charts"]))),
        equity_note=escape(_equity_note(result)),
        monthly=_heatmap(monthly_returns(result.equity, result.request.initial_cash)),
        trades_note=escape(_trades_note(result)),
        orders=_orders(result),
        symbols=_symbols(result),
        terms=escape(_terms(result.metrics)),
        metrics='<div class="groups">' + "".join(_table(result.metrics, each) for each in SECTIONS) + "</div>",
        costs=_table(result.metrics, COSTS, caption=False),
        source=_source(result.parts[0]) if len(result.parts) == 1 else "",
        assumptions=_assumptions(result),
        version=escape(__version__),
        style=_asset("report.css"),
        data=embedded_json(drawn),
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
    several = len(request.symbols) > 1
    parts = (
        "" if several else result.instrument.name,
        parameters(request.params),
        period(result),
        f"{request.timeframe.value} bars",
        request.product.value,
        f"{request.mode} engine",
        f"benchmark: {benchmark(result)}" if several or request.benchmark else "",
    )
    # The words of one fact stay on one line, except where they are many.
    return " · ".join(part.replace(" ", "\u00a0") if len(part) < 40 else part for part in parts if part)


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


def _charts_note(result: "BacktestResult", drawn: int) -> str:
    """What is left out of the charts of many symbols."""
    symbols = len(result.request.symbols)
    return f"charts of the {drawn} of {symbols:,} symbols with most fills" if drawn < symbols else ""


def _trades_note(result: "BacktestResult") -> str:
    count = result.trades.height
    note = f"{count:,} round trips; a click shows one on the chart"
    return f"{note}; the first {MOST_TRADES:,} are listed, --csv has all" if count > MOST_TRADES else note


def _equity_note(result: "BacktestResult") -> str:
    timeframe = result.request.timeframe
    if timeframe.intraday and result.metrics.sessions < DAILY_FROM_SESSIONS:
        marks = "one mark a bar (the metrics take one a session)"
    else:
        marks = "one mark a week" if timeframe is Timeframe.W1 else "one mark a session"
    if len(result.request.symbols) > 1:
        return f"{marks}, charges included; the benchmark, {benchmark(result)}, is in the metrics"
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


def _orders(result: "BacktestResult") -> str:
    """The section of own orders, by their end and one by one, and of refusals by reason; empty without either."""
    parts = []
    sent = result.orders.height
    if sent:
        note = "sent by the strategy itself, each at the close of the bar whose start is given"
        if sent > MOST_ORDERS:
            note += f"; the first {MOST_ORDERS:,} of {sent:,} are listed, --csv has all"
        rows = "".join(
            f'<tr><td>{each.status}</td><td class="number">{each.count:,}</td>'
            f'<td class="wrap">{_reasons(each.reasons)}{_in_part(each)}</td></tr>'
            for each in order_states(result.orders)
        )
        summary = f'<table class="narrow"><tbody>{rows}</tbody></table>'
        parts.append(
            f'<div class="bar"><h2>Orders</h2><span class="note">{note}</span></div>'
            f'<div class="scroll">{summary}</div>'
            '<div class="bar below"><span class="grow"></span><span class="buttons" id="order-pages"></span></div>'
            '<div class="scroll"><table id="orders"><thead></thead><tbody></tbody></table></div>'
        )
    refused = result.rejections
    if refused.height:
        parts.append(
            f"<h2>Refusals</h2><p>{refused.height:,} entries, orders or changes of orders were refused or cut to "
            f"nothing: {_reasons(count_reasons(refused))}.</p>"
        )
    return f"<section>{''.join(parts)}</section>" if parts else ""


def _reasons(counted: Iterable[tuple[str, int]]) -> str:
    return escape(", ".join(f"{reason} {count:,}" for reason, count in counted))


def _in_part(state: OrderState) -> str:
    if not state.in_part:
        return ""
    return f"{'; ' if state.reasons else ''}{state.in_part:,} of them filled in part"


def _symbols(result: "BacktestResult") -> str:
    """Results and sources by symbol, of several."""
    if len(result.parts) == 1:
        return ""
    rows = "".join(
        f'<tr><td title="{escape(each.name)}">{escape(each.symbol)}</td><td class="number">{each.trades:,}</td>'
        f'<td class="number">{percent(each.win_rate)}</td><td class="number">{rupees(each.charges)}</td>'
        f'<td class="number {"gain" if each.net > 0 else "loss" if each.net < 0 else ""}">'
        f"{rupees(each.net, signed=True)}</td></tr>"
        for each in by_symbol(result)
    )
    heads = "".join(f'<th class="number">{name}</th>' for name in ("Trades", "Win rate", "Charges", "Net"))
    facts = [_facts(part) for part in result.parts]
    names = "".join(f"<th>{name}</th>" for name in facts[0])
    sources = "".join(
        f"<tr><td>{escape(part.symbol)}</td>{_cells(each)}</tr>" for part, each in zip(result.parts, facts, strict=True)
    )
    return (
        '<section><h2>By symbol</h2><div class="scroll tall"><table class="narrow">'
        f"<thead><tr><th>Symbol</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"
        f'<section><h2>Data</h2><div class="scroll tall"><table><thead><tr><th>Symbol</th>{names}</tr></thead>'
        f"<tbody>{sources}</tbody></table></div></section>"
    )


def _cells(facts: dict[str, str]) -> str:
    """One symbol's facts as a row; the last one, in words, may wrap."""
    *short, words = facts.values()
    return "".join(f"<td>{escape(text)}</td>" for text in short) + f'<td class="wrap">{escape(words)}</td>'


def _source(part: "Part") -> str:
    rows = "".join(
        f'<tr><td>{name}</td><td class="wrap">{escape(text)}</td></tr>' for name, text in _facts(part).items()
    )
    return f"<h2>Data</h2><table><tbody>{rows}</tbody></table>"


def _facts(part: "Part") -> dict[str, str]:
    source, quality = part.source, part.quality
    return {
        "Origin": source.origin or UNDEFINED,
        "Kind": "synthetic sample" if source.synthetic else "market data",
        "Prices": "adjusted" if source.adjusted else "as traded",
        "Stored": f"{source.rows:,} bars, {source.first_day} to {source.last_day}",
        "In the run": f"{part.bars:,} bars",
        "Identity": source.identity[:12],
        "Quality": quality.summary().removeprefix(f"{part.symbol}: ") if quality is not None else "not checked",
    }


def _assumptions(result: "BacktestResult") -> str:
    rows = "".join(
        f'<tr><td>{escape(each.name)}</td><td class="wrap">{escape(each.value)}</td>'
        f'<td class="wrap">{escape(each.note)}</td></tr>'
        for each in result.assumptions
    )
    return f"<table><thead><tr><th>Rule</th><th>In this run</th><th>Note</th></tr></thead><tbody>{rows}</tbody></table>"
