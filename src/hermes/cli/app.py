"""The command `hermes`: its groups, its global options, and how every command ends."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from hermes.cli import backtest, data, doctor, strategies, verify
from hermes.cli.failures import FAILED, INTERRUPTED, report, say_error
from hermes.errors import SettingsError
from hermes.version import __version__

# Plain help: Typer's Rich help imports Markdown and Pygments, 0.25 s before the first character.
app = typer.Typer(
    name="hermes",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hermes {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback when a command fails (anywhere on the line).")
    ] = False,
) -> None:
    """Research and run systematic trading on Indian equities.

    \b
    First steps:
      hermes data sample                                make a year of synthetic bars to play with
      hermes backtest RELIANCE --strategy RSIStrategy   test a strategy on them
      hermes verify RSIStrategy                         check that it does not look ahead
      hermes doctor                                     what is set up and what is not
    """


app.command("backtest")(backtest.backtest)
app.command("verify")(verify.verify)
app.add_typer(data.app, name="data")
app.add_typer(strategies.app, name="strategies")
app.command("doctor")(doctor.doctor)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `hermes` with `arguments` (default: the process's own) and exit the process.

    Exit codes: 0 done, 1 failed, 2 the request was wrong, 130 interrupted. A reader that closes the pipe early ends
    the command without a word.
    """
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; every failure has been written to standard error."""
    words, debug = _without_debug(arguments)
    try:
        code = app(words, prog_name="hermes", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        return FAILED
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILED
    except TyperException as error:
        return _usage(error)
    except BaseException as error:  # noqa: BLE001 - the last line of defence: nobody sees a raw traceback
        return report(error, debug=debug or _debug_setting())
    if code == INTERRUPTED:
        say_error("Interrupted.")
    return code if isinstance(code, int) else 0


def _usage(error: TyperException) -> int:
    """A word on the command line that Typer refused: what was wrong and where help is."""
    context = getattr(error, "ctx", None)
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{message}\n")
        return error.exit_code
    hint = f" See '{context.command_path} --help'." if context is not None else ""
    say_error(" ".join(message.split()).rstrip(".") + "." + hint)
    return error.exit_code


def _without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """The words without `--debug`, which may stand anywhere before a bare `--`, and whether it was there."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    options = words[:end]
    return [each for each in options if each != "--debug"] + words[end:], "--debug" in options


def _debug_setting() -> bool:
    from hermes.settings import get_settings

    try:
        return get_settings().debug
    except SettingsError:
        return False


def _forget_output() -> None:
    """Point standard output at nothing, so that the interpreter's last flush does not complain about the pipe."""
    with open(os.devnull, "w", encoding="utf-8") as nothing:  # noqa: PTH123 - devnull is a name, not a path
        os.dup2(nothing.fileno(), sys.stdout.fileno())
