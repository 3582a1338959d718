"""How much history do the indicators want, and does the declared warm-up cover it? Known as recursive analysis.

The strategy is run on histories that begin late, at several sessions' first bars, and compared with the run on the
whole history: a value counts as settled from the row after which it stays within 1e-6 of the whole history's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.data import Timeframe
from hermes.data.bars import local_day
from hermes.data.resample import resample
from hermes.errors import StrategyError
from hermes.research.verify.report import Check, Difference, Outcome, Settling
from hermes.research.verify.subject import Array, Columns, Subject, differing
from hermes.strategy.plot import Indicator
from hermes.strategy.signals import SIGNAL

NAME = "warmup"
TITLE = "Warm-up"
STARTS = 8
"""Late beginnings that are tried."""
TOLERANCE = 1e-6
"""Of a value, or of the column's median size where the value is smaller than that."""
_ROOM = ((1.0, 4.0), (1.0, 2.0), (1.0, 1.0), (0.25, 1.0))
"""Warm-ups before and after a late beginning, the best first."""


@dataclass
class WarmupFindings:
    """What the late beginnings on one symbol have shown."""

    subject: Subject
    starts: int = 0
    settling: list[Settling] = field(default_factory=list)
    remembered: int = 0
    """Bars after the declared warm-up during which a target of an earlier event was still held."""
    wrong: list[Difference] = field(default_factory=list)
    wrong_targets: int = 0
    rounded: int = 0
    """Targets that differ though every indicator agrees to the last digits: a comparison of equal values."""
    errors: list[str] = field(default_factory=list)


def check_warmup(subject: Subject, step: Callable[[], None]) -> WarmupFindings:
    """Run the strategy on histories that begin late; `step` is called after each. Raises StrategyError where it fails
    on the whole history."""
    found = WarmupFindings(subject)
    bars, declared = subject.history, subject.strategy.warmup()
    frames = {name: each.timeframe for name, each in subject.strategy.indicators().items()
              if isinstance(each, Indicator)}  # fmt: skip
    whole = subject.columns(bars)
    scales = {name: _scale(array) for name, array in whole.arrays.items()}
    needed: dict[str, int | None] = {name: 0 for name in whole.arrays if name != SIGNAL}
    tried = dict.fromkeys(needed, 0)
    for start in late_starts(bars, declared, subject.timeframe):
        late = bars[start:]
        places = {frame: longer_index(late, frame) for frame in {None, *declared, *frames.values()}}
        try:
            part = subject.columns(late)
        except StrategyError as error:
            found.errors.append(f"beginning on {late.get_column('timestamp')[0]:%Y-%m-%d}: {error}")
            continue
        finally:
            step()
        found.starts += 1
        for name, most in needed.items():
            rows = differing(whole.arrays[name][start:], part.arrays[name], TOLERANCE, scales[name])
            settled = _settled(rows, places[frames.get(name)])
            needed[name] = None if most is None or settled is None else max(most, settled)
            tried[name] = max(tried[name], int(places[frames.get(name)][-1]) + 1)
        _compare_targets(found, whole, part, start, warm_row(places, declared))
    found.settling = [
        Settling(
            symbol=subject.symbol,
            column=name,
            timeframe=(frames.get(name) or subject.timeframe).value,
            needed=most,
            tried=tried[name],
            declared=declared.get(frames.get(name), 0),
        )
        for name, most in needed.items()
    ]
    return found


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


def conclude(findings: Sequence[WarmupFindings]) -> Check:
    """One check out of the findings on every symbol."""
    starts = sum(each.starts for each in findings)
    settling = tuple(row for each in findings for row in each.settling)
    errors = [error for each in findings for error in each.errors]
    wrong = tuple(difference for each in findings for difference in each.wrong)
    rounded = sum(each.rounded for each in findings)
    remembered = max((each.remembered for each in findings), default=0)
    if not starts and not errors:
        return Check(
            name=NAME,
            title=TITLE,
            outcome=Outcome.SKIPPED,
            summary="Too few bars are stored to leave out as many as warmup() asks for. Choose earlier days, or a "
            "symbol with more history.",
        )
    short = [each.column for each in settling if not each.enough]
    notes: list[str] = []
    if errors:
        notes.append(f"It broke on a history that begins later, first {errors[0]}")
    if wrong:
        targets = sum(each.wrong_targets for each in findings)
        notes.append(f"After the declared warm-up {targets:,} targets still depend on where the history begins.")
    elif not errors and not rounded:
        notes.append(f"After the declared warm-up {starts:,} histories that begin later decide the same.")
    if short:
        verb = "is" if len(short) == 1 else "are"
        notes.append(f"{', '.join(dict.fromkeys(short))} {verb} not settled by then.")
    if rounded:
        notes.append(f"{rounded:,} targets differ by rounding alone: they compare values that are equal.")
    if remembered and not wrong:
        notes.append(f"A target that began earlier was still held {remembered:,} bars later.")
    outcome = Outcome.FAILED if wrong or errors else Outcome.WARNED if short or rounded else Outcome.PASSED
    return Check(name=NAME, title=TITLE, outcome=outcome, summary=" ".join(notes), differences=wrong, settling=settling)


def _compare_targets(found: WarmupFindings, whole: Columns, part: Columns, start: int, warm: int) -> None:
    """A target that differs since before the warm-up's end is held from an earlier event, as a latch holds it; one
    that comes to differ later was decided on warm indicators, and decided otherwise."""
    known, late = whole.arrays[SIGNAL][start:], part.arrays[SIGNAL]
    apart = np.flatnonzero(known[warm:] != late[warm:]) + warm
    if not len(apart):
        return
    held = (apart > warm) & (known[apart] == known[apart - 1]) & (late[apart] == late[apart - 1]) | (apart == warm)
    wrong = apart[~held]
    if not len(wrong):
        found.remembered = max(found.remembered, int(apart[-1]) - warm + 1)
        return
    ties = wrong[_agreeing(whole, part, start, wrong)]
    found.rounded += len(ties)
    wrong = np.setdiff1d(wrong, ties)
    if not len(wrong):
        return
    found.wrong_targets += len(wrong)
    row = int(wrong[0])
    stamps = found.subject.history.get_column("timestamp")
    difference = Difference(
        symbol=found.subject.symbol,
        timestamp=stamps[start + row],
        column=SIGNAL,
        whole=whole.value(SIGNAL, start + row),
        other=part.value(SIGNAL, row),
    )
    if not found.wrong or difference.timestamp < found.wrong[0].timestamp:
        found.wrong = [difference]


def _agreeing(whole: Columns, part: Columns, start: int, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Where every indicator is the same but for rounding, on the row and on the one before it; nowhere without any."""
    names = [name for name in whole.arrays if name != SIGNAL]
    apart = np.zeros(len(part.arrays[SIGNAL]), dtype=bool)
    for name in names:
        apart[differing(whole.arrays[name][start:], part.arrays[name], scale=_scale(whole.arrays[name]))] = True
    return ~(apart[rows] | apart[rows - 1]) if names else np.zeros(len(rows), dtype=bool)


def _settled(rows: npt.NDArray[np.intp], place: npt.NDArray[np.intp]) -> int | None:
    """Bars until the last differing row is passed, in bars numbered by `place`; None where that is the last of all."""
    if not len(rows):
        return 0
    last = int(rows[-1])
    return None if last == len(place) - 1 else int(place[last]) + 1


def longer_index(bars: pl.DataFrame, timeframe: Timeframe | None) -> npt.NDArray[np.intp]:
    """For each bar the number, from 0 on, of the longer bar that it is in."""
    if timeframe is None:
        return np.arange(bars.height)
    edges = resample(bars, timeframe).get_column("timestamp").to_physical().to_numpy()
    return np.searchsorted(edges, bars.get_column("timestamp").to_physical().to_numpy(), side="right") - 1


def _scale(array: Array) -> float:
    """The median size of a column's values."""
    if array.dtype.kind != "f":
        return 0.0
    sizes = np.abs(array[np.isfinite(array)])
    return float(np.median(sizes)) if len(sizes) else 0.0
