"""`hermes strategies`: which strategies there are, and what their parameters mean."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hermes.strategy import Strategy, StrategyProblem

app = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
    help="List the strategies that can be tested, or show one with its parameters.",
    epilog="Examples: hermes strategies; hermes strategies show RSIStrategy; hermes strategies --json",
)

_BOUNDS = (
    ("minimum", ">="),
    ("exclusiveMinimum", ">"),
    ("maximum", "<="),
    ("exclusiveMaximum", "<"),
)


@app.callback()
def _root(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Write the list as JSON to standard output.")] = False,
) -> None:
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


@app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="Write the list as JSON to standard output.")] = False,
) -> None:
    """List every strategy known by name.

    \b
    Examples:
      hermes strategies list
      hermes strategies list --json
    """
    _list(as_json=as_json)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A name from the list, or path/to/file.py:ClassName.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write the parameters' JSON schema instead.")] = False,
) -> None:
    """Show a strategy's documentation and parameters, with their defaults and bounds.

    \b
    Examples:
      hermes strategies show RSIStrategy
      hermes strategies show my/rules.py:Breakout
      hermes strategies show RSIStrategy --json
    """
    from hermes.strategy import create_strategy

    cls = type(create_strategy(name))
    if as_json:
        typer.echo(json.dumps(cls.model_json_schema(), indent=2, ensure_ascii=False))
    else:
        _show(cls)


def _list(*, as_json: bool) -> None:
    from hermes.strategy import list_strategies, strategy_problems

    found = list_strategies()
    _warn(strategy_problems())
    if as_json:
        rows = [
            {
                "name": each.name,
                "doc": each.doc,
                "modes": each.modes,
                "origin": each.origin,
                "parameters": each.cls.model_json_schema(),
            }
            for each in found
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("Strategy", no_wrap=True)
    table.add_column("What it does", ratio=2)
    table.add_column("Mode", no_wrap=True)
    table.add_column("From", overflow="fold", ratio=1)
    for each in found:
        table.add_row(Text(each.name, "bold"), Text(each.doc), Text("+".join(each.modes)), Text(each.origin))
    Console().print(table)


def _warn(problems: "Sequence[StrategyProblem]") -> None:
    """A line on standard error for each; the strategies that could be read are listed all the same."""
    if not problems:
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    for each in problems:
        console.print(Text(f"Not readable: {each.origin}: {each.error}", "yellow"), soft_wrap=True)


def _show(cls: "type[Strategy]") -> None:
    from inspect import cleandoc

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console.print(Text(cls.__name__, "bold"))
    console.print(Text(cleandoc(cls.__doc__ or "")))
    console.print()
    table = Table(box=None, pad_edge=False)
    for heading in ("Parameter", "Type", "Default", "Allowed"):
        table.add_column(heading, no_wrap=heading != "Allowed")
    table.add_column("Meaning")
    for name, schema in cls.model_json_schema().get("properties", {}).items():
        cells = (_kind(schema), _default(schema), allowed(schema), str(schema.get("description", "")))
        table.add_row(Text(name, "bold"), *(Text(each) for each in cells))
    console.print(table)
    first = next(iter(cls.model_fields), None)
    example = "" if cls.gives_targets() else " --mode event"
    example += f" --param {first}={cls.model_fields[first].default}" if first else ""
    console.print(Text(f"\nhermes backtest SYMBOL --strategy {cls.__name__}{example}", "dim"), soft_wrap=True)


def allowed(schema: dict[str, Any]) -> str:
    """The bounds of one parameter's JSON schema, such as ">= 2, <= 500"; empty where there are none."""
    if "enum" in schema:
        return ", ".join(str(each) for each in schema["enum"])
    return ", ".join(f"{sign} {schema[key]:g}" for key, sign in _BOUNDS if key in schema)


def _kind(schema: dict[str, Any]) -> str:
    kinds = [str(each.get("type")) for each in schema.get("anyOf", [schema])]
    return " or ".join(kinds) if kinds != ["None"] else "text"


def _default(schema: dict[str, Any]) -> str:
    return "required" if "default" not in schema else str(schema["default"])
