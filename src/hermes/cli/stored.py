"""Every kind of bars that is stored of a symbol: its minutes, and the exchange's own daily bars beside them."""

from typing import TYPE_CHECKING

from hermes.errors import HermesError, NoDataError, UsageError

if TYPE_CHECKING:
    from hermes.data import BarsSource, DataService


def stored_bars(service: "DataService", symbol: str) -> "list[BarsSource | HermesError]":
    """Where the minute bars and the daily bars of `symbol` come from; an error in the place of what cannot be read.

    Raises UsageError for what is no symbol, UnknownNameError for one that nothing is stored of.
    """
    found: list[BarsSource | HermesError] = []
    for timeframe in ("1m", "1d"):
        try:
            source = service.describe(symbol, timeframe)
        except NoDataError:  # daily bars only
            continue
        except UsageError:
            raise
        except HermesError as error:
            # Days are built from minutes where there are no others: then both fail over the same file.
            if str(error) not in map(str, found):
                found.append(error)
        else:
            if timeframe == "1m" or source.official_daily:
                found.append(source)
    return found


def length(source: "BarsSource") -> str:
    """How long its stored bars are: "1m", "5m", "1d"."""
    return "1d" if source.interval is None else f"{source.interval}m"
