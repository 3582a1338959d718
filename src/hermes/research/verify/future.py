"""Does the past change when the future does? It is cut off, or replaced by noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from hermes.data.bars import PRICES
from hermes.errors import StrategyError
from hermes.research.verify.report import Check, Difference, Outcome
from hermes.research.verify.subject import Columns, Subject, differing

Step = Callable[[], None]

TRUNCATION, NOISE = "truncation", "noise"
TITLES = {TRUNCATION: "Future cut off", NOISE: "Future replaced by noise"}
_LEAST, _MOST = 0.5, 2.0
"""Bounds of the factor by which a bar of noise is moved: enough to turn any comparison of prices over."""


@dataclass
class Findings:
    """What the cuts of one symbol have shown so far."""

    subject: Subject
    cuts: int = 0
    changed: int = 0
    first: dict[str, Difference] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    early_errors: int = 0

    def compare(self, whole: Columns, part: Columns, cut: int) -> None:
        """Note the first row up to `cut` at which a column of `part` differs from the whole history's."""
        self.cuts += 1
        seen = False
        for column, known in whole.arrays.items():
            rows = differing(known[: cut + 1], part.arrays[column][: cut + 1]) if column in part.arrays else [0]
            if len(rows):
                seen = True
                self._note(whole, part, column, int(rows[0]), cut)
        self.changed += seen

    def _note(self, whole: Columns, part: Columns, column: str, row: int, cut: int) -> None:
        ahead, when = cut - row + 1, self.subject.time(row)
        known = self.first.get(column)
        if known is not None and known.timestamp <= when:
            ahead = max(ahead, known.bars_ahead or 0)
            self.first[column] = known.model_copy(update={"bars_ahead": ahead})
            return
        self.first[column] = Difference(
            symbol=self.subject.symbol,
            timestamp=when,
            column=column,
            whole=whole.value(column, row),
            other=part.value(column, row) if column in part.arrays else None,
            known_until=self.subject.time(cut),
            bars_ahead=max(ahead, known.bars_ahead or 0) if known else ahead,
        )

    def fail(self, cut: int, error: StrategyError) -> None:
        """Note that the strategy broke; before the first bar that counts it may, for want of bars."""
        self.cuts += 1
        if cut < self.subject.start:
            self.early_errors += 1
        else:
            self.errors.append(f"with bars up to {self.subject.time(cut):%Y-%m-%d %H:%M} UTC alone: {error}")


def check_future(name: str, subject: Subject, whole: Columns, cuts: Sequence[int], seed: int, step: Step) -> Findings:
    """Run the strategy at each of `cuts` on a history whose future is gone (TRUNCATION) or noise (NOISE).

    `step` is called after each run.
    """
    found = Findings(subject)
    noise = noisy(subject.bars, seed) if name == NOISE else None
    for cut in cuts:
        past = subject.bars[: cut + 1]
        changed = past if noise is None else pl.concat([past, noise[cut + 1 :]])
        try:
            found.compare(whole, subject.columns(changed), cut)
        except StrategyError as error:
            found.fail(cut, error)
        step()
    return found


def noisy(bars: pl.DataFrame, seed: int) -> pl.DataFrame:
    """As many bars at the same times: rows shuffled, then each multiplied by a factor between 0.5 and 2.

    Open, high, low and close of a row stay together, so that every bar is a possible one.
    """
    random = np.random.default_rng([seed, 1])
    rows = random.permutation(bars.height)
    factor = pl.Series(np.exp(random.uniform(np.log(_LEAST), np.log(_MOST), bars.height)))
    shuffled = bars[rows].with_columns(bars.get_column("timestamp"), *(pl.col(name) * factor for name in PRICES))
    return shuffled.select(bars.columns)


def conclude(name: str, findings: Sequence[Findings]) -> Check:
    """One check out of the findings on every symbol."""
    cuts, changed = (sum(getattr(each, count) for each in findings) for count in ("cuts", "changed"))
    early = sum(each.early_errors for each in findings)
    errors = [error for each in findings for error in each.errors]
    differences = [each for found in findings for each in found.first.values()]
    differences.sort(key=lambda each: (each.timestamp, each.column != "signal"))
    notes: list[str] = []
    if changed:
        ahead = max(each.bars_ahead or 0 for each in differences)
        notes.append(
            f"The past changed at {changed:,} of {_count(cuts, 'cut')}: it knows at least {_count(ahead, 'bar')} "
            "of the future."
        )
    if errors:
        notes.append(f"It broke at {len(errors):,} of {_count(cuts, 'cut')}, first {errors[0]}")
    if not notes:
        notes.append(f"No value up to a cut changed at {_count(cuts, 'cut')}.")
    if early:
        notes.append(f"At {_count(early, 'cut')} within the warm-up it could not run for want of bars.")
    outcome = Outcome.FAILED if changed or errors else Outcome.PASSED
    return Check(
        name=name, title=TITLES[name], outcome=outcome, summary=" ".join(notes), differences=tuple(differences)
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
