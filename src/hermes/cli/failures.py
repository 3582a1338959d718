"""From an exception to one clear line and an exit code."""

import os
import re
import sys
import traceback
from typing import TYPE_CHECKING, Any, TypeGuard

from hermes.errors import HermesError

if TYPE_CHECKING:
    from pydantic import ValidationError

FAILED = 1
USAGE = 2
INTERRUPTED = 130
"""128 + SIGINT, what a shell expects of an interrupted command."""

OPTIONS = {
    "symbols": "SYMBOL",
    "strategy": "--strategy",
    "mode": "--mode",
    "params": "--param",
    "timeframe": "--timeframe",
    "start_date": "--from",
    "end_date": "--to",
    "initial_cash": "--cash",
    "product": "--product",
    "leverage": "--leverage",
    "fill_at": "--fill-at",
    "intrabar": "--intrabar",
    "slippage": "--slippage",
    "impact": "--impact",
    "impact_k": "--impact-k",
    "charges": "--charges",
    "commission": "--commission",
    "max_volume_share": "--max-volume-share",
    "lot_size": "--lot-size",
    "tick_rounding": "--no-ticks",
    "price_bands": "--no-bands",
    "sizing": "--sizing",
    "risk.stop_loss_pct": "--stop-loss",
    "risk.take_profit_pct": "--take-profit",
    "risk.trailing_stop_pct": "--trailing-stop",
    "risk.max_position_pct": "--max-position",
    "risk.max_open_positions": "--max-open-positions",
    "risk.max_daily_loss": "--max-daily-loss",
    "risk.cooldown_bars": "--cooldown",
    "risk_free_rate": "--risk-free-rate",
    "quality": "--quality",
    "benchmark": "--benchmark",
}
"""Fields of BacktestRequest (dotted where nested) and the options that set them."""


_FIELD = re.compile(r"\b[a-z]+(?:[._][a-z]+)+\b")
"""A field's name inside a message; plain words such as "leverage" read well as they are."""


def report(error: BaseException, *, debug: bool) -> int:
    """Write what went wrong to standard error and give the exit code. A traceback is written only when `debug`.

    Below the sentence stand the notes of a HermesError: where a strategy's own code raised, in its author's lines.
    """
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    message, code = explain(error)
    say_error(message)
    if isinstance(error, HermesError) and not debug:  # the traceback has them
        for note in getattr(error, "__notes__", ()):
            _say(str(note))
    return code


def explain(error: BaseException) -> tuple[str, int]:
    """One line that says what went wrong, and the exit code of its class."""
    if isinstance(error, HermesError):
        return _one_line(str(error)), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted.", INTERRUPTED
    if isinstance(error, MemoryError):
        return "Out of memory. Ask for fewer days or a longer timeframe.", FAILED
    if _is_validation_error(error):
        return sentence(error), USAGE
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}.", FAILED
    what = _one_line(str(error)) or "no message"
    return f"Unexpected {type(error).__name__}: {what}. Run it again with --debug to see where.", FAILED


def sentence(error: "ValidationError") -> str:
    """The problems of a refused request, each naming the option, the value and what is allowed."""
    return " ".join(_problem(dict(each)) for each in error.errors(include_url=False))


def say_error(message: str) -> None:
    """One line on standard error; red where a terminal shows it and NO_COLOR does not forbid it."""
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    label = "\x1b[1;31mError:\x1b[0m" if coloured else "Error:"
    _say(f"{label} {message}")


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the command's voice
    except BrokenPipeError:
        return


def _problem(details: dict[str, Any]) -> str:
    option = _option(tuple(str(part) for part in details["loc"]))
    message = _FIELD.sub(lambda each: OPTIONS.get(each[0], each[0]), str(details["msg"]))
    message = message.removeprefix("Value error, ").rstrip(".")
    if details["type"] == "missing":
        return f"{option} is missing."
    if details["type"] == "extra_forbidden":
        return f"{option} is not known."
    if not option:
        return f"{message}."
    demand = message.removeprefix("Input should be ").partition(", unable to")[0]
    text = f"{option}: {message}" if demand == message else f"{option} must be {demand}"
    given = None if details["type"] == "value_error" else details.get("input")  # its message names the value
    plain = isinstance(given, (str, int, float, bool)) or hasattr(given, "isoformat")
    return f"{text}, not {given}." if plain else f"{text}."


def _option(path: tuple[str, ...]) -> str:
    """The option that set a field; the path of a union's member carries the member's tag, which nobody typed."""
    if len(path) > 2 and path[0] == "sizing":
        return f"--sizing {path[1]}:{'.'.join(path[2:])}"
    if len(path) > 1 and path[0] == "params":
        return f"--param {'.'.join(path[1:])}"
    dotted = ".".join(path)
    return OPTIONS.get(dotted) or (OPTIONS.get(path[0]) if path else None) or dotted


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_validation_error(error: BaseException) -> "TypeGuard[ValidationError]":
    """Whether pydantic refused something; pydantic itself is not imported for the question."""
    module = sys.modules.get("pydantic")
    return module is not None and isinstance(error, module.ValidationError)
