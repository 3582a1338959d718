"""Bars of one or many symbols as moments: merged by time, then by symbol, a block at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import chain, groupby, pairwise, repeat
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hermes.engine.event.events import MarketEvent
from hermes.errors import DataError
from hermes.market import IST
from hermes.strategy import Bar

F8 = npt.NDArray[np.float64]

Feed = Iterable[Bar] | Iterable[MarketEvent]
"""What a run is fed with: its bars, if it has one symbol; the moments of several."""

_BLOCK = 4096
"""Bars turned into Python objects at a time: the objects of a bar take ten times the room of its numbers."""

_new = tuple.__new__


class Columns(NamedTuple):
    """A run of bars of one symbol: `start_us` int64[n] microseconds UTC, the rest float64[n]."""

    start_us: npt.NDArray[np.int64]
    open: F8
    high: F8
    low: F8
    close: F8
    volume: F8
    oi: F8


def feed(symbols: Collection[str], windows: Iterable[Mapping[str, Columns]]) -> Feed:
    """Consecutive windows of time, which hold the bars of some of the symbols each, as the engine takes them.

    Raises DataError where a symbol's bars are not in order of time, within a window or across two.
    """
    ordered = _in_order(windows)
    if len(symbols) == 1:
        return chain.from_iterable(_of_one(*each) for window in ordered for each in window.items())
    return chain.from_iterable(map(_of_many, ordered))


def _in_order(windows: Iterable[Mapping[str, Columns]]) -> Iterator[dict[str, Columns]]:
    """Each window's symbols that have bars, in order of symbol; checked."""
    latest: int | None = None
    for window in windows:
        filled = {symbol: each for symbol, each in sorted(window.items()) if len(each.start_us)}
        for symbol, columns in filled.items():
            _check_order(symbol, columns.start_us, latest)
        latest = max((int(each.start_us[-1]) for each in filled.values()), default=latest)
        if filled:
            yield filled


def _of_one(symbol: str, columns: Columns) -> Iterator[Bar]:
    # Every step is a loop in C: a year of minutes is a hundred thousand of them.
    for start in range(0, len(columns.start_us), _BLOCK):
        block = (each[start : start + _BLOCK].tolist() for each in columns)
        yield from map(_new, repeat(Bar), zip(repeat(symbol), *block, strict=False))


def _of_many(window: Mapping[str, Columns]) -> Iterator[MarketEvent]:
    symbols = list(window)
    starts = np.concatenate([each.start_us for each in window.values()])
    owner = np.repeat(np.arange(len(symbols)), [len(each.start_us) for each in window.values()])
    order = np.lexsort((owner, starts))
    merged = [starts[order], *(np.concatenate(each)[order] for each in list(zip(*window.values(), strict=True))[1:])]
    owner = owner[order]
    edges = np.flatnonzero(np.diff(merged[0], prepend=merged[0][0] - 1))
    edges = np.append(edges, len(owner))
    first = 0
    while first < len(edges) - 1:
        # As many whole moments as fit into a block, one at least.
        last = max(first + 1, int(np.searchsorted(edges, edges[first] + _BLOCK, side="right")) - 1)
        rows = slice(int(edges[first]), int(edges[last]))
        names = map(symbols.__getitem__, owner[rows].tolist())
        bars = list(map(_new, repeat(Bar), zip(names, *(each[rows].tolist() for each in merged), strict=False)))
        cuts = (edges[first : last + 1] - edges[first]).tolist()
        for begin, end in pairwise(cuts):
            yield MarketEvent(bars[begin:end])
        first = last


def _check_order(symbol: str, start_us: npt.NDArray[np.int64], latest: int | None) -> None:
    steps = np.diff(start_us)
    if len(steps) and steps.min() <= 0:
        place = int(np.argmax(steps <= 0)) + 1
        raise _out_of_order(symbol, int(start_us[place]), int(start_us[place - 1]))
    if latest is not None and start_us[0] <= latest:
        raise _out_of_order(symbol, int(start_us[0]), latest)


def merged(streams: Sequence[Iterable[Bar]]) -> Feed:
    """Streams of bars, one a symbol and each in order of time, as the engine takes them: the way in for a live feed,
    which holds one bar of each stream.

    Raises DataError where a stream goes back in time, or two bars of one symbol have one start.
    """
    return _checked(streams[0]) if len(streams) == 1 else _moments(streams)


def _moments(streams: Sequence[Iterable[Bar]]) -> Iterator[MarketEvent]:
    in_order = merge(*(_checked(each) for each in streams), key=itemgetter(1, 0))
    for _, bars in groupby(in_order, key=itemgetter(1)):
        event = MarketEvent(bars)
        for one, other in pairwise(event):
            if one.symbol == other.symbol:
                raise _out_of_order(other.symbol, other.start_us, one.start_us)
        yield event


def _checked(stream: Iterable[Bar]) -> Iterator[Bar]:
    latest = None
    for bar in stream:
        if latest is not None and bar.start_us <= latest:
            raise _out_of_order(bar.symbol, bar.start_us, latest)
        latest = bar.start_us
        yield bar


def _out_of_order(symbol: str, start_us: int, latest: int) -> DataError:
    times = [f"{_local(each):%Y-%m-%d %H:%M:%S}" for each in (start_us, latest)]
    return DataError(
        f"The feed is out of time order: a bar of {symbol} at {times[0]} IST comes after one at {times[1]} IST. "
        "Sort its bars by time and remove duplicates."
    )


def _local(start_us: int) -> datetime:
    return datetime.fromtimestamp(start_us / 1e6, IST)
