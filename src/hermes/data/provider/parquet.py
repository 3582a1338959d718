"""One Parquet file of bars: its footer, its columns under whatever name, and a scan that decodes only what is asked."""

from typing import Final

import polars as pl

from hermes.data.bars import BAR_SCHEMA
from hermes.data.provider.base import Span, StoredFile
from hermes.errors import DataError

# What Polars raises for a file that it cannot read; of some spoilt ones its readers say that they did not expect them.
READ_ERRORS: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
_STAMP_NAMES: Final = ("timestamp", "datetime", "date", "time", "ts")
_REQUIRED: Final = ("timestamp", "open", "high", "low", "close", "volume")
_REMEDY: Final = "Import it with `hermes data import`, which writes the layout that is read here."


def read_metadata(file: StoredFile) -> dict[str, str]:
    """Key-value metadata of the file's footer. Raises DataError where it is no Parquet file."""
    try:
        return pl.read_parquet_metadata(file.path)
    except READ_ERRORS as error:
        raise unreadable(file, error) from None


def scan_bars(file: StoredFile, symbol: str, columns: tuple[str, ...], span: Span | None = None) -> pl.LazyFrame:
    """A lazy frame of `columns` of BAR_SCHEMA; row groups outside `span` and other columns are not decoded.

    Column names count without regard to case, the time stamp may have any unit and any time zone, numbers any width; a
    missing `oi` is 0 and `symbol` is the series' own. Raises DataError where the file holds no bars.
    """
    scan = pl.scan_parquet(file.path, hive_partitioning=False, glob=False)
    try:
        schema = scan.collect_schema()
    except READ_ERRORS as error:
        raise unreadable(file, error) from None
    found = _columns(file, schema)
    stamp = found["timestamp"]
    zoned = schema[stamp]
    if span is not None:
        # Bounds in the file's own unit and zone, so that they compare with its row groups' statistics as they are.
        low, high = (pl.lit(each).cast(pl.Datetime("us", "UTC")) for each in (span.start_us, span.end_us))
        scan = scan.filter((pl.col(stamp) >= low.cast(zoned)) & (pl.col(stamp) < high.cast(zoned)))
    picked = []
    for name in columns:
        if name == "symbol":
            picked.append(pl.lit(symbol).alias("symbol"))
        elif name in found:
            # A volume of NaN has no whole number: it becomes null, which the quality guard reports.
            picked.append(pl.col(found[name]).cast(BAR_SCHEMA[name], strict=False).alias(name))
        else:
            picked.append(pl.lit(0, dtype=BAR_SCHEMA[name]).alias(name))
    return scan.select(picked)


def unreadable(file: StoredFile, error: BaseException) -> DataError:
    """The error for a file that is empty, cut short, or no Parquet file at all."""
    if file.size == 0:
        return DataError(f"{file.path} is empty (0 bytes). Delete it, or import its bars again.")
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(
        f"{file.path} cannot be read as Parquet ({reason}). It may be cut short or another kind of file: "
        "delete it, or import its bars again."
    )


def _columns(file: StoredFile, schema: pl.Schema) -> dict[str, str]:
    """The file's own name of each column of BAR_SCHEMA."""
    by_folded = {name.strip().lower(): name for name in schema}
    found = {name: by_folded[name] for name in BAR_SCHEMA if name in by_folded}
    if "timestamp" not in found:
        stamp = next((by_folded[each] for each in _STAMP_NAMES if each in by_folded), None)
        if stamp is not None:
            found["timestamp"] = stamp
    missing = [name for name in _REQUIRED if name not in found]
    if missing:
        raise DataError(
            f"{file.path} holds no bars: it has no column {', '.join(missing)}"
            f" (its columns: {', '.join(schema) or 'none'}). {_REMEDY}"
        )
    zoned = schema[found["timestamp"]]
    if not isinstance(zoned, pl.Datetime) or zoned.time_zone is None:
        raise DataError(
            f"{file.path}: column {found['timestamp']!r} is {zoned}, "
            f"but time stamps must say their time zone. {_REMEDY}"
        )
    for name in (*_REQUIRED[1:], "oi"):
        if name in found and not schema[found[name]].is_numeric():
            raise DataError(f"{file.path}: column {found[name]!r} is {schema[found[name]]}, not numbers. {_REMEDY}")
    return found
