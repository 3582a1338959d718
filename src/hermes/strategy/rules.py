"""Rules that turn conditions into targets: crossings, and the latch that holds a position between two events."""

import polars as pl


def crosses_above(left: pl.Expr, right: pl.Expr | float) -> pl.Expr:
    """True on the bar where `left` rises above `right` after having been at or below it on the bar before.

    Boolean column of the bars' length; null where that cannot be known: a side is null on this bar, or was null on
    the bar before one on which the comparison holds.
    """
    above = left > right
    return above & ~above.shift(1)


def crosses_below(left: pl.Expr, right: pl.Expr | float) -> pl.Expr:
    """True on the bar where `left` falls below `right` after having been at or above it on the bar before.

    Boolean column of the bars' length; null where that cannot be known: a side is null on this bar, or was null on
    the bar before one on which the comparison holds.
    """
    below = left < right
    return below & ~below.shift(1)


def latch(
    enter: pl.Expr,
    exit: pl.Expr,  # noqa: A002  the word every author looks for
    *,
    enter_short: pl.Expr | None = None,
    exit_short: pl.Expr | None = None,
) -> pl.Expr:
    """The target of a position that is entered on one event and held until another.

    `enter` gives 1 until `exit` gives 0; `enter_short` gives -1 until `exit_short` gives 0. An entry on the other side
    reverses. The exit of a side that is not held does nothing. A side's exit on the bar of its entry wins, and with
    both entries on one bar the long one wins. A null condition counts as false.

    Returns an Int8 expression: null before the first event, then 1, 0 or -1 on every bar.
    """
    if enter_short is None:
        return _held(enter, exit)
    leave_short = pl.lit(value=False) if exit_short is None else exit_short
    enters_long = enter & ~exit.fill_null(value=False)
    enters_short = enter_short & ~leave_short.fill_null(value=False) & ~enters_long.fill_null(value=False)
    long = _held(enters_long, _either(exit, enters_short))
    short = _held(enters_short, _either(leave_short, enters_long))
    return pl.when(long.is_not_null() | short.is_not_null()).then(
        long.fill_null(0) - short.fill_null(0),
    )


def _either(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return one.fill_null(value=False) | other.fill_null(value=False)


def _held(enter: pl.Expr, leave: pl.Expr) -> pl.Expr:
    event = (
        pl.when(leave).then(pl.lit(0, pl.Int8)).when(enter).then(pl.lit(1, pl.Int8)).otherwise(pl.lit(None, pl.Int8))
    )
    return event.forward_fill()
