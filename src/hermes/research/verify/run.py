"""The whole way of a verification: request, bars, checks, report."""

from typing import Any

from hermes.data import DataService
from hermes.data.bars import day_of_us
from hermes.errors import StrategyError, UsageError
from hermes.research.verify.load import load
from hermes.research.verify.plan import Plan, Progress
from hermes.research.verify.report import Verification, VerifiedBars
from hermes.research.verify.request import VerifyRequest
from hermes.research.verify.subject import Subject, gives_targets
from hermes.strategy import Strategy, create_strategy


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
    if not gives_targets(strategy) and not strategy.sees_bars():
        raise StrategyError(f"{type(strategy).__name__} defines neither signals() nor on_bar(): it trades nothing.")
    subjects = load(request, strategy, data)
    plan = Plan.of(request, strategy, subjects, data, progress)
    return Verification(
        strategy=request.strategy,
        params=strategy.model_dump(mode="json"),
        timeframe=request.timeframe.value,
        full=request.full,
        seed=request.seed,
        bars=tuple(_described(subject, cuts) for subject, cuts in zip(subjects, plan.cuts_of_symbols, strict=True)),
        checks=tuple(plan.checks()),
    )


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
