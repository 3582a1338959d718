"""A verification on a terminal: the checks, the first differing bars, and the warm-up each indicator wants."""

from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hermes.report.clock import local_time
from hermes.report.heading import parameters
from hermes.report.money import UNDEFINED

if TYPE_CHECKING:
    from hermes.research.verify import Check, Difference, Verification
    from hermes.research.verify.report import Value

_MARKS = {
    "passed": ("passed", "green"),
    "warned": ("warning", "yellow"),
    "failed": ("FAILED", "bold red"),
    "skipped": ("skipped", "dim"),
}
_MOST_DIFFERENCES = 6
_ENGINES = "engines"


def show_verification(found: "Verification", *, console: Console | None = None) -> None:
    """Print `found` to `console` (default: standard output); colour is left out where it is not a terminal."""
    console = console or Console(highlight=False)
    console.print(_title(found))
    console.print(_checks(found))
    for check in found.checks:
        if check.differences:
            console.print(_differences(check))
        if check.settling:
            console.print(_settling(check))
    verdict = ("No check failed.", "bold green") if found.passed else ("This strategy failed.", "bold red")
    console.print(Text(*verdict))


def _title(found: "Verification") -> RenderableType:
    params = parameters(found.params)
    name = found.strategy.rsplit(":", 1)[-1]
    lines = [Text(""), Text.assemble((name, "bold"), f" {params}" if params else "")]
    for each in found.bars:
        kind = ", synthetic sample" if each.synthetic else ""
        lines.append(
            Text.assemble(
                (each.symbol, "bold"),
                f", {each.first_day} to {each.last_day}: {each.bars:,} bars of {found.timeframe}, "
                f"{each.warmup_bars:,} before them to warm up{kind}",
            )
        )
    cuts = max((each.cuts for each in found.bars), default=0)
    each_one = " of each symbol" if len(found.bars) > 1 else ""
    every = "every bar" if found.full else f"a sample (seed {found.seed}); --full takes every bar"
    lines.append(Text(f"Cut at {cuts:,} bars{each_one}: {every}", "dim"))
    return Group(*lines, Text(""))


def _checks(found: "Verification") -> RenderableType:
    table = Table(box=None, pad_edge=False)
    table.add_column("Check", no_wrap=True)
    table.add_column("Outcome", no_wrap=True)
    table.add_column("What was found")
    for each in found.checks:
        table.add_row(Text(each.title, "bold"), Text(*_MARKS[each.outcome.value]), Text(each.summary))
    return Padding(table, (0, 0, 1, 0))


def _differences(check: "Check") -> RenderableType:
    """The first bars that differ, one a column."""
    several = len({each.symbol for each in check.differences}) > 1
    table = Table(box=None, pad_edge=False)
    headings = ["First bar (IST)", "Column", *_sides(check), *(["Symbol"] if several else [])]
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    shown = check.differences[:_MOST_DIFFERENCES]
    for each in shown:
        cells = [local_time(each.timestamp), each.column, _value(each.whole), _value(each.other)]
        if each.known_until is not None:
            cells.append(local_time(each.known_until)[3:])
        if several:
            cells.append(each.symbol)
        table.add_row(*map(Text, cells))
    more = len(check.differences) - len(shown)
    rest = [Text(f"... {more} more; --json lists each", "dim")] if more > 0 else []
    return Padding(Group(Text(f"{check.title}: first bars that differ", "bold red"), table, *rest), (0, 0, 1, 0))


def _sides(check: "Check") -> list[str]:
    first: Difference = check.differences[0]
    if check.name == _ENGINES:
        return ["Vector", "Event"]
    if check.name == "repeat":
        return ["First run", "Again"]
    if first.known_until is None:
        return ["Whole history", "Later beginning"]
    return ["Whole history", "Future is noise" if check.name == "noise" else "Without future", "Cut after"]


def _settling(check: "Check") -> RenderableType:
    several = len({each.symbol for each in check.settling}) > 1
    table = Table(box=None, pad_edge=False)
    table.add_column("Indicator", no_wrap=True)
    table.add_column("Needed", justify="right", no_wrap=True)
    table.add_column("warmup() asks for", justify="right", no_wrap=True)
    table.add_column("of", no_wrap=True)
    if several:
        table.add_column("Symbol", no_wrap=True)
    for each in check.settling:
        needed = f"{each.needed:,}" if each.needed is not None else f"over {each.tried:,}"
        cells = [
            Text(each.column),
            Text(needed, "" if each.enough else "yellow"),
            Text(f"{each.declared:,}"),
            Text(each.timeframe),
        ]
        table.add_row(*cells, *([Text(each.symbol)] if several else []))
    return Padding(Group(Text(f"{check.title}: bars of history wanted", "bold"), table), (0, 0, 1, 0))


def _value(value: "Value") -> str:
    if value is None:
        return UNDEFINED
    return f"{value:.10g}" if isinstance(value, float) else str(value)
