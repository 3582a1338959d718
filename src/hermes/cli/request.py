"""From words on the command line to a BacktestRequest; a wrong word names its option."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from hermes.errors import UnknownNameError, UsageError, nearest

if TYPE_CHECKING:
    from hermes.engine import BacktestRequest

OFF = object()
"""Stands for a None that was asked for, where None itself means that the option was not given."""


def build_request(given: dict[str, Any], risk: dict[str, Any]) -> "BacktestRequest":
    """The request of the options that were given; every other field keeps the model's default.

    Raises pydantic.ValidationError for a value out of its bounds, UsageError for an option that would have no effect.
    """
    from hermes.engine import BacktestRequest

    factor = given.get("impact_k")
    if factor is not None and given.get("impact") is None:
        raise UsageError(f"--impact-k {factor} has no effect without --impact square_root. Give both, or neither.")
    fields = {name: None if value is OFF else value for name, value in given.items() if value is not None}
    limits = {name: value for name, value in risk.items() if value is not None}
    return BacktestRequest(**fields, **({"risk": limits} if limits else {}))


def parse_params(words: Sequence[str]) -> dict[str, Any]:
    """`["period=14", "name=x"]` as {"period": 14, "name": "x"}. Raises UsageError without `=` or when named twice."""
    params: dict[str, Any] = {}
    for word in words:
        name, sign, text = word.partition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError(f"--param {word!r} is not NAME=VALUE, such as --param period=14.")
        if name in params:
            raise UsageError(f"--param {name} is given twice.")
        params[name] = parse_value(text)
    return params


def parse_value(text: str) -> Any:
    """A number, true, false, null or a list where `text` is one in JSON; else the text itself."""
    try:
        return json.loads(text, parse_constant=lambda name: name)
    except ValueError:
        return text


def parse_day(text: str | None, option: str) -> date | None:
    """A day written YYYY-MM-DD. Raises UsageError naming the option."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a day; write it as YYYY-MM-DD, such as 2024-01-31.") from None


def parse_mode(text: str | None, symbols: Sequence[str]) -> str | None:
    """The engine: as asked for; else event for several `symbols`, and the model's default for one.

    Raises UsageError for several symbols in vector mode.
    """
    several = len(symbols) > 1
    if text is None:
        return "event" if several else None
    mode = text.strip().lower()
    if mode == "vector" and several:
        raise UsageError(
            f"--mode vector takes one symbol, not {len(symbols)}. Several share one account in event mode: "
            "give --mode event, or leave --mode out."
        )
    return mode


def parse_timeframe(text: str | None) -> str | None:
    """A timeframe's name. Raises UnknownNameError with the nearest names."""
    from hermes.data.timeframe import Timeframe

    return None if text is None else Timeframe.parse(text).value


def parse_sizing(text: str | None) -> dict[str, Any] | None:
    """`MODE`, `MODE=VALUE` (the mode's first number) or `MODE:NAME=VALUE,NAME=VALUE` as the fields of a sizing model.

    Raises UsageError (UnknownNameError for a mode that does not exist).
    """
    if text is None:
        return None
    from hermes.engine.sizing import Sizing

    models = {model.model_fields["mode"].default: model for model in get_args(get_args(Sizing)[0])}
    mode, _, rest = text.partition(":")
    mode, short, value = mode.partition("=")
    mode = mode.strip().lower()
    if mode not in models:
        raise UnknownNameError("sizing", mode, models, f"Allowed: {', '.join(models)}.")
    names = [name for name in models[mode].model_fields if name != "mode"]
    if short and (rest or not names):
        raise UsageError(f"--sizing {text!r} is not MODE, MODE=VALUE or MODE:NAME=VALUE,NAME=VALUE.")
    if short:
        return {"mode": mode, names[0]: parse_value(value)}
    return {"mode": mode, **(parse_params(rest.split(",")) if rest else {})}


def parse_charges(text: str | None) -> str | dict[str, Any] | None:
    """`zerodha`, `none`, or a JSON file that holds a schedule. Raises UsageError."""
    if text is None or text.lower() in _SCHEDULES:
        return None if text is None else text.lower()
    path = Path(text)
    if path.suffix.lower() != ".json":
        meant = nearest(text, _SCHEDULES)
        hint = f" Did you mean {meant[0]!r}?" if meant else ""
        raise UsageError(f"--charges {text!r} is not known.{hint} Allowed: zerodha, none, or a .json file of rates.")
    try:
        schedule = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--charges {text}: {error.strerror}.") from None
    except ValueError as error:
        raise UsageError(f"--charges {text} is not JSON: {error}.") from None
    if not isinstance(schedule, dict):
        raise UsageError(f"--charges {text} must hold one JSON object of rates.")
    return schedule


def parse_share(text: str | None) -> object:
    """`none` as OFF; anything else as it is, for the model to read."""
    return OFF if text is not None and text.strip().lower() == "none" else text


_SCHEDULES = ("zerodha", "none")
