"""The whole way of a verification: request, bars, checks, report."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from hermes.data import DataService
from hermes.data.bars import day_of_us, day_start_us
from hermes.engine import BacktestRequest
from hermes.engine.backtest import load_from
from hermes.errors import NoDataError, UsageError
from hermes.research.verify import future, repeat, warmup
from hermes.research.verify.report import Check, Outcome, Verification, VerifiedBars
from hermes.research.verify.request import VerifyRequest
from hermes.research.verify.sampling import choose_cuts, every_cut
from hermes.research.verify.subject import Columns, Subject
from hermes.strategy import Strategy, create_strategy

Progress = Callable[[str, int, int], None]
"""Takes what is being checked, how many runs are done, and how many there are."""

DEFAULT_BARS = 7_500
"""Bars that are checked where no first day is given: 20 sessions of minutes."""
_HISTORY_FACTOR = 3
"""The warm-up's check looks so many warm-ups back."""


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
    subjects = [load(request, symbol, strategy, data) for symbol in request.symbols or (_first_symbol(data),)]
    wholes = [each.columns(each.bars) for each in subjects]
    cuts = [_cuts(request, subject, whole) for subject, whole in zip(subjects, wholes, strict=True)]
    checks = tuple(_checks(request, subjects, wholes, cuts, progress))
    return Verification(
        strategy=request.strategy,
        params=strategy.model_dump(mode="json"),
        timeframe=request.timeframe.value,
        full=request.full,
        seed=request.seed,
        bars=tuple(_described(subject, len(rows)) for subject, rows in zip(subjects, cuts, strict=True)),
        checks=checks,
    )


def _checks(
    request: VerifyRequest,
    subjects: Sequence[Subject],
    wholes: Sequence[Columns],
    cuts: Sequence[Sequence[int]],
    progress: Progress | None,
) -> Iterator[Check]:
    runs = 2 * sum(map(len, cuts)) + warmup.STARTS * len(subjects)
    done = 0
    title = repeat.TITLE

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(title, done, runs)

    both = list(zip(subjects, wholes, strict=True))
    again = repeat.conclude([each for pair in both for each in repeat.differences_of_runs(*pair)], "The strategy")
    yield again
    if again.outcome is Outcome.FAILED:
        reason = "Not made: where equal runs differ, a difference tells nothing."
        for name, title in ({**future.TITLES, warmup.NAME: warmup.TITLE}).items():
            yield Check(name=name, title=title, outcome=Outcome.SKIPPED, summary=reason)
        return
    for name in (future.TRUNCATION, future.NOISE):
        title = future.TITLES[name]
        found = [
            future.check_future(name, subject, whole, rows, request.seed, step)
            for (subject, whole), rows in zip(both, cuts, strict=True)
        ]
        yield future.conclude(name, found)
    title = warmup.TITLE
    yield warmup.conclude([warmup.check_warmup(each, step) for each in subjects])


def load(request: VerifyRequest, symbol: str, strategy: Strategy, data: DataService) -> Subject:
    """The bars of `symbol` that the request names, with those before them that a backtest would load to warm up.

    Raises as `DataService.get_market_data` does, and NoDataError where fewer than two bars are left.
    """
    source = data.describe(symbol, request.timeframe)
    last_day = request.end_date or source.last_day
    if source.first_day is None or last_day is None:
        raise NoDataError(f"The files of {symbol} hold no bars.")
    first_day = request.start_date
    if first_day is None:
        first_day = _default_first_day(data, symbol, last_day, request)
    plan = BacktestRequest(symbol=symbol, strategy=request.strategy, timeframe=request.timeframe, start_date=first_day)
    warm_day = load_from(plan, strategy) or first_day
    far = max(source.first_day, first_day - _HISTORY_FACTOR * (first_day - warm_day) - timedelta(days=1))
    history = data.get_market_data(symbol, far, request.end_date, request.timeframe)
    stamps = history.get_column("timestamp").to_physical().to_numpy()
    warm, start = (int(np.searchsorted(stamps, day_start_us(day))) for day in (warm_day, first_day))
    if len(stamps) - start < 2:
        raise NoDataError(
            f"{symbol} has fewer than two {request.timeframe} bars from {first_day} to {last_day}. "
            f"Stored: {source.first_day} to {source.last_day}."
        )
    return Subject(symbol, strategy, request.timeframe, history[warm:], start - warm, history, source)


def _default_first_day(data: DataService, symbol: str, last_day: date, request: VerifyRequest) -> date:
    stamps = data.get_market_data(symbol, None, last_day, request.timeframe, ["timestamp"]).get_column("timestamp")
    physical: pl.Series = stamps.to_physical()
    return day_of_us(physical[max(0, len(physical) - DEFAULT_BARS)])


def _first_symbol(data: DataService) -> str:
    known = data.list_instruments()
    if not known:
        raise NoDataError(
            f"No bars are stored in {data.settings.data_root}: run `hermes data sample` or `hermes data import`."
        )
    return known[0].symbol


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
