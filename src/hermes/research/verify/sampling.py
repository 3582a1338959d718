"""At which bars the history is cut: every one, or those at which a strategy is most likely to give itself away."""

import numpy as np
import numpy.typing as npt

from hermes.data.bars import local_day
from hermes.research.verify.subject import Columns, Subject
from hermes.strategy.signals import SIGNAL

_PARTS = 3
"""Kinds of bars that share the sample: changes of the target, edges of sessions, any."""


def choose_cuts(subject: Subject, whole: Columns, samples: int, seed: int) -> list[int]:
    """At most `samples` rows of `subject.bars`, sorted: the bar before the last (a cut at the last one cuts nothing),
    the first bars at which each column is known, then in equal parts bars at which the target changes, first and last
    bars of sessions, and any bars; by the seed's choice where there are too many."""
    last = subject.bars.height - 2
    generator = np.random.default_rng(seed)
    pools = [_changes(whole), _session_edges(subject), np.arange(last + 1)]
    chosen = dict.fromkeys(row for row in (last, *_first_known(subject, whole)) if 0 <= row <= last)
    chosen = dict.fromkeys(list(chosen)[:samples])
    for place, pool in enumerate(pools):
        room = (samples - len(chosen)) // (_PARTS - place)
        free = np.setdiff1d(pool[(pool >= 0) & (pool <= last)], list(chosen))
        chosen |= dict.fromkeys(generator.choice(free, min(room, len(free)), replace=False).tolist())
    return sorted(chosen)


def every_cut(subject: Subject, whole: Columns) -> list[int]:
    """Every row that counts, and in the warm-up the first ones at which each column is known; sorted."""
    last = subject.bars.height - 2
    early = {row for row in _first_known(subject, whole) if 0 <= row <= last}
    return sorted(early | set(range(subject.start, last + 1)))


def _first_known(subject: Subject, whole: Columns) -> list[int]:
    """The first bar that counts, the first bar with a value of each column, and the bars before these."""
    rows = [subject.start]
    for name in whole.frame.columns:
        known = whole.frame.get_column(name).is_not_null().arg_max()
        rows += [] if known is None else [known]
    return [each - back for each in rows for back in (0, 1)]


def _changes(whole: Columns) -> npt.NDArray[np.intp]:
    target = whole.arrays[SIGNAL]
    changed = np.flatnonzero(target[1:] != target[:-1]) + 1
    return np.union1d(changed, changed - 1)


def _session_edges(subject: Subject) -> npt.NDArray[np.intp]:
    day = subject.bars.select(local_day().to_physical()).to_series().to_numpy()
    first = np.flatnonzero(np.diff(day)) + 1
    return np.union1d(first, first - 1)
