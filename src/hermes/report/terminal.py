"""A result on a terminal: headline, warnings, metrics, itemised costs, equity curve and trades, in 80 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hermes.report.clock import day_of, local_time
from hermes.report.heading import benchmark, listed, parameters, period, strategy_name, warnings_of
from hermes.report.money import percent, quantity, rupees
from hermes.report.sections import COSTS, SECTIONS, Section, shown, tone
from hermes.report.tally import SymbolTotals, by_symbol, count_reasons, order_states

if TYPE_CHECKING:
    from hermes.engine import BacktestResult
    from hermes.engine.metrics import Metrics

_BLOCKS = "▁▂▃▄▅▆▇█"
_STYLES = {"gain": "green", "loss": "red", "": ""}
_SPARK_WIDTH = 60
_ANY_WIDTH = 1_000
_MOST_NAMES = 12
_MOST_ROWS = 20
_NUMBERS = ("Qty", "In", "Out", "Net", "Return")
_COLUMN_SETS = (
    ("Entry (IST)", "Exit", *_NUMBERS, "Why out"),
    ("Entry (IST)", "Exit", *_NUMBERS),
    ("Entry (IST)", "Exit", "Qty", "Net", "Return"),
    ("Entry (IST)", "Exit", "Net"),
    ("Exit", "Net"),
)


def show(result: "BacktestResult", *, trades: int = 5, console: Console | None = None) -> None:
    """Print `result` to `console` (default: standard output), with the first and last `trades` trades.

    Colour is left out where the output is not a terminal or NO_COLOR is set.
    """
    console = console or Console(highlight=False)
    for part in _parts(result, trades, console):
        console.print(part)


def sparkline(values: Sequence[float], width: int = _SPARK_WIDTH) -> str:
    """`values` as at most `width` block characters from their lowest to their highest; the last value of each part."""
    if not values:
        return ""
    count = min(width, len(values))
    picked = [values[(step + 1) * len(values) // count - 1] for step in range(count)]
    low, high = min(picked), max(picked)
    span = high - low
    if span == 0:
        return _BLOCKS[0] * count
    return "".join(_BLOCKS[min(int((each - low) / span * len(_BLOCKS)), len(_BLOCKS) - 1)] for each in picked)


def _parts(result: "BacktestResult", trades: int, console: Console) -> list[RenderableType]:
    parts: list[RenderableType] = [_title(result)]
    warnings = warnings_of(result)
    if warnings:
        parts.append(_warnings(warnings))
    parts += [_metrics(result.metrics, console), _equity(result, console)]
    if len(result.request.symbols) > 1:
        parts.append(_symbols(by_symbol(result)))
    if result.trades.height and trades:
        parts.append(_trades(result, trades, console))
    if result.orders.height:
        parts.append(_orders(result.orders))
    if result.rejections.height:
        parts.append(_rejections(result.rejections))
    return parts


def _title(result: "BacktestResult") -> RenderableType:
    request = result.request
    params = parameters(request.params)
    several = len(request.symbols) > 1
    run = [period(result), f"{request.timeframe.value} bars", request.product.value, f"{request.mode} engine"]
    if not result.orders.height:  # orders of a strategy's own fill as each one says
        run.append(f"fills at {_fills(request.fill_at)}")
    name = f" ({result.instrument.name})" if result.instrument.name and not several else ""
    lines = [
        Text(""),
        Text.assemble((listed(request.symbols, _MOST_NAMES), "bold"), name),
        Text.assemble((strategy_name(result), "bold"), f" {params}" if params else ""),
        Text(", ".join(part for part in run if part)),
    ]
    if several or request.benchmark:
        lines.append(Text(f"benchmark: {benchmark(result)}"))
    return Group(*lines, Text(""))


def _warnings(warnings: Sequence[str]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold yellow")
    table.add_column(style="yellow")
    for each in warnings:
        table.add_row("WARNING", Text(each))
    return Padding(table, (0, 0, 1, 0))


def _metrics(metrics: "Metrics", console: Console) -> RenderableType:
    """Two columns where they fit whole, else one: a number is never cut."""
    returns, risk, trades, activity = SECTIONS
    left = [_section(metrics, each) for each in (returns, risk, activity)]
    right = [_section(metrics, each) for each in (trades, COSTS)]
    grid = Table.grid(padding=(0, 3))
    grid.add_row(Group(*left), Group(*right))
    return grid if _fits(grid, console) else Group(*left, *right)


def _section(metrics: "Metrics", section: Section) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, min_width=20)
    table.add_column(no_wrap=True, justify="right", min_width=14)
    table.add_row(Text(section.title, "bold"), "")
    for line in section.lines:
        last = line.field == "total_charges"
        style = "bold" if last else _STYLES[tone(metrics, line)]
        table.add_row(Text(line.label, "bold" if last else "dim"), Text(shown(metrics, line), style))
    return Padding(table, (0, 0, 1, 0))


def _equity(result: "BacktestResult", console: Console) -> RenderableType:
    values = result.equity["equity"].to_list()
    if not values:
        return Text("")
    low, high = min(values), max(values)
    line = sparkline(values, min(_SPARK_WIDTH, console.width - 8))
    return Group(
        Text.assemble(("Equity  ", "bold"), (line, "cyan")),
        Text(f"        lowest {rupees(low, 0)}, highest {rupees(high, 0)}, last {rupees(values[-1], 0)}", "dim"),
        Text(""),
    )


def _trades(result: "BacktestResult", count: int, console: Console) -> RenderableType:
    """The first and last `count` round trips; what a narrow terminal has no room for is left out, column by column."""
    frame, intraday = result.trades, result.request.timeframe.intraday
    gap = frame.height - 2 * count
    shown_rows = frame if gap <= 0 else pl.concat([frame.head(count), frame.tail(count)])
    rows = [_trade(row, intraday=intraday) for row in shown_rows.iter_rows(named=True)]
    symbol = ("Symbol",) if len(result.request.symbols) > 1 else ()
    for chosen in _COLUMN_SETS:
        columns = (*symbol, *chosen)
        table = Table(box=None, pad_edge=False, collapse_padding=True, padding=(0, 1, 0, 0))
        for name in columns:
            table.add_column(name, no_wrap=True, justify="right" if name in _NUMBERS else "left")
        for place, row in enumerate(rows):
            if gap > 0 and place == count:
                table.add_row(*[""] * len(symbol), Text(f"... {gap:,} more", "dim"))
            table.add_row(*(row[name] for name in columns))
        if _fits(table, console):
            break
    return Group(Text("Trades", "bold"), table, Text(""))


def _symbols(totals: Sequence[SymbolTotals]) -> RenderableType:
    """Round trips by symbol; of many symbols those that gained or lost most."""
    chosen = sorted(totals, key=lambda each: -abs(each.net))[:_MOST_ROWS]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Symbol", no_wrap=True)
    for name in ("Trades", "Win rate", "Charges", "Net"):
        table.add_column(name, no_wrap=True, justify="right", min_width=8)
    for each in sorted(chosen, key=lambda each: each.symbol):
        style = _STYLES["gain" if each.net > 0 else "loss" if each.net < 0 else ""]
        numbers = (f"{each.trades:,}", percent(each.win_rate), rupees(each.charges, 0))
        table.add_row(each.symbol, *numbers, Text(rupees(each.net, 0, signed=True), style))
    heading = [Text("By symbol", "bold")]
    if len(totals) > len(chosen):
        heading.append(Text(f"the {len(chosen)} of {len(totals):,} that gained or lost most", "dim"))
    return Group(*heading, table, Text(""))


def _orders(orders: pl.DataFrame) -> RenderableType:
    """Orders that the strategy sent itself, by how they ended."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column()
    for each in order_states(orders):
        why = _reasons(each.reasons)
        part = f"{each.in_part:,} of them filled in part" if each.in_part else ""
        table.add_row(each.status, f"{each.count:,}", "; ".join(text for text in (why, part) if text))
    return Group(Text(f"Own orders: {orders.height:,} sent", "bold"), table, Text(""))


def _rejections(rejections: pl.DataFrame) -> RenderableType:
    return Text.assemble(
        ("Refused: ", "bold"),
        f"{rejections.height:,} ({_reasons(count_reasons(rejections))}); --csv and --json list each.",
    )


def _reasons(counted: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in counted)


def _fits(table: Table, console: Console) -> bool:
    """Whether nothing of `table` has to be cut or wrapped."""
    roomy = console.options.update_width(_ANY_WIDTH)
    return console.measure(table, options=roomy).maximum <= console.width


def _trade(row: dict[str, Any], *, intraday: bool) -> dict[str, Text]:
    style = _STYLES["gain" if row["net"] > 0 else "loss" if row["net"] < 0 else ""]
    sign = -1 if row["side"] == "short" else 1
    entry, left = row["entry_time"], row["exit_time"]
    return {
        "Symbol": Text(row["symbol"]),
        "Entry (IST)": Text(local_time(entry) if intraday else day_of(entry).isoformat()),
        "Exit": Text(local_time(left)[3:] if intraday else day_of(left).isoformat()),
        "Qty": Text(quantity(sign * row["quantity"])),
        "In": Text(f"{row['entry_price']:.2f}"),
        "Out": Text(f"{row['exit_price']:.2f}"),
        "Net": Text(rupees(row["net"], 0, signed=True), style),
        "Return": Text(percent(row["return"], signed=True), style),
        "Why out": Text(str(row["reason"]).replace("_", " ")),
    }


def _fills(fill_at: str) -> str:
    return "the next bar's open" if fill_at == "next_open" else "the bar's own close"
