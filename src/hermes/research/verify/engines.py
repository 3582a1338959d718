"""Do the vector engine and the event engine give the same, to the last bit?"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from hermes.data import DataService
from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.market import Product
from hermes.research.verify.pinned import PinnedBars
from hermes.research.verify.report import Check, Difference, Outcome
from hermes.research.verify.subject import Columns, Subject, fresh
from hermes.strategy import Strategy

NAME = "engines"
TITLE = "Vector and event mode"
_FRAMES = ("fills", "trades", "equity")
_EXITS = {"stop_loss_pct": 0.01, "take_profit_pct": 0.02, "trailing_stop_pct": 0.015}


def reason_to_skip(strategy: Strategy) -> str | None:
    """Why the modes cannot be compared; None where they can."""
    if not strategy.gives_targets():
        return "It defines no signals(), so the vector engine has nothing to run."
    if strategy.sees_bars():
        return "It defines on_bar as well as signals(), and only event mode runs both."
    return None


def check_engines(subject: Subject, request: BacktestRequest, data: DataService) -> list[Difference]:
    """The first row of each frame in which the two modes differ, in a plain run and, on intraday bars, in one that
    squares off and has stops, a target and a trailing stop."""
    pinned = PinnedBars(data, request.timeframe, {subject.symbol: subject.bars})
    found: dict[str, Difference] = {}
    for each in variants(request):
        vector, event = (
            run_backtest(each.model_copy(update={"mode": mode}), pinned, fresh(subject.strategy))
            for mode in ("vector", "event")
        )
        for difference in compare(vector, event):
            found.setdefault(difference.column, difference)
    return list(found.values())


def variants(request: BacktestRequest) -> list[BacktestRequest]:
    """The settings under which the modes are compared."""
    if not request.timeframe.intraday:
        return [request]
    plain = request.model_dump(exclude_defaults=True)
    return [request, BacktestRequest(**{**plain, "product": Product.MIS, "leverage": 2.0, "risk": _EXITS})]


def compare(vector: BacktestResult, event: BacktestResult) -> list[Difference]:
    """The first row of fills, of trades and of equity that is not bitwise equal, with its first column that is not."""
    found = []
    for name in _FRAMES:
        one, two = Columns(getattr(vector, name)), Columns(getattr(event, name))
        rows = {column: _first(one, two, column) for column in one.frame.columns}
        apart = {column: row for column, row in rows.items() if row is not None}
        if apart:
            column = min(apart, key=apart.__getitem__)
            found.append(_difference(vector, name, column, apart[column], one, two))
    return found


def conclude(differences: Sequence[Difference], bars: int) -> Check:
    """The check out of what differed on every symbol."""
    summary = f"Fills, trades and equity of {bars:,} bars are equal to the last bit."
    if differences:
        summary = "The two modes differ, which is a fault of Hermes and not of the strategy: please report it."
    outcome = Outcome.FAILED if differences else Outcome.PASSED
    return Check(name=NAME, title=TITLE, outcome=outcome, summary=summary, differences=tuple(differences))


def _first(one: Columns, two: Columns, column: str) -> int | None:
    left, right = one.arrays[column], two.arrays[column]
    length = min(len(left), len(right))
    if left.dtype.kind == "f":
        left, right = left.view(np.int64), right.view(np.int64)
    rows = np.flatnonzero(left[:length] != right[:length])
    if len(rows):
        return int(rows[0])
    return length if one.frame.height != two.frame.height else None


def _difference(vector: BacktestResult, name: str, column: str, row: int, one: Columns, two: Columns) -> Difference:
    longer = one.frame if row < one.frame.height else two.frame
    stamp = pl.Series(longer.get_column("timestamp" if "timestamp" in longer.columns else "entry_time"))[row]
    values = [each.value(column, row) if row < each.frame.height else None for each in (one, two)]
    symbol = vector.instrument.symbol
    return Difference(symbol=symbol, timestamp=stamp, column=f"{name}: {column}", whole=values[0], other=values[1])
