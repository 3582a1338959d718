"""Does the same question get the same answer? Nothing else can be told of a strategy that changes its mind."""

from collections.abc import Sequence

from hermes.research.verify.report import Check, Difference, Outcome
from hermes.research.verify.subject import Columns, Subject, columns_of, differing, fresh

NAME = "repeat"
TITLE = "Same result twice"


def differences_of_runs(subject: Subject, whole: Columns) -> list[Difference]:
    """The first row of each column at which a second run differs: one by a strategy made anew, or one by a strategy
    that has run once before."""
    used = fresh(subject.strategy)
    again = [columns_of(used, subject.bars), columns_of(used, subject.bars)]
    found: dict[str, Difference] = {}
    for other in again:
        for column, known in whole.arrays.items():
            rows = differing(known, other.arrays[column], tolerance=0.0) if column in other.arrays else [0]
            if len(rows) and column not in found:
                row = int(rows[0])
                found[column] = Difference(
                    symbol=subject.symbol,
                    timestamp=subject.time(row),
                    column=column,
                    whole=whole.value(column, row),
                    other=other.value(column, row) if column in other.arrays else None,
                )
    return list(found.values())


def conclude(differences: Sequence[Difference]) -> Check:
    """The check out of what differed."""
    if not differences:
        return Check(name=NAME, title=TITLE, outcome=Outcome.PASSED, summary="Runs on the same bars are equal.")
    ordered = sorted(differences, key=lambda each: (each.timestamp, each.column != "signal"))
    return Check(
        name=NAME,
        title=TITLE,
        outcome=Outcome.FAILED,
        summary="Runs on the same bars differ: the strategy depends on chance, on the clock, or on what it remembers "
        "of earlier runs.",
        differences=tuple(ordered),
    )
