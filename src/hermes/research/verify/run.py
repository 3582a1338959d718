"""The whole way of a verification: request, bars, checks, report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hermes.data import DataService
from hermes.data.bars import day_of_us
from hermes.errors import UsageError
from hermes.research.verify import repeat, warmup
from hermes.research.verify.findings import NOISE, TITLES, TRUNCATION, conclude
from hermes.research.verify.future import check_values
from hermes.research.verify.load import load
from hermes.research.verify.report import Check, Outcome, Verification, VerifiedBars
from hermes.research.verify.request import VerifyRequest
from hermes.research.verify.sampling import choose_cuts, every_cut
from hermes.research.verify.subject import Columns, Subject
from hermes.strategy import Strategy, create_strategy

Progress = Callable[[str, int, int], None]
"""Takes what is being checked, how many runs are done, and how many there are."""


def verify(
    strategy: str | Strategy,
    params: dict[str, Any] | None = None,
    *,
    data: DataService | None = None,
    progress: Progress | None = None,
    **fields: Any,
) -> Verification:
    """Look for look-ahead in a strategy; the one-line form of `verify_strategy`.

    `strategy` is a name, `path/to/file.py:ClassName` or an instance (then `params` must be left out); `fields` are
    those of `VerifyRequest`: symbols="RELIANCE", timeframe="15m", full=True ...
    Raises pydantic.ValidationError for a field out of bounds, and as `verify_strategy` does.

    >>> verify("RSIStrategy", symbols="RELIANCE").passed  # doctest: +SKIP
    True
    """
    if isinstance(strategy, Strategy):
        if params:
            raise UsageError("A strategy's instance has its parameters already: leave params out, or give its name.")
        request = VerifyRequest(strategy=type(strategy).__name__, params=strategy.model_dump(mode="json"), **fields)
        return verify_strategy(request, data, strategy, progress)
    return verify_strategy(VerifyRequest(strategy=strategy, params=params or {}, **fields), data, progress=progress)


def verify_strategy(
    request: VerifyRequest,
    data: DataService | None = None,
    strategy: Strategy | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check by experiment that a strategy's past does not change with the future, on stored bars.

    `strategy` is for an instance made elsewhere; without it, the request's name and parameters create one. A strategy
    that looks ahead is a failed check in the report, not an exception. Raises UsageError, UnknownNameError,
    NoDataError and DataError for what cannot be run, and StrategyError where the strategy breaks on the whole history.
    """
    data = data or DataService()
    strategy = strategy or create_strategy(request.strategy, request.params)
    subjects = load(request, strategy, data)
    wholes = [each.columns(each.bars) for each in subjects]
    cuts = [_cuts(request, *pair) for pair in zip(subjects, wholes, strict=True)]
    plan = _Plan(request, subjects, wholes, cuts, progress)
    return Verification(
        strategy=request.strategy,
        params=strategy.model_dump(mode="json"),
        timeframe=request.timeframe.value,
        full=request.full,
        seed=request.seed,
        bars=tuple(_described(subject, len(rows)) for subject, rows in zip(subjects, cuts, strict=True)),
        checks=tuple(plan.checks()),
    )


@dataclass
class _Plan:
    """The checks to make, and how many of their runs are done."""

    request: VerifyRequest
    subjects: Sequence[Subject]
    wholes: Sequence[Columns]
    cuts: Sequence[Sequence[int]]
    progress: Progress | None
    done: int = 0
    title: str = ""

    def checks(self) -> Iterator[Check]:
        """One check after the other; where equal runs differ, the rest is not made."""
        again = self._repeat()
        yield again
        if again.outcome is Outcome.FAILED:
            reason = "Not made: where equal runs differ, a difference tells nothing."
            for name, title in ({**TITLES, warmup.NAME: warmup.TITLE}).items():
                yield Check(name=name, title=title, outcome=Outcome.SKIPPED, summary=reason)
            return
        for name in (TRUNCATION, NOISE):
            yield self._future(name)
        yield self._warmup()

    def _repeat(self) -> Check:
        pairs = zip(self.subjects, self.wholes, strict=True)
        return repeat.conclude([each for pair in pairs for each in repeat.differences_of_runs(*pair)])

    def _future(self, name: str) -> Check:
        self.title = TITLES[name]
        found = [
            check_values(name, subject, whole, rows, self.request.seed, self._step)
            for subject, whole, rows in zip(self.subjects, self.wholes, self.cuts, strict=True)
        ]
        return conclude(name, found)

    def _warmup(self) -> Check:
        self.title = warmup.TITLE
        return warmup.conclude([warmup.check_warmup(each, self._step) for each in self.subjects])

    def _step(self) -> None:
        self.done += 1
        if self.progress:
            runs = 2 * sum(map(len, self.cuts)) + warmup.STARTS * len(self.subjects)
            self.progress(self.title, self.done, runs)


def _cuts(request: VerifyRequest, subject: Subject, whole: Columns) -> list[int]:
    if request.full:
        return every_cut(subject, whole)
    return choose_cuts(subject, whole, request.samples, request.seed)


def _described(subject: Subject, cuts: int) -> VerifiedBars:
    stamps = subject.bars.get_column("timestamp").to_physical()
    return VerifiedBars(
        symbol=subject.symbol,
        first_day=day_of_us(stamps[subject.start]),
        last_day=day_of_us(stamps[-1]),
        bars=len(stamps) - subject.start,
        warmup_bars=subject.start,
        cuts=cuts,
        synthetic=subject.source.synthetic,
    )
