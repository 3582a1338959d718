"""A memory cache bound by bytes that forgets what was used longest ago."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from hermes.data.cache.base import CacheKey, CacheStats
from hermes.data.provider.base import Span


@dataclass(frozen=True, slots=True)
class _Entry:
    span: Span
    frame: pl.DataFrame
    columns: frozenset[str]
    size: int
    born: float


class MemoryCache:
    """Keeps at most `max_bytes` of frames (as Polars estimates their buffers), each for at most `ttl_seconds`.

    Safe to use from several threads. A frame larger than the bound is not kept.
    """

    def __init__(
        self, max_bytes: int, ttl_seconds: float = float("inf"), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_bytes = max_bytes
        self._ttl = ttl_seconds
        self._clock = clock
        self._lock = threading.Lock()
        # Least recently used key first; a key's entries have different spans or columns, none covering another.
        self._entries: OrderedDict[CacheKey, list[_Entry]] = OrderedDict()
        self._latest: dict[tuple[str, str], str] = {}
        self._size = 0
        self._hits = 0
        self._misses = 0
        self._evictions = 0

    def get(self, key: CacheKey, span: Span, columns: tuple[str, ...]) -> pl.DataFrame | None:
        """The rows of `span` with `columns`, cut from an entry that covers both; None where there is none."""
        entry = self._find(key, span, columns)
        if entry is None:
            return None
        frame = entry.frame
        if entry.span != span:
            stamps = frame.get_column("timestamp").to_physical().to_numpy()
            first, last = np.searchsorted(stamps, (span.start_us, span.end_us))
            frame = frame.slice(int(first), int(last - first))
        # A clone shares the columns, but a caller who adds one to it does not add it here.
        return frame.clone() if list(columns) == frame.columns else frame.select(columns)

    def put(self, key: CacheKey, span: Span, frame: pl.DataFrame) -> None:
        """Keep `frame` (all rows of `span`, sorted by `timestamp`) and drop what it makes needless."""
        size = int(frame.estimated_size())
        new = _Entry(span, frame, frozenset(frame.columns), size, self._clock())
        with self._lock:
            self._forget_older_identity(key)
            kept = []
            for each in self._entries.pop(key, []):
                if span.covers(each.span) and each.columns <= new.columns:
                    self._size -= each.size
                else:
                    kept.append(each)
            if size <= self._max_bytes:
                kept.append(new)
                self._size += size
            if kept:
                self._entries[key] = kept
            while self._size > self._max_bytes:
                self._evict()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._latest.clear()
            self._size = 0

    def stats(self) -> CacheStats:
        """How full it is and how often it helped."""
        with self._lock:
            count = sum(len(each) for each in self._entries.values())
            return CacheStats(count, self._size, self._max_bytes, self._hits, self._misses, self._evictions)

    def _find(self, key: CacheKey, span: Span, columns: tuple[str, ...]) -> _Entry | None:
        with self._lock:
            entries = self._entries.get(key, [])
            oldest = self._clock() - self._ttl
            for each in [each for each in entries if each.born < oldest]:
                entries.remove(each)
                self._size -= each.size
            if not entries:
                self._entries.pop(key, None)
            found = next(
                (each for each in entries if each.span.covers(span) and each.columns.issuperset(columns)), None
            )
            if found is None:
                self._misses += 1
                return None
            self._hits += 1
            self._entries.move_to_end(key)
            return found

    def _forget_older_identity(self, key: CacheKey) -> None:
        """Entries of files that have since changed can never be asked for again: give their bytes back now."""
        name = (key.symbol, key.variant)
        before = self._latest.get(name, key.identity)
        self._latest[name] = key.identity
        if before != key.identity:
            gone = self._entries.pop(CacheKey(key.symbol, before, key.variant), [])
            self._size -= sum(each.size for each in gone)

    def _evict(self) -> None:
        key, entries = next(iter(self._entries.items()))
        self._size -= entries.pop(0).size
        self._evictions += 1
        if not entries:
            del self._entries[key]
