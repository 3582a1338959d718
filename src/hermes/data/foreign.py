"""Reading a table of bars that somebody else wrote: encodings, separators, column names and forms of time."""

import re
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from hermes.data.provider.parquet import READ_ERRORS
from hermes.errors import DataError, UsageError

PRICE_COLUMNS: Final = ("open", "high", "low", "close")
_SYMBOL_NAMES: Final = ("symbol", "tradingsymbol", "ticker", "code", "stock_code")
_STAMP_NAMES: Final = ("timestamp", "datetime", "date time", "date_time", "ts", "date")
# Byte-order marks, ends of lines and blanks.
_BLANKS: Final = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_SEPARATORS: Final = (",", "\t", ";", "|")
# Day before month, as India writes it, where a form has both as numbers and the year last.
_DAYS: Final = ("%Y-%m-%d", "%d-%b-%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y%m%d")
_CLOCKS: Final = (" %H:%M:%S%.f", " %H:%M", "")
_EPOCH: Final = date(1970, 1, 1)
_FIRST_DAY: Final = date(1800, 1, 1)
_END: Final = date(2200, 1, 1)
_A_DAY: Final = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_OFFSET: Final = re.compile(r"(?:[+-]\d\d:?\d\d|Z)$")


def read_table(path: Path) -> pl.DataFrame:
    """The table in a Parquet or text file, column names stripped and in lower case, text cells stripped.

    Text may be UTF-8 or UTF-16 with a byte-order mark, separated by comma, tab, semicolon or bar. Raises DataError
    where it cannot be read or is empty, UsageError where there is no such file.
    """
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    if not raw.strip(_BLANKS):
        raise DataError(f"{path} is empty ({len(raw)} bytes).")
    try:
        table = pl.read_parquet(raw) if raw[:4] == b"PAR1" or path.suffix == ".parquet" else _read_text(raw)
    except (*READ_ERRORS, UnicodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} cannot be read as a table ({reason}).") from None
    names = [name.strip().lower() for name in table.columns]
    if len(set(names)) < len(names):
        raise DataError(f"{path} has two columns of the same name (its columns: {', '.join(table.columns)}).")
    table = table.rename(dict(zip(table.columns, names, strict=True)))
    missing = [name for name in PRICE_COLUMNS if name not in names]
    if missing:
        raise DataError(
            f"{path} has no column {', '.join(missing)} (its columns: {', '.join(names)}). The first line must name "
            "the columns: a time (date, datetime or timestamp), open, high, low, close, and volume where there is one."
        )
    if table.is_empty():
        raise DataError(f"{path} has column names but no row.")
    return table


def symbol_column(table: pl.DataFrame) -> str | None:
    """The column that names each row's symbol, if there is one."""
    return next((name for name in _SYMBOL_NAMES if name in table.columns), None)


def number(table: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Series:
    """Column `name` as numbers; empty cells are null. Raises DataError with the first cell that is no number."""
    column = _plain(table.get_column(name))
    if not (column.dtype.is_numeric() or column.dtype in (pl.String, pl.Boolean, pl.Null)):
        raise DataError(f"Column {name!r} is {column.dtype}, not numbers.")
    found = column.cast(dtype, strict=False)
    wrong = column.is_not_null() & found.is_null()
    if column.dtype == pl.String:
        wrong &= column != ""
    if wrong.any():
        row = int(wrong.arg_true()[0])
        raise DataError(f"Column {name!r}, row {row + 1}: {column[row]!r} is not a number.")
    return found


def count(table: pl.DataFrame, name: str) -> pl.Series:
    """Column `name` as whole numbers, cut to them; empty cells and NaN are null.

    Raises DataError with the first cell that is no number, or one that 64 bits cannot hold.
    """
    exact = table.get_column(name)
    if exact.dtype.is_integer():
        found = exact.cast(pl.Int64, strict=False)
    else:
        exact = number(table, name, pl.Float64()).fill_nan(None)
        found = exact.cast(pl.Int64, strict=False)
    wrong = exact.is_not_null() & found.is_null()
    if wrong.any():
        row = int(wrong.arg_true()[0])
        raise DataError(f"Column {name!r}, row {row + 1}: {exact[row]} is no count that can be stored.")
    return found


def symbols(table: pl.DataFrame, name: str) -> pl.Series:
    """Column `name` as text. Raises DataError with the first cell that is empty, or where it holds no names."""
    column = _plain(table.get_column(name))
    if not (column.dtype.is_integer() or column.dtype in (pl.String, pl.Null)):
        raise DataError(f"Column {name!r} is {column.dtype}, not names of symbols.")
    if column.null_count():
        row = int(column.is_null().arg_true()[0])
        raise DataError(f"Column {name!r}, row {row + 1} names no symbol.")
    return column.cast(pl.String)


def stamps(table: pl.DataFrame, timezone: str | None) -> tuple[pl.Series, bool]:
    """Time stamps of every row, UTC in microseconds, and whether they are bare days.

    A bare day is that day's midnight without a zone, given as UTC; the caller knows which session it means. Naive
    times need `timezone`, an IANA name; stamps with an offset do not. Raises UsageError where it is missing or
    unknown, DataError where a cell is no time.
    """
    column = _stamp_column(table)
    parsed = _parse(column) if column.dtype == pl.String else column
    if not isinstance(parsed.dtype, pl.Date | pl.Datetime):
        raise DataError(f"Column {column.name!r} is {column.dtype}, not times such as 2024-01-01 09:15:00.")
    if parsed.null_count():
        row = int(parsed.is_null().arg_true()[0])
        raise DataError(f"Column {column.name!r}, row {row + 1} has no time.")
    _check_years(parsed)
    if isinstance(parsed.dtype, pl.Date):
        return parsed.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), True
    parsed = parsed.cast(pl.Datetime("us", parsed.dtype.time_zone))
    if parsed.dtype.time_zone is not None:  # type: ignore[attr-defined]
        return parsed.dt.convert_time_zone("UTC"), False
    if bool((parsed == parsed.dt.truncate("1d")).all()):
        return parsed.dt.replace_time_zone("UTC"), True
    if not timezone:
        raise UsageError(
            f"The times in column {column.name!r} (first: {parsed[0]}) do not say their time zone. "
            "Name it, for NSE bars with --timezone Asia/Kolkata."
        )
    try:
        return parsed.dt.replace_time_zone(timezone).dt.convert_time_zone("UTC"), False
    except pl.exceptions.PolarsError as error:
        reason = (str(error).splitlines() or [""])[0]
        raise UsageError(f"Time zone {timezone!r} does not fit these times: {reason}.") from None


def _read_text(raw: bytes) -> pl.DataFrame:
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = raw.decode(encoding)
    header = text.splitlines()[0]
    separator = max(_SEPARATORS, key=header.count)
    table = pl.read_csv(text.encode(), separator=separator, infer_schema=False, truncate_ragged_lines=True)
    stripped = table.select(pl.all().str.strip_chars())
    # A separator at the end of each line makes a column without name or content.
    return stripped.select(name for name in stripped.columns if name.strip() and not name.startswith("_duplicated"))


def _stamp_column(table: pl.DataFrame) -> pl.Series:
    names = table.columns
    if "date" in names and "time" in names and not any(each in names for each in _STAMP_NAMES[:-1]):
        day, clock = (table.get_column(each).cast(pl.String) for each in ("date", "time"))
        return (day + " " + clock).alias("date and time")
    found = next((each for each in _STAMP_NAMES if each in names), "time" if "time" in names else None)
    if found is None:
        raise DataError(f"There is no column of times: {', '.join(_STAMP_NAMES)} (the columns: {', '.join(names)}).")
    return _plain(table.get_column(found))


def _plain(column: pl.Series) -> pl.Series:
    return column.cast(pl.String) if isinstance(column.dtype, pl.Categorical | pl.Enum) else column


def _check_years(times: pl.Series) -> None:
    """Raise DataError for a time that no bar can have, before it overflows in another unit."""
    a_day = _A_DAY[times.dtype.time_unit] if isinstance(times.dtype, pl.Datetime) else 1
    first, end = ((day - _EPOCH).days * a_day for day in (_FIRST_DAY, _END))
    physical = times.to_physical()
    wrong = (physical < first) | (physical >= end)
    if wrong.any():
        row = int(wrong.arg_true()[0])
        raise DataError(
            f"Column {times.name!r}, row {row + 1}: the time is outside the years 1800 to 2200. "
            "The column may be in another unit than it says."
        )


def _parse(column: pl.Series) -> pl.Series:
    first = next((each for each in column if each), "")
    if _OFFSET.search(first) and ":" in first:
        text = column.str.replace("T", " ").str.replace(r"\s*Z$", "+00:00")
        forms = ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M%:z"]
        tries = [text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False) for form in forms]
    else:
        text = column.str.replace(r"^(\S+)T(\d\d:)", "$1 $2")
        forms = [day + clock for day in _DAYS for clock in _CLOCKS if clock]
        tries = [text.str.to_datetime(form, time_unit="us", strict=False) for form in forms if _fits(first, form)]
        tries += [text.str.to_date(day, strict=False) for day in _DAYS if _fits(first, day)]
    best = min(tries, key=lambda each: each.null_count(), default=None)
    if best is None or best.null_count():
        row = 0 if best is None else int(best.is_null().arg_true()[0])
        raise DataError(
            f"Column {column.name!r}, row {row + 1}: {column[row]!r} is not a time such as 2024-01-01 09:15:00."
        )
    return best


def _fits(example: str, form: str) -> bool:
    """A quick look at one cell, so that a large column is parsed in the forms that can be meant and no other."""
    return example.count(":") == form.count(":") and all(example.count(mark) == form.count(mark) for mark in "-/")
