"""How much history do the indicators want, and does the declared warm-up cover it? Known as recursive analysis.

The strategy is run on histories that begin late, at several sessions' first bars, and compared with the run on the
whole history: a value counts as settled from the row after which it stays within 1e-6 of the whole history's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hermes.errors import StrategyError
from hermes.research.verify.late import late_starts, longer_index, warm_row
from hermes.research.verify.report import Check, Difference, Outcome, Settling
from hermes.research.verify.subject import Array, Columns, Subject, differing
from hermes.strategy.plot import Indicator
from hermes.strategy.signals import SIGNAL

NAME = "warmup"
TITLE = "Warm-up"
TOLERANCE = 1e-6
"""Of a value, or of the column's median size where the value is smaller than that."""


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
    indicators = {name: _Needs() for name in whole.arrays if name != SIGNAL}
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
        for name, needs in indicators.items():
            rows = differing(whole.arrays[name][start:], part.arrays[name], TOLERANCE, scales[name])
            needs.add(rows, places[frames.get(name)])
        _compare_targets(found, whole, part, start, warm_row(places, declared))
    found.settling = [
        Settling(
            symbol=subject.symbol,
            column=name,
            timeframe=(frames.get(name) or subject.timeframe).value,
            needed=needs.needed,
            tried=needs.tried,
            declared=declared.get(frames.get(name), 0),
        )
        for name, needs in indicators.items()
    ]
    return found


@dataclass
class _Needs:
    """Bars that one indicator took to settle, over all late beginnings."""

    settled: int = 0
    unsettled: int = 0
    """The longest history in which it did not settle."""
    longest: int = 0

    def add(self, rows: npt.NDArray[np.intp], place: npt.NDArray[np.intp]) -> None:
        """Take in the rows that differ, of a history whose rows are in the bars numbered by `place`."""
        bars = int(place[-1]) + 1
        self.longest = max(self.longest, bars)
        if not len(rows):
            return
        last = int(rows[-1])
        if last == len(place) - 1:
            self.unsettled = max(self.unsettled, bars)
        else:
            self.settled = max(self.settled, int(place[last]) + 1)

    @property
    def needed(self) -> int | None:
        """Bars until it settled; None where a history of more bars did not see it settle."""
        return self.settled if self.settled >= self.unsettled else None

    @property
    def tried(self) -> int:
        """Bars of the longest history, of those that did not see it settle where it did not."""
        return self.longest if self.needed is not None else self.unsettled


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


def _scale(array: Array) -> float:
    """The median size of a column's values."""
    if array.dtype.kind != "f":
        return 0.0
    sizes = np.abs(array[np.isfinite(array)])
    return float(np.median(sizes)) if len(sizes) else 0.0
