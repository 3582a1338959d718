"""Every error that Hermes raises on purpose, and the search for the name that was meant.

A message is one sentence or two: what was wrong, with which value, and what to do about it. The command line prints
it without a traceback and exits with the class's `exit_code`.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class HermesError(Exception):
    """Something failed while it ran; the command line exits with 1."""

    exit_code = 1


class UsageError(HermesError):
    """The request itself was wrong (a name, a bound, a format); the command line exits with 2."""

    exit_code = 2


class SettingsError(UsageError):
    """An environment variable holds a value that is not allowed."""


class UnknownNameError(UsageError):
    """A symbol, strategy, indicator or timeframe that does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str], remedy: str = "") -> None:
        self.kind = kind
        self.name = name
        self.nearest = nearest(name, known)
        parts = [f"Unknown {kind} {name!r}."]
        if self.nearest:
            parts.append(f"Did you mean {' or '.join(repr(each) for each in self.nearest)}?")
        if remedy:
            parts.append(remedy)
        super().__init__(" ".join(parts))


class DataError(HermesError):
    """Bars that cannot be read, or that are not what they claim to be."""


class NoDataError(DataError):
    """The symbol exists, but there are no bars in the range asked for."""


class QualityError(DataError):
    """Bars broke a rule of the quality guard and the policy is `raise`."""


class RegistryError(HermesError):
    """The database cannot be reached, or refused what was asked of it."""


class StrategyError(HermesError):
    """A strategy's own code failed or gave something that is not a target."""


def nearest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The names closest to `name`, best first, compared without regard to case."""
    by_folded = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), by_folded, n=most, cutoff=0.6)
    return [by_folded[each] for each in found]
