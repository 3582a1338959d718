"""What keeps decoded bars between requests."""

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from hermes.data.provider.base import Span


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What a cached frame is: the files' identity makes a stale entry impossible.

    `variant` tells apart frames made from the same files (timeframe, quality policy).
    """

    symbol: str
    identity: str
    variant: str


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Entries held, their bytes, the bound, and what became of requests so far."""

    entries: int
    size_bytes: int
    max_bytes: int
    hits: int
    misses: int
    evictions: int


class Cache(Protocol):
    """Keeps frames of sorted bars; a frame of a wider span and more columns serves a narrower request."""

    def get(self, key: CacheKey, span: Span, columns: tuple[str, ...]) -> pl.DataFrame | None:
        """The rows of `span` with `columns`, None where no entry covers them."""
        ...

    def put(self, key: CacheKey, span: Span, frame: pl.DataFrame) -> None:
        """Keep `frame`, all rows of `span`, sorted by its column `timestamp`."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    def stats(self) -> CacheStats:
        """How full it is and how often it helped."""
        ...
