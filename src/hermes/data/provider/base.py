"""What a store of bars must offer, whatever it is made of."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

import polars as pl

from hermes.data.bars import day_start_us

_FIRST_DAY: Final = date(1800, 1, 1)
_END: Final = date(2200, 1, 1)
# Raise it when facts are found by other rules: what was remembered of the very same files is then looked up anew.
_FACTS_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of bars. `year` is the exchange-local year it is limited to, None where it may hold any."""

    path: str
    size: int
    modified_ns: int
    year: int | None = None


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """All files of one symbol, in the order of time. `identity` changes when any of them does."""

    symbol: str
    files: tuple[StoredFile, ...]
    identity: str

    @classmethod
    def of(cls, symbol: str, files: tuple[StoredFile, ...]) -> "StoredSeries":
        """A series whose identity is made of path, size and time of change of every file."""
        digest = hashlib.blake2b(f"{_FACTS_VERSION}\n".encode(), digest_size=16)
        for each in files:
            digest.update(f"{each.path}\0{each.size}\0{each.modified_ns}\n".encode())
        return cls(symbol, files, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What the files of a series say about themselves.

    `rows` counts all of them; `first_us` and `last_us` are the earliest and latest time stamps (microseconds UTC, None
    where there is no row). `interval` is the bars' length in minutes, None for daily ones.
    """

    rows: int
    first_us: int | None
    last_us: int | None
    origin: str
    adjusted: bool
    interval: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """Time stamps from `start_us` up to, but not including, `end_us` (microseconds UTC)."""

    start_us: int
    end_us: int

    def covers(self, other: "Span") -> bool:
        """True where `other` lies inside this span."""
        return self.start_us <= other.start_us and other.end_us <= self.end_us


def span_of_days(start: date | None, end: date | None) -> Span:
    """The time of the exchange-local days `start` to `end`, both inclusive; None = as far as there is data.

    It stays within the years 1800 to 2200, which time stamps of every unit can say and no exchange has left.
    """
    first = _FIRST_DAY if start is None else min(max(start, _FIRST_DAY), _END)
    after = _END if end is None or end >= _END else max(end + timedelta(days=1), _FIRST_DAY)
    return Span(day_start_us(first), day_start_us(after))


class BarsProvider(Protocol):
    """A store of bars of one kind (one-minute, daily)."""

    def symbols(self) -> list[str]:
        """Every symbol with at least one file, sorted."""
        ...

    def is_empty(self) -> bool:
        """True where there is no file of bars at all."""
        ...

    def misnamed(self, symbol: str) -> tuple[str, ...]:
        """What is passed over because of its name, although it seems to hold bars of `symbol`, sorted."""
        ...

    def series(self, symbol: str) -> StoredSeries | None:
        """The files of `symbol` as they are now; None where there are none."""
        ...

    def facts(self, series: StoredSeries) -> SeriesFacts:
        """What the files say about themselves, read without decoding prices. Raises DataError."""
        ...

    def read(self, series: StoredSeries, span: Span | None, columns: tuple[str, ...]) -> pl.DataFrame:
        """Rows of `span` in file order with `columns` of BAR_SCHEMA; nothing else is decoded. Raises DataError.

        None means every row, those without a time stamp among them.
        """
        ...
