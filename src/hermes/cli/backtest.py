"""`hermes backtest`: test a strategy on stored bars, and write the result where it is wanted."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hermes.cli.request import (
    build_request,
    parse_charges,
    parse_day,
    parse_mode,
    parse_params,
    parse_share,
    parse_sizing,
    parse_timeframe,
)
from hermes.errors import UsageError

if TYPE_CHECKING:
    from hermes.engine import BacktestRequest, BacktestResult
    from hermes.strategy import Strategy

Option = typer.Option


def backtest(
    symbols: Annotated[
        list[str],
        typer.Argument(metavar="SYMBOL", help="Exchange symbol, such as RELIANCE; several share one account."),
    ],
    strategy: Annotated[
        str, Option("--strategy", "-s", help="Name of a strategy ('hermes strategies'), or path/to/file.py:ClassName.")
    ],
    param: Annotated[
        list[str] | None, Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of it; repeatable.")
    ] = None,
    mode: Annotated[
        str | None,
        Option(
            metavar="vector|event",
            help="Engine. Default: vector; event for several symbols and for strategies without signals().",
        ),
    ] = None,
    start: Annotated[
        str | None, Option("--from", metavar="DAY", help="First day, YYYY-MM-DD. Default: the first stored.")
    ] = None,
    end: Annotated[str | None, Option("--to", metavar="DAY", help="Last day, included. Default: the last.")] = None,
    timeframe: Annotated[
        str | None,
        Option("--timeframe", "-t", metavar="1m..1w", help="Length of the bars the strategy sees. Default: 1m."),
    ] = None,
    cash: Annotated[str | None, Option(metavar="RUPEES", help="Initial cash. Default: 100000.")] = None,
    product: Annotated[
        str | None, Option(metavar="CNC|MIS", help="Delivery, or intraday with square-off. Default: CNC.")
    ] = None,
    leverage: Annotated[str | None, Option(metavar="X", help="MIS: buying power over equity. Default: 1.")] = None,
    sizing: Annotated[
        str | None,
        Option(
            metavar="MODE[=VALUE]",
            help="all_in (default), fixed_quantity, percent_equity, fixed_fractional, atr, volatility_target, kelly; "
            "several values as atr:risk=0.01,multiple=3.",
        ),
    ] = None,
    stop_loss: Annotated[str | None, Option(metavar="SHARE", help="Leave at this loss; 0.02 is 2 %.")] = None,
    take_profit: Annotated[str | None, Option(metavar="SHARE", help="Leave at this gain from the entry.")] = None,
    trailing_stop: Annotated[
        str | None, Option(metavar="SHARE", help="Leave this far below the best close since entry.")
    ] = None,
    max_position: Annotated[str | None, Option(metavar="SHARE", help="Largest position, of equity.")] = None,
    max_open_positions: Annotated[str | None, Option(metavar="N", help="Most symbols held at a time.")] = None,
    max_daily_loss: Annotated[
        str | None, Option(metavar="SHARE", help="Out for the day after this loss of the day's equity.")
    ] = None,
    cooldown: Annotated[str | None, Option(metavar="BARS", help="Bars without an entry after a stop.")] = None,
    fill_at: Annotated[
        str | None, Option(metavar="next_open|close", help="Default: next_open; close is optimistic.")
    ] = None,
    intrabar: Annotated[
        str | None,
        Option(metavar="pessimistic|optimistic", help="A bar that reaches stop and target: which. Default: the stop."),
    ] = None,
    slippage: Annotated[
        str | None, Option(metavar="SHARE", help="Share of the price lost by each market fill. Default: 0.")
    ] = None,
    impact: Annotated[str | None, Option(metavar="square_root", help="Market impact instead of slippage.")] = None,
    impact_k: Annotated[str | None, Option(metavar="K", help="Factor of the square-root law. Default: 1.")] = None,
    max_volume_share: Annotated[
        str | None, Option(metavar="SHARE|none", help="Most of a bar's volume that may fill. Default: 0.10.")
    ] = None,
    charges: Annotated[
        str | None, Option(metavar="zerodha|none|FILE.json", help="Schedule of charges. Default: zerodha.")
    ] = None,
    commission: Annotated[str | None, Option(metavar="RUPEES", help="Per share, instead of all other charges.")] = None,
    lot_size: Annotated[
        str | None, Option(metavar="N", help="Default: the instrument's; 0 allows fractional quantities.")
    ] = None,
    no_bands: Annotated[bool, Option("--no-bands", help="Let bars locked at their price band fill.")] = False,
    no_ticks: Annotated[bool, Option("--no-ticks", help="Do not round fill prices to the tick.")] = False,
    risk_free_rate: Annotated[str | None, Option(metavar="RATE", help="A year, for Sharpe. Default: 0.")] = None,
    benchmark: Annotated[
        str | None, Option(metavar="SYMBOL", help="Compare with this one. Default: the run's own, bought and held.")
    ] = None,
    quality: Annotated[
        str | None, Option(metavar="drop|keep|raise", help="What happens to bars that break a rule. Default: drop.")
    ] = None,
    json_to: Annotated[
        str | None, Option("--json", metavar="FILE|-", help="Write the whole result as JSON ('-': standard output).")
    ] = None,
    html_to: Annotated[
        Path | None, Option("--html", metavar="FILE", help="Write a report with charts, readable without a network.")
    ] = None,
    csv_to: Annotated[
        Path | None, Option("--csv", metavar="DIR|FILE.csv", help="Write trades, fills, equity and refusals as CSV.")
    ] = None,
    trades: Annotated[int, Option(metavar="N", min=0, help="First and last trades to print.")] = 5,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Print no tables.")] = False,
) -> None:
    """Test a strategy on stored bars, with every charge of an Indian broker, and show what came out.

    \b
    Examples:
      hermes backtest RELIANCE --strategy RSIStrategy
      hermes backtest RELIANCE -s RSIStrategy -p period=14 -t 15m --from 2024-01-01 --to 2024-12-31
      hermes backtest TCS -s SMACrossover -t 1d --html report.html
      hermes backtest INFY -s MACDStrategy --product MIS --leverage 3 --stop-loss 0.01
      hermes backtest SBIN -s my/rules.py:Breakout --sizing atr:risk=0.01,multiple=3 --json -
      hermes backtest RELIANCE -s OpeningRangeBreakout --product MIS -t 5m
      hermes backtest INFY TCS -s PairsTrade --product MIS -t 15m --html pair.html
      hermes backtest INFY TCS SBIN -s RSIStrategy -t 15m --sizing percent_equity=0.3
    """
    request = build_request(
        {
            "symbols": tuple(symbols),
            "strategy": strategy,
            "params": parse_params(param or []),
            "start_date": parse_day(start, "--from"),
            "end_date": parse_day(end, "--to"),
            "mode": parse_mode(mode, symbols),
            "timeframe": parse_timeframe(timeframe),
            "initial_cash": cash,
            "product": product.upper() if product else None,
            "leverage": leverage,
            "fill_at": fill_at,
            "intrabar": intrabar,
            "slippage": slippage,
            "impact": impact,
            "impact_k": impact_k,
            "charges": parse_charges(charges),
            "commission": commission,
            "max_volume_share": parse_share(max_volume_share),
            "lot_size": lot_size,
            "tick_rounding": False if no_ticks else None,
            "price_bands": False if no_bands else None,
            "sizing": parse_sizing(sizing),
            "risk_free_rate": risk_free_rate,
            "quality": quality,
            "benchmark": benchmark,
        },
        {
            "stop_loss_pct": stop_loss,
            "take_profit_pct": take_profit,
            "trailing_stop_pct": trailing_stop,
            "max_position_pct": max_position,
            "max_open_positions": max_open_positions,
            "max_daily_loss": max_daily_loss,
            "cooldown_bars": cooldown,
        },
    )
    check_outputs(html_to, csv_to, json_to)
    result = _run(*_with_engine(request, chosen=mode is not None))
    _write(result, json_to, html_to, csv_to)
    if not quiet and json_to != "-":
        from hermes.report.terminal import show

        show(result, trades=trades)
    else:  # never silent about what makes the numbers less than they seem
        from hermes.report.heading import warnings_of

        for warning in warnings_of(result):
            typer.echo(f"Warning: {warning}", err=True)


def check_outputs(html_to: Path | None, csv_to: Path | None, json_to: str | None) -> None:
    """Refuse, before the work is done, outputs that could not be written. Raises UsageError."""
    files = [("--html", html_to)]
    if json_to is not None and json_to != "-":
        files.append(("--json", Path(json_to)))
    for option, path in files:
        if path is not None and path.is_dir():
            raise UsageError(f"{option} {path} is a folder; name a file in it.")
        if path is not None and not path.absolute().parent.is_dir():
            raise UsageError(f"{option} {path}: the folder {path.absolute().parent} does not exist.")
    if csv_to is not None and csv_to.suffix != ".csv" and csv_to.is_file():
        raise UsageError(f"--csv {csv_to} is a file; name a folder, which is made if it is missing, or a .csv file.")


def _with_engine(request: "BacktestRequest", *, chosen: bool) -> tuple["BacktestRequest", "Strategy"]:
    """The strategy, and the request in the mode that runs it: where none was `chosen`, the one that can, said aloud."""
    from hermes.strategy import create_strategy

    strategy = create_strategy(request.strategy, request.params)
    if chosen:
        return request, strategy
    name = type(strategy).__name__
    if not strategy.gives_targets():
        typer.echo(f"Event mode: {name} has no signals(), it sends orders of its own.", err=True)
        return request.model_copy(update={"mode": "event"}), strategy
    if len(request.symbols) > 1:
        typer.echo(f"Event mode: {len(request.symbols)} symbols share one account.", err=True)
    return request, strategy


def _run(request: "BacktestRequest", strategy: "Strategy") -> "BacktestResult":
    from hermes.cli.progress import counted, working
    from hermes.cli.service import open_service
    from hermes.cli.warm import compiling
    from hermes.engine import run_backtest
    from hermes.report.heading import listed

    service = open_service()
    what = f"Testing {type(strategy).__name__} on {listed(request.symbols, 4)}"
    first = compiling(request.mode)
    if request.mode == "event":
        if first:
            typer.echo(first, err=True)
        with counted(what, unit="bars") as step:
            return run_backtest(request, service, strategy, lambda done, total: step("", done, total))
    with working(first or what, announce=bool(first)):
        return run_backtest(request, service, strategy)


def _write(result: "BacktestResult", json_to: str | None, html_to: Path | None, csv_to: Path | None) -> None:
    from hermes.report.files import json_text, write_csv, write_text

    written: list[Any] = []
    if json_to == "-":
        sys.stdout.write(json_text(result))
    elif json_to is not None:
        written.append(write_text(Path(json_to), json_text(result)))
    if html_to is not None:
        from hermes.report.page import page

        written.append(write_text(html_to, page(result)))
    if csv_to is not None:
        written += write_csv(csv_to, result)
    for path in written:
        typer.echo(f"Wrote {path}", err=True)
