"""Looking into the footers of stored files: whether each opens as bars, without decoding one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hermes.data.provider.base import BarsProvider, StoredFile
from hermes.data.provider.parquet import read_metadata, scan_bars
from hermes.data.provider.stated import agreed
from hermes.errors import DataError

MOST_FOOTERS: Final = 500


@dataclass(frozen=True, slots=True)
class FooterReport:
    """How many `files` there are, how many of them were `opened`, and a sentence for each problem that was found."""

    files: int
    opened: int
    problems: tuple[str, ...]


def check_footers(stores: Sequence[BarsProvider], most: int = MOST_FOOTERS) -> FooterReport:
    """Open the footer of every file of `stores`; where there are more than `most`, of so many, spread evenly.

    A footer tells a file that is empty, cut short or no Parquet file, columns that are no bars, and files of one symbol
    that do not fit together. Damage inside a file shows only when its rows are read. Raises DataError for a folder
    that cannot be listed.
    """
    problems: list[str] = []
    found: list[tuple[int, str, StoredFile]] = []
    for number, store in enumerate(stores):
        for symbol in store.symbols():
            try:
                series = store.series(symbol)
            except DataError as error:
                problems.append(str(error))
            else:
                found += [(number, symbol, each) for each in (series.files if series else ())]
    said: dict[tuple[int, str], dict[str, dict[str, str]]] = {}
    picked = _spread(found, most)
    for number, symbol, file in picked:
        try:
            scan_bars(file, symbol, ())
            said.setdefault((number, symbol), {})[file.path] = read_metadata(file)
        except DataError as error:
            problems.append(str(error))
    for (_, symbol), stated in said.items():
        try:
            agreed(symbol, stated)
        except DataError as error:
            problems.append(str(error))
    return FooterReport(len(found), len(picked), tuple(problems))


def _spread(found: list[tuple[int, str, StoredFile]], most: int) -> list[tuple[int, str, StoredFile]]:
    """At most `most` of them, from the first to the last, in equal steps."""
    if len(found) <= most:
        return found
    return [found[place * (len(found) - 1) // max(most - 1, 1)] for place in range(most)]
