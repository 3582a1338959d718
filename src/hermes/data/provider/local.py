"""Bars in Parquet files of one folder: SYMBOL.parquet, or one file a year in SYMBOL/."""

import os
import stat
from pathlib import Path
from typing import Final

import polars as pl

from hermes.data.bars import day_of_us, empty_bars
from hermes.data.provider.base import SeriesFacts, Span, StoredFile, StoredSeries, span_of_days
from hermes.data.provider.parquet import READ_ERRORS, read_metadata, scan_bars, unreadable
from hermes.data.provider.stated import ADJUSTED_KEY, INTERVAL_KEY, ORIGIN_KEY, agreed
from hermes.errors import DataError, UsageError
from hermes.market.instruments import file_name, symbol_of

_SUFFIX: Final = ".parquet"


class LocalProvider:
    """Reads the bars of one folder. `interval`: the bars' length in minutes where a file does not say; None = daily."""

    def __init__(self, directory: Path, interval: int | None = 1) -> None:
        self.directory = directory
        self.interval = interval

    def symbols(self) -> list[str]:
        """Every symbol with at least one file, sorted. Names that no symbol's `file_name` gives are passed over."""
        found = (_meant(each) for each in _scan(self.directory) if _is_named_well(each) and _has_bars(each))
        return sorted({symbol for symbol in found if symbol is not None})

    def is_empty(self) -> bool:
        """True where the folder holds no Parquet file."""
        return not any(_has_bars(entry) for entry in _scan(self.directory))

    def misnamed(self, symbol: str) -> tuple[str, ...]:
        """Paths that are passed over although they seem to mean `symbol`, such as tcs.parquet or M&M.parquet."""
        meant = (each for each in _scan(self.directory) if _meant(each) == symbol)
        return tuple(sorted(each.path for each in meant if not _is_named_well(each) and _has_bars(each)))

    def series(self, symbol: str) -> StoredSeries | None:
        """The files of `symbol` as they are now. Raises DataError where it is stored in both layouts at once."""
        stem = os.path.join(self.directory, file_name(symbol))  # noqa: PTH118 - called for every request
        try:
            yearly = [_stored(entry.path, entry.stat()) for entry in os.scandir(stem) if _is_parquet(entry)]
        except (FileNotFoundError, NotADirectoryError):
            yearly = []
        except OSError as error:
            raise DataError(f"{stem} cannot be read: {error.strerror}.") from None
        try:
            status = os.stat(stem + _SUFFIX)  # noqa: PTH116
            single = [_stored(stem + _SUFFIX, status, limited=False)] if stat.S_ISREG(status.st_mode) else []
        except FileNotFoundError:
            single = []
        if single and yearly:
            raise DataError(
                f"{symbol} is stored twice, in {stem}{_SUFFIX} and in the folder {stem}. Remove one of them."
            )
        files = single or sorted(yearly, key=lambda each: each.path)
        return StoredSeries.of(symbol, tuple(files)) if files else None

    def facts(self, series: StoredSeries) -> SeriesFacts:
        """Rows, first and last time stamp and origin, from footers and the time-stamp column alone.

        Raises DataError for a file that cannot be read, where files state different intervals or adjustments,
        where one that is named by a year holds bars of another, and where a time stamp is out of all reason.
        """
        said = agreed(series.symbol, {each.path: read_metadata(each) for each in series.files})
        rows, first, last = 0, None, None
        for each in series.files:
            scan = scan_bars(each, series.symbol, ("timestamp",))
            stamp = pl.col("timestamp").to_physical()
            found = _collect(each, scan.select(stamp.len(), stamp.min().alias("first"), stamp.max().alias("last")))
            count, low, high = found.row(0)
            rows += count
            if low is not None:
                _check_stamps(each, low, high)
                first = low if first is None else min(first, low)
                last = high if last is None else max(last, high)
        interval = self.interval
        if interval is not None and said.get(INTERVAL_KEY, "").isdigit():
            interval = int(said[INTERVAL_KEY])
        return SeriesFacts(
            rows=rows,
            first_us=first,
            last_us=last,
            origin=said.get(ORIGIN_KEY, ""),
            adjusted=said.get(ADJUSTED_KEY, "false") == "true",
            interval=interval,
        )

    def read(self, series: StoredSeries, span: Span | None, columns: tuple[str, ...]) -> pl.DataFrame:
        """Rows of `span` in file order; yearly files of other years are not even opened."""
        wanted = series.files
        if span is not None:
            first, last = day_of_us(span.start_us).year, day_of_us(span.end_us - 1).year
            wanted = tuple(each for each in series.files if each.year is None or first <= each.year <= last)
        frames = [_collect(each, scan_bars(each, series.symbol, columns, span)) for each in wanted]
        if not frames:
            return empty_bars(columns)
        return frames[0] if len(frames) == 1 else pl.concat(frames)


def _collect(file: StoredFile, scan: pl.LazyFrame) -> pl.DataFrame:
    try:
        return scan.collect()
    except READ_ERRORS as error:
        raise unreadable(file, error) from None


def _check_stamps(file: StoredFile, first: int, last: int) -> None:
    if not span_of_days(None, None).covers(Span(first, last + 1)):
        raise DataError(
            f"{file.path} holds time stamps outside the years 1800 to 2200. They may be in another unit than the file "
            "says: import its bars with `hermes data import`."
        )
    for stamp in (first, last):
        year = day_of_us(stamp).year
        if file.year is not None and year != file.year:
            raise DataError(
                f"{file.path} holds bars of {year} too, which a read of {year} alone would not find. "
                "Rename it to something other than a year, or import its bars with `hermes data import`."
            )


def _stored(path: str, status: os.stat_result, *, limited: bool = True) -> StoredFile:
    stem = os.path.basename(path).removesuffix(_SUFFIX)  # noqa: PTH119
    year = int(stem) if limited and len(stem) == 4 and stem.isdigit() else None
    return StoredFile(path, status.st_size, status.st_mtime_ns, year)


def _scan(directory: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"{directory} cannot be read: {error.strerror}.") from None


def _meant(entry: "os.DirEntry[str]") -> str | None:
    try:
        return symbol_of(entry.name.removesuffix(_SUFFIX))
    except UsageError:
        return None


def _is_named_well(entry: "os.DirEntry[str]") -> bool:
    symbol = _meant(entry)
    return symbol is not None and entry.name == file_name(symbol) + (_SUFFIX if entry.is_file() else "")


def _has_bars(entry: "os.DirEntry[str]") -> bool:
    return _is_parquet(entry) or (not entry.name.startswith(".") and entry.is_dir() and _holds_parquet(entry.path))


def _is_parquet(entry: "os.DirEntry[str]") -> bool:
    return entry.name.endswith(_SUFFIX) and not entry.name.startswith(".") and entry.is_file()


def _holds_parquet(directory: str) -> bool:
    try:
        with os.scandir(directory) as entries:
            return any(_is_parquet(each) for each in entries)
    except OSError as error:
        raise DataError(f"{directory} cannot be read: {error.strerror}.") from None
