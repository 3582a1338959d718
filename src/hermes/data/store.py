"""Writing bars: one Parquet file a year and symbol, each replaced whole or not at all."""

import os
import secrets
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from hermes.data.bars import BAR_COLUMNS, BAR_SCHEMA, local_day
from hermes.data.provider import LocalProvider
from hermes.data.provider.base import StoredFile
from hermes.data.provider.parquet import READ_ERRORS, read_metadata, scan_bars, unreadable
from hermes.data.provider.stated import ADJUSTED_KEY, INTERVAL_KEY, ORIGIN_KEY, agreed
from hermes.data.quality import one_a_stamp
from hermes.errors import DataError
from hermes.market.instruments import file_name, validate_symbol

if sys.platform != "win32":
    import fcntl

# About a quarter of a year of minutes: a request for days decodes at most that much more than it asks for.
_ROW_GROUP: Final = 25_000
# Never removed: a writer that waits for it would then hold another file than the next one that comes.
_LOCK_NAME: Final = ".lock"


def write_bars(
    frame: pl.DataFrame,
    directory: Path,
    symbol: str,
    origin: str,
    adjusted: bool = False,
    *,
    interval: int | None = 1,
    replace: bool = False,
) -> list[Path]:
    """Write bars of one symbol to `directory`/SYMBOL/YEAR.parquet and return the files written, oldest first.

    `frame` has BAR_SCHEMA's columns (`symbol` may be missing; any order of rows; of equal time stamps the last good row
    stays, the last one where none is). A year that is stored already is merged, new rows win unless they are bad; with
    `replace` it is overwritten. Each file is written beside its place, forced to disk and renamed, so a reader sees the
    old one or the new one; a second writer of the symbol waits for the first (not on Windows). `origin` says where the
    bars come from, `interval` their length in minutes (None = daily); both go into the file's metadata.
    Raises DataError where the folder cannot be written, or where the symbol's stored bars, of whatever year, have
    another interval or adjustment, or are synthetic and the new ones are not.
    """
    symbol = validate_symbol(symbol)
    check_writable(directory, symbol)
    folder = directory / file_name(symbol)
    metadata = _metadata(origin, adjusted, interval)
    bars = frame.with_columns(pl.lit(symbol).alias("symbol"))
    if "oi" not in bars.columns:
        bars = bars.with_columns(pl.lit(0, dtype=pl.Int64).alias("oi"))
    bars = bars.select(pl.col(name).cast(dtype) for name, dtype in BAR_SCHEMA.items())
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_writer(folder):
            overwritten = bars.select(local_day().dt.year()).to_series().unique().to_list() if replace else []
            check_mixable(directory, symbol, origin, adjusted, interval=interval, overwritten=overwritten)
            for (year,), part in bars.group_by(local_day().dt.year(), maintain_order=True):
                path = folder / f"{year}.parquet"
                merged = part if replace or not path.exists() else pl.concat([_stored(path, symbol), part])
                _write_atomically(one_a_stamp(merged), path, metadata)
                written.append(path)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written: {error.strerror or error}. Nothing half-written is left."
        ) from None
    return sorted(written)


def check_writable(directory: Path, symbol: str) -> None:
    """Raise DataError where bars of `symbol` could not be written below `directory`."""
    folder = directory / file_name(symbol)
    single = directory / f"{file_name(symbol)}.parquet"
    if single.exists():
        raise DataError(f"{symbol} is stored in {single}; move that file away before writing yearly files beside it.")
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if not existing.is_dir():
        raise DataError(f"{folder} cannot be written: {existing} is a file.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise DataError(f"{folder} cannot be written: no permission to write into {existing}.")


def check_mixable(
    directory: Path,
    symbol: str,
    origin: str,
    adjusted: bool = False,
    *,
    interval: int | None = 1,
    overwritten: Collection[int] = (),
) -> None:
    """Raise DataError where new bars of `symbol` do not fit the ones that are stored below `directory`.

    The arguments are those of `write_bars`; files of the years in `overwritten` do not matter. No file may be
    unreadable, hold something other than bars, or state another interval or adjustment; and all or none are synthetic.
    """
    series = LocalProvider(directory).series(symbol)
    files = [] if series is None else [each for each in series.files if each.year not in overwritten]
    said = {each.path: read_metadata(each) for each in files}
    for each in files:
        scan_bars(each, symbol, BAR_COLUMNS)
    agreed(symbol, said | {"the new bars": _metadata(origin, adjusted, interval)})


def _metadata(origin: str, adjusted: bool, interval: int | None) -> dict[str, str]:
    return {
        ORIGIN_KEY: origin,
        ADJUSTED_KEY: "true" if adjusted else "false",
        INTERVAL_KEY: "1d" if interval is None else str(interval),
    }


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Hold back other writers of `folder`, threads and processes, from reading what is stored until it is replaced."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # Closing gives the lock back, and so does the end of the process.
        os.close(handle)


def _stored(path: Path, symbol: str) -> pl.DataFrame:
    status = path.stat()
    file = StoredFile(str(path), status.st_size, status.st_mtime_ns)
    try:
        return scan_bars(file, symbol, BAR_COLUMNS).collect()
    except READ_ERRORS as error:
        raise unreadable(file, error) from None


def _write_atomically(bars: pl.DataFrame, path: Path, metadata: dict[str, str]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as sink:
            bars.write_parquet(
                sink, compression="zstd", statistics=True, row_group_size=_ROW_GROUP, metadata=dict(metadata)
            )
            sink.flush()
            os.fsync(sink.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    # The rename itself must survive a power cut too.
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
