"""`hermes data`: make, look at, check and bring in bars."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hermes.cli.failures import FAILED, say_error
from hermes.cli.service import open_service
from hermes.cli.stored import length, of_each_kind
from hermes.errors import HermesError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hermes.data import BarsSource, QualityReport
    from hermes.market import Instrument

app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Make a sample, list, describe, check and import bars."
)

SAMPLE_NOTICE = "Synthetic sample: realistic in form, made from a seed; results on it say nothing about real markets."

Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


@app.command()
def sample(
    symbols: Annotated[list[str] | None, typer.Argument(help="Members of the sample; all fifty by default.")] = None,
    year: Annotated[int, typer.Option(help="Calendar year whose sessions are filled.")] = 2024,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bars.")] = 20240101,
    again: Annotated[bool, typer.Option("--again", help="Make files anew that are already there.")] = False,
) -> None:
    """Make a year of synthetic minute bars, marked as such, for the NIFTY 50 symbols.

    Hermes uses them only while there are no real bars in the data folder. What is already there is kept.

    \b
    Examples:
      hermes data sample
      hermes data sample RELIANCE TCS
      hermes data sample --year 2023 --seed 7 --again
    """
    from hermes.cli.progress import counted
    from hermes.data.provider import LocalProvider
    from hermes.data.sample import generate_sample
    from hermes.market.instruments import nifty50
    from hermes.settings import get_settings

    directory = get_settings().sample_dir
    wanted = [each.upper() for each in symbols] if symbols else [each.symbol for each in nifty50()]
    there = set() if again else set(LocalProvider(directory).symbols())
    missing = [each for each in wanted if each not in there]
    if not missing:
        typer.echo(f"All {len(wanted)} symbols are already in {directory}; --again makes them anew.")
        return
    with counted("Making") as progress:
        made = generate_sample(directory, missing, year, seed, progress)
    typer.echo(
        f"Made {made.rows:,} minute bars of {len(made.symbols)} symbols, {made.first_day} to {made.last_day}, "
        f"seed {made.seed}, in {made.directory}"
    )
    typer.echo(SAMPLE_NOTICE)


@app.command("list")
def list_command(
    search: Annotated[str, typer.Argument(help="Only symbols or names like this.")] = "",
    as_json: Json = False,
) -> None:
    """List the symbols that have bars, with the days they cover; minutes and daily bars each in a row.

    \b
    Examples:
      hermes data list
      hermes data list bank
      hermes data list --json
    """
    from hermes.cli.progress import counted

    service = open_service()
    found = service.search_instruments(search, limit=1000) if search else service.list_instruments()
    stored = {each.symbol for each in service.list_instruments()}
    wanted = [each for each in found if each.symbol in stored]
    rows: list[tuple[Instrument, BarsSource | HermesError]] = []
    with counted("Reading") as progress:
        for done, each in enumerate(wanted, start=1):
            try:
                rows += [(each, source) for source in of_each_kind(service.describe, each.symbol)]
            except HermesError as error:  # one spoilt file must not hide the others
                rows.append((each, error))
            progress(each.symbol, done, len(wanted))
    if as_json:
        typer.echo(json.dumps([_plain(asdict(each) | _facts(found)) for each, found in rows], indent=2))
        _fail_if_any([found for _, found in rows])
        return
    if not rows:
        nothing = f"No symbol with bars is like {search!r}." if search else "There are no bars yet."
        typer.echo(f"{nothing} 'hermes data sample' makes a synthetic year; 'hermes data import' brings in your own.")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("Symbol", no_wrap=True)
    table.add_column("Name", no_wrap=True, max_width=28)
    table.add_column("Length", no_wrap=True)
    table.add_column("Bars", justify="right", no_wrap=True)
    for heading in ("First", "Last"):
        table.add_column(heading, no_wrap=True)
    for each, source in rows:
        name = (Text(each.symbol, "bold"), Text(each.name))
        if isinstance(source, HermesError):
            table.add_row(*name, "", Text("unreadable", "red"))
        else:
            table.add_row(
                *name, length(source), f"{source.rows:,}", str(source.first_day or ""), str(source.last_day or "")
            )
    console = Console()
    console.print(table)
    if any(source.synthetic for _, source in rows if not isinstance(source, HermesError)):
        console.print(Text(SAMPLE_NOTICE, "yellow"))
    _fail_if_any([source for _, source in rows])


@app.command()
def info(
    symbol: Annotated[str, typer.Argument(help="A symbol, such as RELIANCE.")],
    timeframe: Annotated[
        str | None, typer.Option("--timeframe", "-t", help="What bars of this length are made from. Default: all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Describe one symbol: what it is, where its bars come from, and which days they cover.

    Where minutes and daily bars are stored, the daily ones follow the minutes.

    \b
    Examples:
      hermes data info RELIANCE
      hermes data info RELIANCE --timeframe 1d --json
    """
    from hermes.data.timeframe import Timeframe

    service = open_service()
    found: list[BarsSource | HermesError]
    if timeframe is None:
        found = of_each_kind(service.describe, symbol)
    else:
        found = [service.describe(symbol, Timeframe.parse(timeframe).value)]
    sources = [each for each in found if not isinstance(each, HermesError)]
    facts = _plain(asdict(service.instrument(symbol)) | (asdict(sources[0]) if sources else {}))
    daily = _plain(asdict(sources[1])) if len(sources) > 1 else {}
    if as_json:
        typer.echo(json.dumps(facts | ({"daily": daily} if daily else {}), indent=2))
    else:
        _describe(facts, daily, synthetic=any(each.synthetic for each in sources))
    _fail_if_any(found)


def _describe(facts: dict[str, object], daily: dict[str, object], *, synthetic: bool) -> None:
    """One fact a line; those of the daily bars beside the minutes under a line of their own."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    heading = {"daily bars": " "} if daily else {}
    for name, value in [*facts.items(), *heading.items(), *daily.items()]:
        if value not in (None, ""):
            shown = ("yes" if value else "no") if isinstance(value, bool) else value
            text = f"{shown:,}" if isinstance(shown, int) else str(shown)
            table.add_row(Text(name.replace("_", " "), "bold"), Text(text))
    console = Console()
    console.print(table)
    if synthetic:
        console.print(Text(SAMPLE_NOTICE, "yellow"))


@app.command()
def check(
    symbols: Annotated[list[str] | None, typer.Argument(help="Symbols to check; all by default.")] = None,
    as_json: Json = False,
) -> None:
    """Check bars against the rules of the quality guard. Exits with 1 where a rule is broken.

    \b
    Examples:
      hermes data check
      hermes data check RELIANCE INFY
    """
    from hermes.cli.progress import counted

    service = open_service()
    wanted = symbols or [each.symbol for each in service.list_instruments()]
    if not wanted:
        raise UsageError("There are no bars to check. 'hermes data sample' makes a synthetic year.")
    reports: list[QualityReport] = []
    failures: list[HermesError] = []
    with counted("Checking") as progress:
        for done, symbol in enumerate(wanted, start=1):
            for each in of_each_kind(service.quality, symbol):
                if isinstance(each, HermesError):
                    failures.append(each)
                else:
                    reports.append(each)
            progress(symbol, done, len(wanted))
    if as_json:
        typer.echo(json.dumps([_plain(asdict(each)) for each in reports], indent=2))
    else:
        _show_quality(reports)
    _fail_if_any(failures)
    if not all(each.clean for each in reports):
        raise typer.Exit(FAILED)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A Parquet or CSV file of bars.")],
    symbol: Annotated[
        str | None, typer.Option("--symbol", "-s", help="Name of its instrument, or the one to take out of many.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Zone of times without an offset, such as Asia/Kolkata.")
    ] = None,
    label: Annotated[str, typer.Option(metavar="start|end", help="What a bar's time stands for.")] = "start",
    adjusted: Annotated[
        bool, typer.Option("--adjusted", help="The prices are adjusted for splits and bonuses.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a file of bars into the data folder, merged with what is there.

    The file needs columns for the time, open, high, low and close; volume, oi and symbol are taken where they are.
    Nothing is written unless the whole file is understood.

    \b
    Examples:
      hermes data import reliance.csv --symbol RELIANCE --timezone Asia/Kolkata
      hermes data import many_symbols.parquet
      hermes data import nifty.parquet --symbol NIFTY --timezone Asia/Kolkata --label end
    """
    from hermes.cli.progress import working
    from hermes.data.importer import import_bars
    from hermes.errors import UnknownNameError
    from hermes.settings import get_settings

    if label not in ("start", "end"):
        raise UnknownNameError("--label", label, ("start", "end"), "Allowed: start, end.")
    with working(f"Importing {file.name}"):
        done = import_bars(
            file,
            get_settings(),
            symbol=symbol,
            timezone=timezone,
            label="start" if label == "start" else "end",
            adjusted=adjusted,
        )
    if as_json:
        typer.echo(json.dumps(asdict(done), indent=2, default=str))
        return
    typer.echo(f"Read {done.rows:,} rows of {done.source}")
    for each in done.symbols:
        kind = "daily bars" if each.interval is None else f"bars of {each.interval} min"
        odd = [f"{each.duplicates:,} duplicates dropped"] if each.duplicates else []
        odd += [f"{each.out_of_order:,} were out of order"] if each.out_of_order else []
        more = f" ({', '.join(odd)})" if odd else ""
        typer.echo(f"  {each.symbol}: {each.rows:,} {kind}, {each.first_day} to {each.last_day}{more}")
    for note in done.notes:
        typer.echo(f"Note: {note}")


def _facts(found: "BarsSource | HermesError") -> dict[str, object]:
    return {"error": str(found)} if isinstance(found, HermesError) else asdict(found)


def _fail_if_any(found: "Sequence[object]") -> None:
    """Say each failure on standard error and end with exit code 1; nothing where there is none."""
    failures = [each for each in found if isinstance(each, HermesError)]
    for each in failures:
        say_error(str(each))
    if failures:
        raise typer.Exit(FAILED)


def _show_quality(reports: "list[QualityReport]") -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for each in reports:
        console.print(Text(each.summary(), "green" if each.clean else "bold yellow"), soft_wrap=True)
        for problem in each.problems:
            console.print(Text(f"  {problem.kind}: {problem.meaning}"), soft_wrap=True)
            for example in problem.examples:
                console.print(Text(f"    {example}", "dim"), soft_wrap=True)


def _plain(facts: dict[str, object]) -> dict[str, object]:
    """Values that JSON knows: days and enumerations become their text."""
    return {
        name: value if isinstance(value, (bool, int, float, str, list, tuple, dict, type(None))) else str(value)
        for name, value in facts.items()
    }
