"""Do targets and indicators of the past change when the future does? It is cut off, or replaced by noise."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from hermes.data.bars import PRICES
from hermes.errors import StrategyError
from hermes.research.verify.findings import NOISE, Findings
from hermes.research.verify.report import Difference
from hermes.research.verify.subject import Columns, Subject, differing, gives_targets
from hermes.strategy.signals import SIGNAL

Step = Callable[[], None]

_LEAST, _MOST = 0.5, 2.0
"""Bounds of the factor by which a bar of noise is moved: enough to turn any comparison of prices over."""


def check_values(name: str, subject: Subject, whole: Columns, cuts: Sequence[int], seed: int, step: Step) -> Findings:
    """Run the strategy at each of `cuts` on a history whose future is gone (TRUNCATION) or noise (NOISE).

    `step` is called after each run.
    """
    telling = [SIGNAL] if gives_targets(subject.strategy) else whole.frame.columns
    found = Findings("value", compared=sum(whole.frame.get_column(name).count() for name in telling))
    noise = noisy(subject.bars, seed) if name == NOISE else None
    for cut in cuts:
        found.cuts += 1
        try:
            part = subject.columns(changed_after(subject.bars, cut, noise))
        except StrategyError as error:
            found.fail(subject.time(cut), error, early=cut < subject.start)
        else:
            differences = _differences(subject, whole, part, cut)
            found.changed += bool(differences)
            for each in differences:
                found.note(each)
        step()
    return found


def changed_after(bars: pl.DataFrame, cut: int, noise: pl.DataFrame | None) -> pl.DataFrame:
    """The rows up to `cut`, followed by those of `noise`, or by nothing."""
    past = bars[: cut + 1]
    return past if noise is None else pl.concat([past, noise[cut + 1 :]])


def noisy(bars: pl.DataFrame, seed: int) -> pl.DataFrame:
    """As many bars at the same times: rows shuffled, then each multiplied by a factor between 0.5 and 2.

    Open, high, low and close of a row stay together, so that every bar is a possible one.
    """
    generator = np.random.default_rng([seed, 1])
    rows = generator.permutation(bars.height)
    factor = pl.Series(np.exp(generator.uniform(np.log(_LEAST), np.log(_MOST), bars.height)))
    shuffled = bars[rows].with_columns(bars.get_column("timestamp"), *(pl.col(name) * factor for name in PRICES))
    return shuffled.select(bars.columns)


def _differences(subject: Subject, whole: Columns, part: Columns, cut: int) -> list[Difference]:
    """Of each column, the first row up to `cut` at which `part` differs."""
    found = []
    for column, known in whole.arrays.items():
        missing = column not in part.arrays
        rows = [0] if missing else differing(known[: cut + 1], part.arrays[column][: cut + 1])
        if len(rows):
            row = int(rows[0])
            found.append(
                Difference(
                    symbol=subject.symbol,
                    timestamp=subject.time(row),
                    column=column,
                    whole=whole.value(column, row),
                    other=None if missing else part.value(column, row),
                    known_until=subject.time(cut),
                    bars_ahead=cut - row + 1,
                )
            )
    return found
