"""Between Polars and the compiled kernels: sources as expressions, null as NaN, parameters checked."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.errors import UsageError

Floats = npt.NDArray[np.float64]
Source = str | pl.Expr


def column(source: Source) -> pl.Expr:
    """The source as an expression; a string is the name of a column."""
    return pl.col(source) if isinstance(source, str) else source


def known(source: Source) -> pl.Expr:
    """The source as Float64, null where it is NaN or infinite: neither is a value, and both would spread."""
    value = column(source).cast(pl.Float64)
    return pl.when(value.is_finite()).then(value)


def kernel_column(kernel: Callable[..., Floats], sources: Sequence[Source], *parameters: float) -> pl.Expr:
    """A Float64 expression that runs `kernel(*arrays, *parameters)` over whole columns.

    Null and infinite values reach the kernel as NaN, and a NaN of the kernel becomes null. Not row by row: never use
    under `over` with groups that are not whole series.
    """

    def run(series: Sequence[pl.Series]) -> pl.Series:
        return nan_to_null(kernel(*(_array(each) for each in series), *parameters))

    return pl.map_batches([column(each) for each in sources], run, return_dtype=pl.Float64)


def _array(series: pl.Series) -> Floats:
    array = series.cast(pl.Float64).to_numpy()
    infinite = np.isinf(array)
    if infinite.any():
        # A running sum would never lose it again.
        array = np.where(infinite, np.nan, array)
    # One memory layout only: a column with nulls comes as a writable copy, and Numba would compile for it anew.
    array.flags.writeable = False
    return array


def nan_to_null(values: Floats) -> pl.Series:
    """The values as a column in which NaN is null."""
    return pl.Series(values, nan_to_null=True)


def known_ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """numerator / denominator, and null where the denominator is zero: undefined is never a made-up number."""
    return pl.when(denominator != 0).then(numerator / denominator)


def checked_period(indicator: str, period: int, least: int = 1) -> int:
    """The period itself. Raises UsageError when it is less than `least` bars or no whole number."""
    if isinstance(period, bool) or not isinstance(period, int) or period < least:
        raise UsageError(f"{indicator}: a period must be a whole number of at least {least} bars, not {period!r}.")
    return period
