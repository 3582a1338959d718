"""Write the pages that say what the code says: the metrics and the command line.

Run `.venv/bin/python docs/generate.py` after a change of either; `tests/test_documentation.py` fails until then.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from hermes.cli.app import app
from hermes.engine.metrics import Metrics
from hermes.report.sections import COSTS, SECTIONS, Line, Section, Unit

GUIDE = Path(__file__).parent / "user-guide"

UNITS = {
    Unit.RUPEES: "rupees",
    Unit.GAIN: "rupees",
    Unit.SHARE: "fraction",
    Unit.CHANGE: "fraction",
    Unit.RATIO: "number",
    Unit.COUNT: "whole number",
    Unit.DAY: "day",
}

METRICS_HEAD = """# Metrics

Each metric of a result, with its formula and source. `result.metrics.sharpe_ratio` gives one in Python;
`--json` writes all of them. Fractions are not percent: 0.05 is 5 %. A metric that has no value is `None` (`null` in
JSON, a dash in tables), never 0 or infinity.

In the formulas E_0 is the initial cash and E_i the equity at the last mark of session i = 1..s. r_i = E_i / E_(i-1) - 1
are the daily returns, so the first day counts from the initial cash. f = (1 + risk_free_rate)^(1/252) - 1 is the daily
risk-free rate (0 by default) and x_i = r_i - f. Whatever needs r is `None` when an equity before the last one is not
positive. Sharpe, Sortino, volatility and beta come from daily returns whatever the timeframe: they can be compared
between timeframes.

A trade is a round trip, first in, first out. A position that was bought in two fills and sold in one gives two trades.
`net` is the profit after the charges of both sides. A position that is open at the end of the data is closed there, so
the nets of all trades add up to the change of the equity.

The formulas are checked against empyrical-reloaded and quantstats in `tests/engine/metrics/`.

<!-- The tables come from the source: docs/generate.py. -->
"""

COMMANDS_HEAD = """# The command line

`hermes` has five groups of commands. Every one answers `--help`, with examples.

- `--debug`, anywhere on the line, shows a traceback when a command fails. `hermes --version` shows the version.
- Results go to standard output; progress, notes on written files and errors go to standard error.
- Colour is used on a terminal only; `NO_COLOR=1` turns it off.
- Exit codes: 0 done, 1 failed, 2 the request was wrong, 130 interrupted.
- In a SHARE, 0.02 is 2 %.

What the options of `hermes backtest` mean in full is on [its own page](backtest.md), imports are explained on the page
on [data](data.md).

<!-- What follows comes from the source: docs/generate.py. -->
"""


def metrics_page() -> str:
    """The page of metrics, as text."""
    parts = [METRICS_HEAD, *(_section(each) for each in (*SECTIONS, COSTS))]
    return "\n".join(parts)


def command_page() -> str:
    """The page of the command line, as text."""
    return "\n".join([COMMANDS_HEAD, *_commands("hermes", typer.main.get_command(app))])


def _section(section: Section) -> str:
    rows = "".join(_metric(each) for each in section.lines)
    return f"## {section.title}\n\n| name | in reports | unit | formula |\n|---|---|---|---|\n{rows}"


def _metric(line: Line) -> str:
    description = Metrics.model_fields[line.field].description or ""
    # Parts of a drawdown are indented below it in a report.
    return f"| `{line.field}` | {line.label.strip()} | {UNITS[line.unit]} | {_cell(description)} |\n"


def _commands(name: str, command: Any) -> Iterator[str]:
    inner: dict[str, Any] = getattr(command, "commands", {})
    if not inner:
        yield _command(name, command)
    for word in sorted(inner):
        yield from _commands(f"{name} {word}", inner[word])


def _command(name: str, command: Any) -> str:
    # "\b" is the mark by which a help text keeps its line breaks; the examples after it are for a terminal.
    doc = " ".join((command.help or "").partition("\b")[0].split())
    rows = "".join(_parameter(each) for each in command.params if not getattr(each, "hidden", False))
    table = f"\n| option | what it does |\n|---|---|\n{rows}" if rows else ""
    return f"## {name}\n\n{doc}\n{table}"


def _parameter(parameter: Any) -> str:
    names = ", ".join(f"`{each}`" for each in sorted(parameter.opts, key=len, reverse=True))
    if type(parameter).__name__ == "TyperArgument":
        names = f"`{parameter.name.upper()}`"
    metavar = f" {_cell(parameter.metavar)}" if getattr(parameter, "metavar", None) else ""
    text = _cell(parameter.help or "")
    default = parameter.default
    if isinstance(default, str | int) and not isinstance(default, bool) and default != "":
        text += f" Default: {default}."
    needed = " Needed." if parameter.required else ""
    return f"| {names}{metavar} | {text}{needed} |\n"


def _cell(text: str) -> str:
    """`text` on one line, with the bars that would end a table's cell escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write both pages."""
    (GUIDE / "metrics.md").write_text(metrics_page(), encoding="utf-8")
    (GUIDE / "command-line.md").write_text(command_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
