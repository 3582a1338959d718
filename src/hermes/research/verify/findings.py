"""What cutting the future off, or replacing it by noise, has shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hermes.errors import StrategyError
from hermes.research.verify.report import Check, Difference, Outcome

TRUNCATION, NOISE = "truncation", "noise"
TITLES = {TRUNCATION: "Future cut off", NOISE: "Future replaced by noise"}

_SAME = {"value": "No value up to a cut changed", "fill": "No fill before a cut changed"}
_NOTHING = {
    "value": "It gave no value on these bars, so there was nothing to compare: take more of them.",
    "fill": "It made no fill on these bars, so there was nothing to compare: take more of them.",
}


@dataclass
class Findings:
    """What the cuts have shown so far of a strategy's values (of one symbol) or of its fills."""

    kind: Literal["value", "fill"]
    compared: int
    """Values of the target, or fills, on the whole history."""
    cuts: int = 0
    changed: int = 0
    first: dict[str, Difference] = field(default_factory=dict)
    """By column, the difference on the earliest bar."""
    errors: list[str] = field(default_factory=list)
    early_errors: int = 0

    def note(self, difference: Difference) -> None:
        """Keep the earliest difference of its column, and the farthest look ahead of any."""
        known = self.first.get(difference.column)
        if known is None:
            self.first[difference.column] = difference
            return
        earlier = min(known, difference, key=lambda each: each.timestamp)
        ahead = max(known.bars_ahead or 0, difference.bars_ahead or 0)
        self.first[difference.column] = earlier.model_copy(update={"bars_ahead": ahead})

    def fail(self, cut: datetime, error: StrategyError, *, early: bool) -> None:
        """Note that the strategy broke at a cut; `early` ones, within the warm-up, may be for want of bars."""
        if early:
            self.early_errors += 1
        else:
            self.errors.append(f"with bars up to {cut:%Y-%m-%d %H:%M} UTC alone: {error}")


def conclude(name: str, findings: Sequence[Findings]) -> Check:
    """One check out of everything that was found."""
    changed, cuts = (sum(getattr(each, count) for each in findings) for count in ("changed", "cuts"))
    early = sum(each.early_errors for each in findings)
    errors = [error for each in findings for error in each.errors]
    differences = [each for found in findings for each in found.first.values()]
    differences.sort(key=lambda each: (each.timestamp, each.column != "signal"))
    kinds = list(dict.fromkeys(each.kind for each in findings))
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
        notes = [_unchanged(kind, findings) for kind in kinds]
    if early:
        notes.append(f"At {_count(early, 'cut')} within the warm-up it could not run for want of bars.")
    empty = [_NOTHING[kind] for kind in kinds if not any(each.compared for each in findings if each.kind == kind)]
    notes += empty
    outcome = Outcome.FAILED if changed or errors else Outcome.WARNED if empty else Outcome.PASSED
    return Check(
        name=name, title=TITLES[name], outcome=outcome, summary=" ".join(notes), differences=tuple(differences)
    )


def _unchanged(kind: str, findings: Sequence[Findings]) -> str:
    return f"{_SAME[kind]} at {_count(sum(each.cuts for each in findings if each.kind == kind), 'cut')}."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
