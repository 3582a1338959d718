"""Every strategy by name, and one made from a name or path and its parameters."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hermes.errors import UnknownNameError
from hermes.settings import get_settings
from hermes.strategy import sources
from hermes.strategy.base import Strategy
from hermes.strategy.parameters import construct

BUILT_IN: Final = "built-in"


@dataclass(frozen=True, slots=True)
class StrategyInfo:
    """A strategy known by name; `origin` is "built-in", a file's path or a package's name, `doc` its first line."""

    name: str
    cls: type[Strategy]
    doc: str
    origin: str

    @property
    def modes(self) -> tuple[str, ...]:
        """The engines that can run it, of "vector" and "event"."""
        modes = {"vector": self.cls.gives_targets(), "event": self.cls.gives_targets() or self.cls.sees_bars()}
        return tuple(mode for mode, can in modes.items() if can)


@dataclass(frozen=True, slots=True)
class StrategyProblem:
    """A file or package that should give strategies and does not, or a name that is taken; `error` is a sentence."""

    origin: str
    error: str


def create_strategy(name_or_path: str, params: Mapping[str, Any] | None = None) -> Strategy:
    """The strategy called `name_or_path`, or at `path/to/file.py:ClassName`, with `params` over its defaults.

    Raises UnknownNameError (nearest names included), UsageError for a parameter that does not exist or is not allowed
    and for a missing file, StrategyError for a file that fails.
    """
    return construct(_find(name_or_path), params or {})


def list_strategies() -> list[StrategyInfo]:
    """Every strategy known by name, sorted by name: built-in ones, those of the folder HERMES_STRATEGY_DIR, and those
    of installed packages (entry-point group `hermes.strategies`). What could not be read is in `strategy_problems`."""
    return sorted(_catalogue().found.values(), key=lambda each: each.name)


def strategy_problems() -> list[StrategyProblem]:
    """What keeps a strategy of the folder HERMES_STRATEGY_DIR or of a package out of `list_strategies`."""
    return _catalogue().problems


@dataclass(slots=True)
class _Catalogue:
    found: dict[str, StrategyInfo] = field(default_factory=dict)
    problems: list[StrategyProblem] = field(default_factory=list)

    def add(self, name: str, cls: type[Strategy], origin: str) -> None:
        taken = self.found.get(name)
        if taken is not None:
            self.problems.append(StrategyProblem(origin, f"The name {name!r} is taken by {taken.origin}; rename it."))
            return
        doc = (inspect.getdoc(cls) if cls.__doc__ else None) or ""
        self.found[name] = StrategyInfo(name, cls, doc.partition("\n")[0], origin)


def _find(name_or_path: str) -> type[Strategy]:
    if name_or_path.endswith(".py") or ".py:" in name_or_path:
        return sources.at(name_or_path)
    built_in = sources.built_in()
    if name_or_path in built_in:
        return built_in[name_or_path]
    known = _catalogue()
    if name_or_path in known.found:
        return known.found[name_or_path].cls
    remedy = "`hermes strategies` lists them; a file is named as path/to/file.py:ClassName."
    if known.problems:
        remedy += " Not readable: " + " ".join(f"{each.origin}: {each.error}" for each in known.problems)
    raise UnknownNameError("strategy", name_or_path, known.found, remedy)


def _catalogue() -> _Catalogue:
    known = _Catalogue()
    for name, cls in sources.built_in().items():
        known.add(name, cls, BUILT_IN)
    folder = get_settings().strategy_dir
    if folder is not None and not folder.is_dir():
        known.problems.append(StrategyProblem(str(folder), "HERMES_STRATEGY_DIR names no folder."))
    elif folder is not None:
        for path, strategies in sources.in_folder(folder):
            if isinstance(strategies, Exception):
                known.problems.append(StrategyProblem(str(path), str(strategies)))
            else:
                for name, cls in strategies.items():
                    known.add(name, cls, str(path))
    for name, package, loaded in sources.installed():
        if isinstance(loaded, Exception):
            known.problems.append(StrategyProblem(package, str(loaded)))
        else:
            known.add(name, loaded, package)
    return known
