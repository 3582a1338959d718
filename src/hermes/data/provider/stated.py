"""What files of bars state about themselves in their metadata, and whether such files can make one series."""

from collections.abc import Mapping
from typing import Final

from hermes.errors import DataError

ORIGIN_KEY: Final = "hermes.origin"
ADJUSTED_KEY: Final = "hermes.adjusted"
INTERVAL_KEY: Final = "hermes.interval"
_SYNTHETIC: Final = "synthetic-sample"
_NAMED: Final = 3


def is_synthetic(origin: str) -> bool:
    """True where `origin` says that the bars were made up for the sample."""
    return origin.startswith(_SYNTHETIC)


def agreed(symbol: str, said: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The origin (of the first), adjustment and interval that the files of `symbol` state in common.

    `said` has the metadata of each file under its name; what no file states is not in the answer. A file without a
    statement fits every other one, but bars that were made up fit no others. Raises DataError where two files differ.
    """
    origins = {name: each.get(ORIGIN_KEY, "") for name, each in said.items()}
    kinds = {name: "synthetic" if is_synthetic(origin) else "real" for name, origin in origins.items()}
    _check_equal(symbol, kinds, "synthetic bars beside real ones")
    common = {ORIGIN_KEY: next(iter(origins.values()), "")}
    for key, what in ((INTERVAL_KEY, "lengths"), (ADJUSTED_KEY, "adjustments for corporate actions")):
        stated = {name: each[key] for name, each in said.items() if key in each}
        _check_equal(symbol, stated, f"bars of different {what} ({key})")
        if stated:
            common[key] = next(iter(stated.values()))
    return common


def _check_equal(symbol: str, stated: Mapping[str, str], mixture: str) -> None:
    values = list(dict.fromkeys(stated.values()))
    if len(values) < 2:
        return
    groups = []
    for value in values:
        names = [name for name, each in stated.items() if each == value]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        groups.append(f"{value} in {', '.join(names[:_NAMED])}{more}")
    raise DataError(
        f"{symbol} would have {mixture}: {'; '.join(groups)}. "
        "Mixing them makes false prices: keep the files of one kind and move the others away."
    )
