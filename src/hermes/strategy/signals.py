"""Evaluate a strategy's expressions on bars, and check that what comes out is a target."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from hermes.data.bars import local_day
from hermes.data.timeframe import Timeframe
from hermes.errors import StrategyError, nearest
from hermes.strategy.higher import longer_bars, place
from hermes.strategy.plot import Indicator

SIGNAL: Final = "signal"
SESSION: Final = "session"
_COLUMN_NOT_FOUND: Final = re.compile(r'unable to find column "([^"]+)"')


def evaluate(
    name: str,
    indicators: Callable[[], Mapping[str, pl.Expr | Indicator]],
    signals: Callable[[], pl.Expr],
    bars: pl.DataFrame,
) -> pl.DataFrame:
    """The bars with the indicators' columns and the Int8 column `signal`; see `Strategy.generate_signals`.

    Raises StrategyError, beginning with `name`, whatever the strategy's own code raised.
    """
    try:
        declared = _declared(indicators())
        _check_names(declared, bars)
        rule = _rule(signals())
        parts = _by_symbol(bars)
        return (
            pl.concat(_one_symbol(declared, rule, part) for part in parts)
            if len(parts) > 1
            else _one_symbol(declared, rule, bars)
        )
    except (Exception, SystemExit) as error:
        reason = _one_line(error) or type(error).__name__
        kind = "" if isinstance(error, StrategyError) else f"{type(error).__name__}: "
        raise StrategyError(f"{name} cannot give signals: {kind}{reason}") from error


def _declared(given: object) -> dict[str, Indicator]:
    """The indicators, each known to be an expression. Raises StrategyError for anything else."""
    if not isinstance(given, Mapping):
        raise StrategyError(
            "indicators() returned nothing: end it with `return` and a dictionary."
            if given is None
            else f"indicators() returned a {type(given).__name__}, not a dictionary of names and expressions."
        )
    declared = {key: each if isinstance(each, Indicator) else Indicator(each) for key, each in given.items()}
    for key, each in declared.items():
        expr: object = each.expr
        if isinstance(expr, pl.Expr):
            continue
        lines = getattr(expr, "_fields", ())
        raise StrategyError(
            f"the indicator {key!r} has several lines: give each a name of its own, such as "
            f"{', '.join(f'.{line}' for line in lines)}."
            if lines
            else f"the indicator {key!r} is {expr!r}, not an expression."
        )
    return declared


def _rule(given: object) -> pl.Expr:
    """What signals() returned. Raises StrategyError where that is no expression."""
    if isinstance(given, pl.Expr):
        return given
    raise StrategyError(
        "signals() returned nothing: end it with `return` and an expression."
        if given is None
        else f"signals() returned {given!r}, not an expression such as pl.col('close') > pl.col('open')."
    )


def _one_line(error: BaseException) -> str:
    """What the error says, without the plan of the whole query that Polars adds."""
    return " ".join(str(error).partition("Resolved plan until failure")[0].split())


def _check_names(declared: Mapping[str, Indicator], bars: pl.DataFrame) -> None:
    taken = sorted(set(declared) & {*bars.columns, SIGNAL, SESSION})
    if taken:
        raise StrategyError(f"an indicator is called {taken[0]!r}, which is a column of the bars; give it another name")


def _by_symbol(bars: pl.DataFrame) -> list[pl.DataFrame]:
    symbols = bars.get_column("symbol") if "symbol" in bars.columns and bars.height else None
    # Sorted by symbol first, so the two ends tell.
    if symbols is None or symbols[0] == symbols[-1]:
        return [bars]
    return bars.partition_by("symbol", maintain_order=True)


def _one_symbol(declared: Mapping[str, Indicator], rule: pl.Expr, bars: pl.DataFrame) -> pl.DataFrame:
    frame = bars
    for timeframe in sorted({each.timeframe for each in declared.values() if each.timeframe}):
        frame = _with_longer(frame, declared, timeframe, bars)
    own = {key: each.expr for key, each in declared.items() if each.timeframe is None}
    frame = _with_columns(frame, own, rule)
    target = _checked(frame.get_column(SIGNAL), frame)
    return bars.hstack([*map(frame.get_column, declared), target])


def _with_longer(
    frame: pl.DataFrame, declared: Mapping[str, Indicator], timeframe: Timeframe, bars: pl.DataFrame
) -> pl.DataFrame:
    wanted = {key: each.expr for key, each in declared.items() if each.timeframe is timeframe}
    longer = _with_columns(longer_bars(bars, timeframe), wanted)
    return place(frame, longer, timeframe, list(wanted))


def _with_columns(frame: pl.DataFrame, exprs: Mapping[str, pl.Expr], rule: pl.Expr | None = None) -> pl.DataFrame:
    """The frame with one column an expression, and SIGNAL by `rule`; `session` is added where one of them reads it.

    One query for all of it: each hand-over to Polars' threads costs more than a comparison of columns.
    """
    query = frame.lazy()
    readers = [*exprs.values(), *([] if rule is None else [rule])]
    if any(SESSION in each.meta.root_names() for each in readers):
        query = query.with_columns(local_day().alias(SESSION))
    for layer in _layers(exprs):
        query = query.with_columns(**layer)
    if rule is not None:
        query = query.with_columns(rule.alias(SIGNAL))
    try:
        # The streaming engine would hand each column back in pieces, which every reader of arrays then has to copy.
        return query.collect(engine="in-memory")
    except pl.exceptions.ColumnNotFoundError as error:
        raise _missing_column(error, [*frame.columns, *exprs, SESSION]) from error


def _missing_column(error: pl.exceptions.ColumnNotFoundError, known: Sequence[str]) -> Exception:
    """A sentence with the nearest column; the error itself where it does not say which column it missed."""
    named = _COLUMN_NOT_FOUND.match(str(error))
    if named is None:
        return error
    close = nearest(named[1], known)
    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    return StrategyError(f"there is no column {named[1]!r}.{hint} Known are {', '.join(dict.fromkeys(known))}.")


def _layers(exprs: Mapping[str, pl.Expr]) -> Iterator[dict[str, pl.Expr]]:
    """The expressions in an order in which each finds the ones it names already computed."""
    waiting = {key: (each, set(each.meta.root_names()) & exprs.keys()) for key, each in exprs.items()}
    while waiting:
        ready = {key: each for key, (each, needs) in waiting.items() if not needs & waiting.keys()}
        if not ready:
            raise StrategyError(f"its indicators {', '.join(map(repr, waiting))} are defined by each other")
        yield ready
        for key in ready:
            del waiting[key]


def _checked(signal: pl.Series, frame: pl.DataFrame) -> pl.Series:
    """The signal as Int8. Raises StrategyError naming the first value that is not -1, 0, 1 or null, and its bar."""
    if signal.dtype in {pl.Boolean, pl.Null}:
        return signal.cast(pl.Int8)
    if not signal.dtype.is_numeric():
        raise StrategyError(f"its targets are of type {signal.dtype}, not -1, 0, 1, null or Boolean")
    if signal.dtype.is_integer():
        least, most = signal.min(), signal.max()
        if least is None or (least >= -1 and most <= 1):  # type: ignore[operator]
            return signal.cast(pl.Int8)
    wrong = ((signal != -1) & (signal != 0) & (signal != 1)).fill_null(value=False).arg_true()
    if wrong.is_empty():
        return signal.cast(pl.Int8)
    row = wrong[0]
    where = f" at {frame['timestamp'][row]:%Y-%m-%d %H:%M} UTC" if "timestamp" in frame.columns else ""
    raise StrategyError(f"its target is {signal[row]}{where}, not -1, 0, 1, null or Boolean")
