"""`hermes doctor`: what is set up, what is not, and what to do about it."""

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hermes.cli.failures import FAILED, explain
from hermes.cli.service import open_service
from hermes.cli.stored import of_each_kind
from hermes.errors import HermesError
from hermes.version import __version__

if TYPE_CHECKING:
    from hermes.data import BarsSource, DataService
    from hermes.market import Instrument

State = Literal["ok", "note", "failed"]

LEAST_FREE = 1_000_000_000
"""Bytes of free disk under which writing bars is likely to fail soon."""

_MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "failed": ("FAILED", "bold red")}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its state, what was seen, and what to do where it is not well."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Write the checks as JSON to standard output.")] = False,
) -> None:
    """Show what is set up and what is not. Exits with 1 when something that is needed does not work.

    \b
    Examples:
      hermes doctor
      hermes doctor --json
    """
    checks = examine()
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in checks], indent=2, ensure_ascii=False))
    else:
        _show(checks)
    if any(each.state == "failed" for each in checks):
        raise typer.Exit(FAILED)


def examine() -> list[Check]:
    """Every check, in order; one that breaks is a failed check, and the rest still run."""
    found: list[Check] = []
    for name, look in _CHECKS.items():
        try:
            found += look()
        except Exception as error:  # noqa: BLE001 - a doctor reports what is broken instead of breaking
            found.append(Check(name, "failed", explain(error)[0]))
    return found


def _python() -> Iterator[Check]:
    version = platform.python_version()
    known = sys.version_info >= (3, 11)
    remedy = "" if known else "Use Python 3.11 or newer."
    yield Check("python", "ok" if known else "failed", f"{version} ({platform.machine()})", remedy)
    yield Check("hermes", "ok", __version__)


def _settings() -> Iterator[Check]:
    from hermes.settings import PREFIX, get_settings, unknown_variables

    settings, unknown = get_settings(), unknown_variables()
    given = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in unknown)
    seen = f"{len(given)} set in the environment: {', '.join(given)}" if given else "defaults"
    yield Check("settings", "ok", seen)
    for name, close in unknown.items():
        remedy = f"Did you mean {close}?" if close else "Take it away."
        yield Check("settings", "note", f"{name} is no setting of Hermes: it has no effect", remedy)
    yield _disk(settings.data_root)


def _disk(folder: Path) -> Check:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:,.1f} GB free at {there}"
    if free < LEAST_FREE:
        return Check("disk space", "failed", text, "Free some space, or point HERMES_DATA_ROOT to another disk.")
    if not os.access(there, os.W_OK):
        return Check("disk space", "failed", f"{there} cannot be written", "Point HERMES_DATA_ROOT elsewhere.")
    return Check("disk space", "ok", text)


def _data() -> Iterator[Check]:
    service = open_service()
    for each in service.health_check().checks:
        if each.name != "bars":  # no bars yet is no defect: said below, with what to do
            yield Check(each.name, "ok" if each.ok else "failed", each.detail)
    instruments = service.list_instruments()
    if not instruments:
        yield Check(
            "data", "note", "no bars yet", "Run 'hermes data sample', or 'hermes data import FILE' for your own bars."
        )
        return
    first = _first_readable(service, instruments)
    if first is None:
        yield Check(
            "data", "failed", f"{len(instruments)} symbols, and none can be read", "See the check of the files."
        )
    elif first.synthetic:
        remedy = "Results on it say nothing about real markets; 'hermes data import FILE' brings in real bars."
        yield Check("data", "note", f"synthetic sample, {len(instruments)} symbols", remedy)
    else:
        yield Check("data", "ok", f"real bars, {len(instruments)} symbols")


def _first_readable(service: "DataService", instruments: "list[Instrument]") -> "BarsSource | None":
    sources = (source for each in instruments for source in of_each_kind(service.describe, each.symbol))
    return next((each for each in sources if not isinstance(each, HermesError)), None)


def _compiled() -> Iterator[Check]:
    from hermes.cli.warm import kernel_cache

    folder = kernel_cache()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not os.access(there, os.W_OK):
        yield Check(
            "compiled code", "failed", f"{there} cannot be written", "Point NUMBA_CACHE_DIR to a folder that can be."
        )
    elif any(folder.rglob("*.nbi")):
        yield Check("compiled code", "ok", f"cached in {folder}")
    else:
        yield Check("compiled code", "note", "not cached yet", "The first backtest compiles it, in about 20 s.")


def _strategies() -> Iterator[Check]:
    from hermes.strategy import list_strategies, strategy_problems

    found = list_strategies()
    own = sum(each.origin != "built-in" for each in found)
    yield Check("strategies", "ok", f"{len(found) - own} built in, {own} of your own")
    for problem in strategy_problems():
        yield Check("strategies", "failed", f"{problem.origin}: {problem.error}", "Mend it, or take it away.")


_CHECKS: dict[str, Callable[[], Iterator[Check]]] = {
    "python": _python,
    "settings": _settings,
    "data": _data,
    "compiled code": _compiled,
    "strategies": _strategies,
}


def _show(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in checks:
        word, style = _MARKS[each.state]
        detail = Text(each.detail)
        if each.remedy:
            detail.append(f"\n{each.remedy}", "dim")
        table.add_row(Text(word, style), Text(each.name), detail)
    Console().print(table)
