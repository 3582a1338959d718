"""The checks of one verification, in order, and how many of their runs are done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from hermes.data import DataService
from hermes.data.bars import day_of_us
from hermes.engine import BacktestRequest
from hermes.research.verify import engines, repeat, warmup
from hermes.research.verify.findings import NOISE, TITLES, TRUNCATION, Findings, conclude
from hermes.research.verify.future import check_values
from hermes.research.verify.late import STARTS
from hermes.research.verify.replay import Fill, Stage, check_fills, choose_moments
from hermes.research.verify.replay import differences_of_runs as differences_of_replays
from hermes.research.verify.report import Check, Outcome
from hermes.research.verify.request import VerifyRequest
from hermes.research.verify.sampling import choose_cuts, every_cut
from hermes.research.verify.subject import Columns, Subject, gives_targets
from hermes.strategy import Strategy

Progress = Callable[[str, int, int], None]
"""Takes what is being checked, how many runs are done, and how many there are."""

_REPLAY_SHARE = 6
"""A run in event mode takes a hundred times as long as one of expressions, so its sample is smaller by this. Each cut
compares every fill before it, and a strategy that is handed bar after bar has few ways to know more."""

_LATER = {**TITLES, engines.NAME: engines.TITLE, warmup.NAME: warmup.TITLE}


@dataclass(frozen=True)
class _Values:
    """The targets and indicators of one symbol, and the rows after which the future is changed."""

    subject: Subject
    whole: Columns
    cuts: Sequence[int]


@dataclass(frozen=True)
class _Replay:
    """The fills of all symbols in event mode, and the bars after which the future is changed."""

    stage: Stage
    whole: Sequence[Fill]
    cuts: Sequence[datetime]


@dataclass
class Plan:
    """What is checked of a strategy: `values` where it has columns, `replays` (one or none) where it has `on_bar`."""

    request: VerifyRequest
    strategy: Strategy
    subjects: Sequence[Subject]
    data: DataService
    run: BacktestRequest
    values: Sequence[_Values]
    replays: Sequence[_Replay]
    progress: Progress | None
    done: int = 0
    title: str = ""

    @classmethod
    def of(
        cls,
        request: VerifyRequest,
        strategy: Strategy,
        subjects: Sequence[Subject],
        data: DataService,
        progress: Progress | None,
    ) -> Self:
        """Make the runs on the whole history, and choose the bars after which the future is changed.

        Raises StrategyError where the strategy breaks on the whole history.
        """
        run = BacktestRequest(
            symbols=tuple(each.symbol for each in subjects),
            strategy=request.strategy,
            mode="event",
            timeframe=request.timeframe,
            product=request.product,
            start_date=min(day_of_us(each.bars["timestamp"].to_physical()[each.start]) for each in subjects),
        )
        has_columns = gives_targets(strategy) or bool(strategy.indicators())
        values = [_values(request, each) for each in subjects] if has_columns else []
        replays = [_replay(request, Stage(run, strategy, subjects, data))] if strategy.sees_bars() else []
        return cls(request, strategy, subjects, data, run, values, replays, progress)

    @property
    def cuts_of_symbols(self) -> list[int]:
        """Bars of each symbol after which the future is changed."""
        together = sum(len(each.cuts) for each in self.replays)
        alone = [len(each.cuts) for each in self.values] or [0] * len(self.subjects)
        return [max(each, together) for each in alone]

    def checks(self) -> Iterator[Check]:
        """One check after the other; where equal runs differ, the rest is not made."""
        again = self._repeat()
        yield again
        if again.outcome is Outcome.FAILED:
            for name in _LATER:
                yield _skipped(name, "Not made: where equal runs differ, a difference tells nothing.")
            return
        yield self._future(TRUNCATION)
        yield self._future(NOISE)
        yield self._engines()
        yield self._warmup()

    def _repeat(self) -> Check:
        differences = [found for each in self.values for found in repeat.differences_of_runs(each.subject, each.whole)]
        differences += [found for each in self.replays for found in differences_of_replays(each.stage, each.whole)]
        return repeat.conclude(differences)

    def _future(self, name: str) -> Check:
        self.title = TITLES[name]
        seed = self.request.seed
        found: list[Findings] = [
            check_values(name, each.subject, each.whole, each.cuts, seed, self._step) for each in self.values
        ]
        found += [check_fills(name, each.stage, each.whole, each.cuts, seed, self._step) for each in self.replays]
        return conclude(name, found)

    def _engines(self) -> Check:
        self.title = engines.TITLE
        reason = engines.reason_to_skip(self.strategy)
        if reason is not None:
            return _skipped(engines.NAME, reason)
        differences = []
        for each in self.subjects:
            alone = self.run.model_copy(update={"symbols": (each.symbol,)})
            differences += engines.check_engines(each, alone, self.data)
            self._step()
        return engines.conclude(differences, sum(each.bars.height - each.start for each in self.subjects))

    def _warmup(self) -> Check:
        self.title = warmup.TITLE
        if not gives_targets(self.strategy):
            return _skipped(warmup.NAME, "It gives no targets in column form, whose warm-up could be compared.")
        return warmup.conclude([warmup.check_warmup(each, self._step) for each in self.subjects])

    def _step(self) -> None:
        self.done += 1
        if self.progress:
            cuts = sum(len(each.cuts) for each in self.values) + sum(len(each.cuts) for each in self.replays)
            runs = 2 * cuts
            if engines.reason_to_skip(self.strategy) is None:
                runs += len(self.subjects)
            if gives_targets(self.strategy):
                runs += STARTS * len(self.subjects)
            self.progress(self.title, self.done, runs)


def _values(request: VerifyRequest, subject: Subject) -> _Values:
    whole = subject.columns(subject.bars)
    if request.full:
        return _Values(subject, whole, every_cut(subject, whole))
    return _Values(subject, whole, choose_cuts(subject, whole, request.samples, request.seed))


def _replay(request: VerifyRequest, stage: Stage) -> _Replay:
    whole = stage.fills(stage.whole)
    samples = max(1, request.samples // _REPLAY_SHARE)
    return _Replay(stage, whole, choose_moments(stage, whole, samples, request.seed, full=request.full))


def _skipped(name: str, reason: str) -> Check:
    return Check(name=name, title=_LATER[name], outcome=Outcome.SKIPPED, summary=reason)
