"""Find strategies by name or path, and make them from parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from hermes.errors import UnknownNameError, UsageError
from hermes.strategy import builtin
from hermes.strategy.base import Strategy


@dataclass(frozen=True, slots=True)
class StrategyInfo:
    """A strategy that can be created by name: its class, first line of documentation, and where it came from."""

    name: str
    cls: type[Strategy]
    doc: str
    origin: str


def list_strategies() -> list[StrategyInfo]:
    """Every strategy known by name, sorted by name."""
    found = [getattr(builtin, name) for name in builtin.__all__]
    return [StrategyInfo(each.__name__, each, (each.__doc__ or "").split("\n")[0], "built-in") for each in found]


def create_strategy(name_or_path: str, params: Mapping[str, Any] | None = None) -> Strategy:
    """The strategy called `name_or_path` with these parameters."""
    known = {each.name: each.cls for each in list_strategies()}
    if name_or_path not in known:
        raise UnknownNameError("strategy", name_or_path, known, f"Known: {', '.join(known)}.")
    try:
        return known[name_or_path](**dict(params or {}))
    except ValidationError as error:
        raise UsageError(str(error)) from error
