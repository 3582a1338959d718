"""`hermes verify`: look for look-ahead in a strategy, and for a warm-up that is too short."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hermes.cli.failures import FAILED
from hermes.cli.request import parse_day, parse_params, parse_timeframe

if TYPE_CHECKING:
    from hermes.research import Verification, VerifyRequest

Option = typer.Option


def verify(
    strategy: Annotated[
        str, typer.Argument(help="Name of a strategy ('hermes strategies'), or path/to/file.py:ClassName.")
    ],
    param: Annotated[
        list[str] | None, Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of it; repeatable.")
    ] = None,
    symbol: Annotated[
        list[str] | None, Option("--symbol", metavar="SYMBOL", help="Repeatable. Default: the first stored one.")
    ] = None,
    timeframe: Annotated[
        str | None, Option("--timeframe", "-t", metavar="1m..1w", help="Length of the bars. Default: 1m.")
    ] = None,
    product: Annotated[
        str, Option(metavar="CNC|MIS", help="Of runs in event mode. MIS may be short and is squared off.")
    ] = "CNC",
    start: Annotated[
        str | None,
        Option("--from", metavar="DAY", help="First day, YYYY-MM-DD. Default: about 7,500 bars before the last."),
    ] = None,
    end: Annotated[str | None, Option("--to", metavar="DAY", help="Last day, included. Default: the last.")] = None,
    full: Annotated[bool, Option("--full", help="Cut the history at every bar instead of a sample.")] = False,
    samples: Annotated[int, Option(metavar="N", min=1, help="Bars at which it is cut.")] = 60,
    seed: Annotated[int, Option(metavar="N", min=0, help="Of the sample and of the noise.")] = 0,
    json_to: Annotated[
        str | None, Option("--json", metavar="FILE|-", help="Write the report as JSON ('-': standard output).")
    ] = None,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Print no tables; the exit code tells.")] = False,
) -> None:
    """Check that a strategy does not look ahead, gives the same twice, and that its warm-up is long enough.

    Its targets and indicators up to a bar must stay as they are when the bars after it are gone, or are noise. Exits
    with 1 when a check fails, so that a pipeline can call it.

    \b
    Examples:
      hermes verify RSIStrategy
      hermes verify my/rules.py:Breakout -p span=20 --symbol RELIANCE --symbol TCS -t 15m
      hermes verify SMACrossover --from 2024-06-03 --to 2024-06-28 --full
      hermes verify PairsTrade --symbol INFY --symbol TCS --product MIS
      hermes verify my/rules.py --quiet --json report.json
    """
    from hermes.cli.backtest import check_outputs
    from hermes.research import VerifyRequest

    request = VerifyRequest.model_validate(
        {
            "strategy": strategy,
            "params": parse_params(param or []),
            "symbols": tuple(symbol or ()),
            "timeframe": parse_timeframe(timeframe) or "1m",
            "product": product.upper(),
            "start_date": parse_day(start, "--from"),
            "end_date": parse_day(end, "--to"),
            "full": full,
            "samples": samples,
            "seed": seed,
        }
    )
    check_outputs(None, None, json_to)
    found = _run(request)
    _write(found, json_to)
    if not quiet and json_to != "-":
        from hermes.report.verification import show_verification

        show_verification(found)
    if not found.passed:
        raise typer.Exit(FAILED)


def _run(request: "VerifyRequest") -> "Verification":
    from hermes.cli.progress import counted
    from hermes.cli.service import open_service
    from hermes.cli.warm import compiling
    from hermes.research import verify_strategy

    service = open_service()
    if first := compiling():
        typer.echo(first, err=True)
    with counted(f"Verifying {request.strategy.rsplit(':', 1)[-1]}:") as step:
        return verify_strategy(request, service, progress=step)


def _write(found: "Verification", json_to: str | None) -> None:
    if json_to is None:
        return
    text = json.dumps(found.to_dict(), allow_nan=False, ensure_ascii=False, indent=2) + "\n"
    if json_to == "-":
        sys.stdout.write(text)
        return
    from hermes.report.files import write_text

    typer.echo(f"Wrote {write_text(Path(json_to), text)}", err=True)
