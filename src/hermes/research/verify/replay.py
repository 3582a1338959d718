"""A strategy with `on_bar` in event mode: do its fills stay as they are when the future changes, and when run again?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

import numpy as np
import polars as pl

from hermes.data import DataService
from hermes.engine import BacktestRequest, run_backtest
from hermes.errors import HermesError, StrategyError
from hermes.market import IST
from hermes.research.verify.findings import NOISE, Findings
from hermes.research.verify.future import Step, noisy
from hermes.research.verify.pinned import PinnedBars
from hermes.research.verify.report import Difference
from hermes.research.verify.subject import Subject, fresh
from hermes.strategy import Strategy

_END = "end_of_data"
_NOISE_BARS = 400
"""Bars of noise after a cut: a session of minutes and more, and less to run than all that is left."""
Fill = dict[str, Any]
"""A row of `BacktestResult.fills`."""


@dataclass(frozen=True)
class Stage:
    """A strategy, the symbols it trades together, and the run they are given."""

    request: BacktestRequest
    strategy: Strategy
    subjects: Sequence[Subject]
    data: DataService

    def fills(self, bars: Mapping[str, pl.DataFrame], strategy: Strategy | None = None) -> list[Fill]:
        """The fills of a run on `bars` by symbol, in order, without those that the end of the data makes.

        Raises StrategyError for what the strategy's code raises.
        """
        pinned = PinnedBars(self.data, self.request.timeframe, bars)
        try:
            result = run_backtest(self.request, pinned, strategy or fresh(self.strategy))
        except HermesError:
            raise
        except (Exception, SystemExit) as error:
            name = type(self.strategy).__name__
            raise StrategyError(f"{name} failed: {type(error).__name__}: {error}") from error
        return [each for each in result.fills.drop("bar").iter_rows(named=True) if each["reason"] != _END]

    @property
    def whole(self) -> dict[str, pl.DataFrame]:
        """All bars by symbol."""
        return {each.symbol: each.bars for each in self.subjects}


def check_fills(
    name: str, stage: Stage, whole: Sequence[Fill], cuts: Sequence[datetime], seed: int, step: Step
) -> Findings:
    """Run the strategy with the future after each of `cuts` (starts of bars, UTC) gone (TRUNCATION) or noise (NOISE),
    and compare the fills of the bars before the cut. `step` is called after each run."""
    found = Findings("fill", compared=len(whole))
    noise = {each.symbol: noisy(each.bars, seed) for each in stage.subjects} if name == NOISE else None
    for cut in cuts:
        found.cuts += 1
        try:
            part = stage.fills(_changed_after(stage, cut, noise))
        except StrategyError as error:
            found.fail(cut, error, early=False)
        else:
            until = cut if noise else _known_until(stage, cut)
            difference = first_difference(_before(whole, until), _before(part, until))
            if difference is not None:
                found.changed += 1
                found.note(_seen_from(stage, difference, cut))
        step()
    return found


def differences_of_runs(stage: Stage, whole: Sequence[Fill]) -> list[Difference]:
    """The first fill at which a second run differs: by an object that has run before, or by one made anew."""
    used = fresh(stage.strategy)
    again = [stage.fills(stage.whole, used), stage.fills(stage.whole, used)]
    found = [first_difference(whole, other) for other in again]
    return [each for each in found if each is not None][:1]


def choose_moments(stage: Stage, whole: Sequence[Fill], samples: int, seed: int, *, full: bool) -> list[datetime]:
    """Bars at which the future is changed: of those after the first day's start at which every symbol has a bar behind
    it, all, or bars of fills and the ones before them, edges of sessions and any others in equal parts."""
    starts = [each.time(each.start) for each in stage.subjects]
    times = pl.concat(each.bars.get_column("timestamp") for each in stage.subjects).unique().sort()
    usable = times.filter((times > max(starts)) & (times < times[-1]))
    if full or len(usable) <= samples:
        return usable.to_list()
    generator = np.random.default_rng(seed)
    days = usable.dt.convert_time_zone("Asia/Kolkata").dt.date()
    edges = np.flatnonzero((days != days.shift(1)).fill_null(value=True).to_numpy())
    filled = usable.search_sorted(pl.Series([each["timestamp"] for each in whole], dtype=usable.dtype)).to_numpy()
    pools = [
        np.concatenate((filled, filled - 1, filled + 1)),
        np.concatenate((edges, edges - 1)),
        np.arange(len(usable)),
    ]
    chosen: set[int] = set()
    for place, pool in enumerate(pools):
        room = (samples - len(chosen)) // (len(pools) - place)
        free = np.setdiff1d(pool[(pool >= 0) & (pool < len(usable))], list(chosen))
        chosen |= set(generator.choice(free, min(room, len(free)), replace=False).tolist())
    return [usable[row] for row in sorted(chosen)]


def first_difference(whole: Sequence[Fill], other: Sequence[Fill]) -> Difference | None:
    """The first place at which two lists of fills differ, in any column; None where they are equal."""
    for one, two in zip_longest(whole, other):
        if one != two:
            earlier = min((each for each in (one, two) if each), key=lambda each: each["timestamp"])
            return Difference(
                symbol=earlier["symbol"],
                timestamp=earlier["timestamp"],
                column="fill",
                whole=_in_words(one),
                other=_in_words(two),
            )
    return None


def _before(fills: Sequence[Fill], cut: datetime) -> list[Fill]:
    return [each for each in fills if each["timestamp"] < cut]


def _known_until(stage: Stage, cut: datetime) -> datetime:
    """The moment up to which a run that ends at `cut` is the whole run. A symbol without a bar at the cut ends earlier,
    and a position that may not be carried overnight is squared off at that bar, as at the last of any session."""
    day = cut.astimezone(IST).date()
    lasts = (bars.filter(pl.col("timestamp") <= cut).get_column("timestamp") for bars in stage.whole.values())
    of_the_day = [each[-1] for each in lasts if len(each) and each[-1].astimezone(IST).date() == day]
    return min(of_the_day, default=cut)


def _changed_after(stage: Stage, cut: datetime, noise: Mapping[str, pl.DataFrame] | None) -> dict[str, pl.DataFrame]:
    past = {symbol: bars.filter(pl.col("timestamp") <= cut) for symbol, bars in stage.whole.items()}
    if noise is None:
        return past
    return {symbol: pl.concat([bars, noise[symbol][bars.height :][:_NOISE_BARS]]) for symbol, bars in past.items()}


def _seen_from(stage: Stage, difference: Difference, cut: datetime) -> Difference:
    stamps = next(each for each in stage.subjects if each.symbol == difference.symbol).bars.get_column("timestamp")
    ahead = int(stamps.search_sorted(cut, side="right") - stamps.search_sorted(difference.timestamp))
    return difference.model_copy(update={"known_until": cut, "bars_ahead": ahead})


def _in_words(fill: Fill | None) -> str | None:
    return None if fill is None else f"{fill['side']} {fill['quantity']:g} at {fill['price']:.2f}, {fill['reason']}"
