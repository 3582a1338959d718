"""Every kind of bars that is stored of a symbol: its minutes, and the exchange's own daily bars beside them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from hermes.errors import HermesError, NoDataError, UsageError

if TYPE_CHECKING:
    from hermes.data import BarsSource


class Identified(Protocol):
    """What is known of files, with their identity."""

    @property
    def identity(self) -> str:
        """Another text for other files."""
        ...


T = TypeVar("T", bound=Identified)


def of_each_kind(ask: Callable[[str, str], T], symbol: str) -> list[T | HermesError]:
    """The answers of `ask(symbol, timeframe)` for the minutes and for the daily bars of `symbol`, where they are
    stored; an error in the place of those that cannot be read.

    Raises UsageError for what is no symbol, UnknownNameError for one that nothing is stored of.
    """
    found: dict[str, T | HermesError] = {}
    for timeframe in ("1m", "1d"):
        try:
            answer = ask(symbol, timeframe)
        except NoDataError:  # daily bars only
            continue
        except UsageError:
            raise
        except HermesError as error:
            found.setdefault(str(error), error)
        else:
            # Where there are no daily bars both are answered, or fail, by the same files.
            found.setdefault(answer.identity, answer)
    return list(found.values())


def length(source: "BarsSource") -> str:
    """How long its stored bars are: "1m", "5m", "1d"."""
    return "1d" if source.interval is None else f"{source.interval}m"
