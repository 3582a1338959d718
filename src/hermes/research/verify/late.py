"""Histories that begin late: at which bars, and from where on their indicators count as warm."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.data import Timeframe
from hermes.data.bars import local_day
from hermes.data.resample import resample

STARTS: Final = 8
"""Late beginnings that are tried."""
_ROOM: Final = ((1.0, 4.0), (1.0, 2.0), (1.0, 1.0), (0.25, 1.0))
"""Warm-ups before and after a late beginning, the best first."""


def late_starts(
    bars: pl.DataFrame, declared: Mapping[Timeframe | None, int], timeframe: Timeframe, most: int = STARTS
) -> list[int]:
    """At most `most` rows to begin at, each a session's first bar, with several warm-ups of bars after them and one
    before them, so that the reference is warm; less where fewer bars are stored, and none where there are too few."""
    rows = np.arange(bars.height)
    if timeframe.intraday:
        day = bars.select(local_day().to_physical()).to_series().to_numpy()
        rows = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    places = {frame: longer_index(bars, frame) for frame in declared}
    backwards = {frame: place[-1] - place[::-1] for frame, place in places.items()}
    for lead, tail in _ROOM:
        first = max(1, warm_row(places, declared, lead))
        last = bars.height - 2 - warm_row(backwards, declared, tail)
        usable = rows[(rows >= first) & (rows <= last)]
        if len(usable):
            picked = np.unique(np.linspace(0, len(usable) - 1, most).astype(np.intp))
            return [int(usable[place]) for place in picked]
    return []


def warm_row(
    places: Mapping[Timeframe | None, npt.NDArray[np.intp]],
    declared: Mapping[Timeframe | None, int],
    times: float = 1.0,
) -> int:
    """The first row before which there are `times` as many finished bars of each timeframe as `declared` says."""
    return max((int(np.searchsorted(places[frame], bars * times)) for frame, bars in declared.items()), default=0)


def longer_index(bars: pl.DataFrame, timeframe: Timeframe | None) -> npt.NDArray[np.intp]:
    """For each bar the number, from 0 on, of the longer bar that it is in."""
    if timeframe is None:
        return np.arange(bars.height)
    edges = resample(bars, timeframe).get_column("timestamp").to_physical().to_numpy()
    return np.searchsorted(edges, bars.get_column("timestamp").to_physical().to_numpy(), side="right") - 1
