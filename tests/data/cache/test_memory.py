import threading
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from hermes.data.cache import CacheKey, MemoryCache
from hermes.data.provider import Span

START = datetime(2024, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000
ZERO = int(START.timestamp() * 1e6)
ALL = ("timestamp", "close")
KEY = CacheKey("A", "files-1", "1m drop")


def _frame(rows: int, first: int = 0) -> pl.DataFrame:
    stamps = [START + timedelta(minutes=first + n) for n in range(rows)]
    return pl.DataFrame(
        {"timestamp": stamps, "close": [float(first + n) for n in range(rows)]},
        schema={"timestamp": pl.Datetime("us", "UTC"), "close": pl.Float64},
    )


def _span(first: int, last: int) -> Span:
    return Span(ZERO + first * MINUTE, ZERO + last * MINUTE)


def test_bytes_are_counted_as_polars_estimates_them() -> None:
    cache = MemoryCache(10_000)
    cache.put(KEY, _span(0, 100), _frame(100))
    # Two columns of eight bytes each.
    assert cache.stats().size_bytes == 100 * 16


def test_a_wider_entry_serves_a_narrower_request() -> None:
    cache = MemoryCache(10_000)
    cache.put(KEY, _span(0, 100), _frame(100))
    hit = cache.get(KEY, _span(10, 13), ("close",))
    assert hit is not None
    assert hit.to_dict(as_series=False) == {"close": [10.0, 11.0, 12.0]}
    assert cache.get(KEY, _span(10, 101), ("close",)) is None
    assert cache.get(KEY, _span(10, 13), ("close", "volume")) is None
    assert (cache.stats().hits, cache.stats().misses) == (1, 2)


def test_a_range_without_bars_inside_an_entry_is_an_empty_hit() -> None:
    cache = MemoryCache(10_000)
    cache.put(KEY, _span(0, 1_000), _frame(10))
    hit = cache.get(KEY, _span(500, 600), ALL)
    assert hit is not None
    assert hit.is_empty()


def test_an_entry_of_changed_files_is_never_served_and_gives_its_bytes_back() -> None:
    cache = MemoryCache(10_000)
    cache.put(KEY, _span(0, 100), _frame(100))
    changed = CacheKey("A", "files-2", KEY.variant)
    assert cache.get(changed, _span(0, 100), ALL) is None
    cache.put(changed, _span(0, 10), _frame(10))
    assert cache.stats().size_bytes == 160
    assert cache.get(KEY, _span(0, 10), ALL) is None


def test_a_wider_entry_takes_the_place_of_a_narrower_one() -> None:
    cache = MemoryCache(10_000)
    cache.put(KEY, _span(0, 10), _frame(10).select("timestamp"))
    cache.put(KEY, _span(50, 60), _frame(10, 50))
    cache.put(KEY, _span(0, 40), _frame(40))
    assert (cache.stats().entries, cache.stats().size_bytes) == (2, 50 * 16)


def test_the_least_recently_used_leaves_first_and_the_bound_holds() -> None:
    cache = MemoryCache(2 * 1_600)
    first, second, third = (CacheKey(name, "files", "1m") for name in "ABC")
    cache.put(first, _span(0, 100), _frame(100))
    cache.put(second, _span(0, 100), _frame(100))
    assert cache.get(first, _span(0, 1), ALL) is not None
    cache.put(third, _span(0, 100), _frame(100))
    assert cache.get(second, _span(0, 1), ALL) is None
    assert cache.get(first, _span(0, 1), ALL) is not None
    assert cache.stats().size_bytes == 3_200
    assert cache.stats().evictions == 1


def test_a_frame_larger_than_the_bound_is_not_kept_and_evicts_nothing() -> None:
    cache = MemoryCache(1_600)
    cache.put(KEY, _span(0, 100), _frame(100))
    other = CacheKey("B", "files", "1m")
    cache.put(other, _span(0, 101), _frame(101))
    assert cache.get(other, _span(0, 1), ALL) is None
    assert cache.get(KEY, _span(0, 1), ALL) is not None


def test_entries_are_forgotten_at_their_age() -> None:
    now = [0.0]
    cache = MemoryCache(10_000, ttl_seconds=60, clock=lambda: now[0])
    cache.put(KEY, _span(0, 10), _frame(10))
    now[0] = 60.0
    assert cache.get(KEY, _span(0, 10), ALL) is not None
    now[0] = 60.1
    assert cache.get(KEY, _span(0, 10), ALL) is None
    assert cache.stats().size_bytes == 0


def test_clear_forgets_everything() -> None:
    cache = MemoryCache(10_000)
    cache.put(KEY, _span(0, 10), _frame(10))
    cache.clear()
    assert cache.get(KEY, _span(0, 10), ALL) is None
    assert cache.stats().size_bytes == 0


def test_changing_a_returned_frame_leaves_the_cache_alone() -> None:
    cache = MemoryCache(10_000)
    cache.put(KEY, _span(0, 3), _frame(3))
    hit = cache.get(KEY, _span(0, 3), ALL)
    assert hit is not None
    hit.insert_column(0, pl.Series("mine", [1, 2, 3]))
    again = cache.get(KEY, _span(0, 3), ALL)
    assert again is not None
    assert again.columns == ["timestamp", "close"]


def test_many_threads_keep_the_books_straight() -> None:
    cache = MemoryCache(20 * 1_600)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for step in range(300):
                key = CacheKey(str((seed * 7 + step) % 40), str(step % 3), "1m")
                hit = cache.get(key, _span(5, 20), ALL)
                assert hit is None or hit.get_column("close").to_list() == [float(n) for n in range(5, 20)]
                cache.put(key, _span(0, 100), _frame(100))
        except AssertionError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        pytest.fail(str(failures[0]))
    stats = cache.stats()
    assert stats.size_bytes == stats.entries * 1_600 <= 20 * 1_600
