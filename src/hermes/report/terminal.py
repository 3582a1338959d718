"""A result on a terminal: headline, warnings, metrics, itemised costs, equity curve and trades, in 80 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hermes.report.clock import day_of, local_time
from hermes.report.money import percent, quantity, rupees
from hermes.report.sections import COSTS, SECTIONS, Section, shown, tone

if TYPE_CHECKING:
    from hermes.engine import BacktestResult
    from hermes.engine.metrics import Metrics

_BLOCKS = "▁▂▃▄▅▆▇█"
_STYLES = {"gain": "green", "loss": "red", "": ""}
_SPARK_WIDTH = 60


def show(result: "BacktestResult", *, trades: int = 5, console: Console | None = None) -> None:
    """Print `result` to `console` (default: standard output), with the first and last `trades` trades.

    Colour is left out where the output is not a terminal or NO_COLOR is set.
    """
    console = console or Console(highlight=False)
    for part in _parts(result, trades):
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


def _parts(result: "BacktestResult", trades: int) -> list[RenderableType]:
    parts: list[RenderableType] = [_title(result)]
    if result.warnings:
        parts.append(_warnings(result.warnings))
    parts += [_metrics(result.metrics), _equity(result)]
    if result.trades.height and trades:
        parts.append(_trades(result, trades))
    if result.rejections.height:
        parts.append(Text(f"{result.rejections.height:,} orders were refused or cut to nothing; --json lists each."))
    return parts


def _title(result: "BacktestResult") -> RenderableType:
    request, candles = result.request, result.candles
    params = ", ".join(f"{name}={value}" for name, value in request.params.items())
    period = ""
    if candles.height:
        period = f"{day_of(candles['timestamp'][0])} to {day_of(candles['timestamp'][-1])}, "
    name = f" ({result.instrument.name})" if result.instrument.name else ""
    return Group(
        Text(""),
        Text.assemble((result.instrument.symbol, "bold"), name),
        Text.assemble((_short(request.strategy), "bold"), f" {params}" if params else ""),
        Text(f"{period}{request.timeframe.value} bars, {request.product.value}, fills at {_fills(request.fill_at)}"),
        Text(""),
    )


def _warnings(warnings: Sequence[str]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold yellow")
    table.add_column(style="yellow")
    for each in warnings:
        table.add_row("WARNING", Text(each))
    return Padding(table, (0, 0, 1, 0))


def _metrics(metrics: "Metrics") -> RenderableType:
    returns, risk, trades, activity = SECTIONS
    left = [_section(metrics, each) for each in (returns, risk, activity)]
    right = [_section(metrics, each) for each in (trades, COSTS)]
    grid = Table.grid(padding=(0, 3))
    grid.add_row(Group(*left), Group(*right))
    return grid


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


def _equity(result: "BacktestResult") -> RenderableType:
    values = result.equity["equity"].to_list()
    if not values:
        return Text("")
    low, high = min(values), max(values)
    return Group(
        Text.assemble(("Equity  ", "bold"), (sparkline(values), "cyan")),
        Text(f"        lowest {rupees(low, 0)}, highest {rupees(high, 0)}, last {rupees(values[-1], 0)}", "dim"),
        Text(""),
    )


def _trades(result: "BacktestResult", count: int) -> RenderableType:
    frame = result.trades
    table = Table(box=None, pad_edge=False, collapse_padding=True, padding=(0, 1, 0, 0))
    intraday = result.request.timeframe.intraday
    for heading in ("Entry (IST)", "Exit"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Qty", "In", "Out", "Net", "Return"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Why out")
    rows = frame.rows(named=True) if frame.height <= 2 * count else frame.head(count).rows(named=True)
    for row in rows:
        table.add_row(*_trade(row, intraday=intraday))
    if frame.height > 2 * count:
        table.add_row(Text(f"... {frame.height - 2 * count:,} more", "dim"))
        for row in frame.tail(count).rows(named=True):
            table.add_row(*_trade(row, intraday=intraday))
    return Group(Text("Trades", "bold"), table, Text(""))


def _trade(row: dict[str, Any], *, intraday: bool) -> list[RenderableType]:
    style = _STYLES["gain" if row["net"] > 0 else "loss" if row["net"] < 0 else ""]
    sign = -1 if row["side"] == "short" else 1
    return [
        Text(local_time(row["entry_time"]) if intraday else day_of(row["entry_time"]).isoformat()),
        Text(local_time(row["exit_time"])[3:] if intraday else day_of(row["exit_time"]).isoformat()),
        Text(quantity(sign * row["quantity"])),
        Text(f"{row['entry_price']:.2f}"),
        Text(f"{row['exit_price']:.2f}"),
        Text(rupees(row["net"], 0, signed=True), style),
        Text(percent(row["return"], signed=True), style),
        Text(str(row["reason"]).replace("_", " ")),
    ]


def _fills(fill_at: str) -> str:
    return "the next bar's open" if fill_at == "next_open" else "the bar's own close"


def _short(strategy: str) -> str:
    return strategy.rsplit(":", 1)[-1]
