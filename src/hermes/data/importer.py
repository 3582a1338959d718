"""Bringing a file of bars into the store: read whole, understood whole, and only then written."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from hermes.data.bars import BAR_SCHEMA, day_start_us, local_day
from hermes.data.foreign import PRICE_COLUMNS, count, number, read_table, stamps, symbol_column, symbols
from hermes.data.spacing import Label, interval_of, starts_of
from hermes.data.store import check_mixable, check_writable, write_bars
from hermes.errors import UnknownNameError, UsageError
from hermes.market.instruments import validate_symbol
from hermes.market.sessions import nse_calendar
from hermes.settings import Settings

_MINUTE_US = 60_000_000
_NORMAL_OPEN_US = (9 * 60 + 15) * _MINUTE_US


@dataclass(frozen=True, slots=True)
class ImportedSymbol:
    """What was written of one symbol.

    `rows` bars are in its files from this import; `duplicates` more had a time stamp that occurs again (the last good
    one stays); `out_of_order` rows were earlier than the one before. `interval` is the bars' length in minutes, None
    for daily ones. Days are exchange-local.
    """

    symbol: str
    rows: int
    duplicates: int
    out_of_order: int
    interval: int | None
    first_day: date
    last_day: date
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: `rows` read from `source`, what became of each symbol, and what the user should know."""

    source: Path
    rows: int
    symbols: tuple[ImportedSymbol, ...]
    notes: tuple[str, ...] = ()


def import_bars(
    source: Path,
    settings: Settings,
    *,
    symbol: str | None = None,
    timezone: str | None = None,
    label: Label = "start",
    adjusted: bool = False,
) -> ImportReport:
    """Read a Parquet or CSV file of bars and write them into the data folder, merged with what is stored.

    Columns, in any case: a time (timestamp, datetime, date, or date and time), open, high, low, close; volume and oi
    count 0 where they are missing; symbol, ticker or code splits a file of many symbols. `symbol` names a file
    without such a column, renames a file of one symbol, and picks one out of many. Times without an offset are
    refused unless `timezone` names their zone; bare days are exchange days and go to the daily bars. Bars labelled by
    their end are moved by one bar with `label="end"`. `adjusted` says that prices are adjusted for splits and bonuses.

    Raises UsageError, UnknownNameError (symbol not in the file), DataError (a file that cannot be understood, a
    folder that cannot be written); nothing is written then.
    """
    if label not in ("start", "end"):
        raise UnknownNameError("label", label, ("start", "end"), "Allowed: start, end.")
    table = read_table(source)
    when, bare = stamps(table, timezone)
    bars = pl.DataFrame(
        [
            _symbols(table, symbol),
            when.alias("timestamp"),
            *(number(table, name, BAR_SCHEMA[name]) for name in PRICE_COLUMNS),
            *(_count(table, name) for name in ("volume", "oi")),
        ]
    )
    if symbol is not None and bars.get_column("symbol").n_unique() > 1:
        bars = _picked(bars, validate_symbol(symbol))
    parts = [
        _Part.of(str(name), part.drop("symbol"), label, bare)
        for (name,), part in bars.group_by("symbol", maintain_order=True)
    ]
    # Every file must be possible before the first is written.
    origin = f"import of {source.name}"
    for part in parts:
        folder = part.directory(settings)
        check_writable(folder, part.symbol)
        check_mixable(folder, part.symbol, origin, adjusted, interval=part.interval)
    done = tuple(part.write(settings, origin, adjusted) for part in parts)
    return ImportReport(source, table.height, tuple(sorted(done, key=lambda each: each.symbol)), _notes(table, label))


@dataclass(frozen=True, slots=True)
class _Part:
    """The bars of one symbol, ready to be written."""

    symbol: str
    bars: pl.DataFrame
    interval: int | None
    out_of_order: int

    @classmethod
    def of(cls, symbol: str, bars: pl.DataFrame, label: Label, bare: bool) -> "_Part":
        when = bars.get_column("timestamp")
        out_of_order = int((when < when.shift(1)).sum())
        interval = None if bare else interval_of(when, label)
        if interval is None:
            bars = bars.with_columns(_session_open(bars, bare).alias("timestamp"))
        elif label == "end":
            bars = bars.with_columns(starts_of(when, interval).alias("timestamp"))
        return cls(validate_symbol(symbol), bars, interval, out_of_order)

    def directory(self, settings: Settings) -> Path:
        return settings.daily_dir if self.interval is None else settings.minute_dir

    def write(self, settings: Settings, origin: str, adjusted: bool) -> ImportedSymbol:
        files = write_bars(self.bars, self.directory(settings), self.symbol, origin, adjusted, interval=self.interval)
        rows = self.bars.get_column("timestamp").n_unique()
        first, last = self.bars.select(local_day().min().alias("first"), local_day().max().alias("last")).row(0)
        duplicates = self.bars.height - rows
        return ImportedSymbol(
            self.symbol, rows, duplicates, self.out_of_order, self.interval, first, last, tuple(files)
        )


def _symbols(table: pl.DataFrame, symbol: str | None) -> pl.Series:
    column = symbol_column(table)
    named = None if column is None else symbols(table, column)
    if named is None or (symbol is not None and named.n_unique() == 1):
        if symbol is None:
            raise UsageError("The file does not say whose bars it holds. Name the symbol with --symbol.")
        return pl.repeat(validate_symbol(symbol), table.height, eager=True).alias("symbol")
    distinct = named.unique()
    return named.replace_strict({each: validate_symbol(each) for each in distinct}).alias("symbol")


def _picked(bars: pl.DataFrame, symbol: str) -> pl.DataFrame:
    picked = bars.filter(pl.col("symbol") == symbol)
    if picked.is_empty():
        raise UnknownNameError("symbol", symbol, bars.get_column("symbol").unique().to_list(), "It is not in the file.")
    return picked


def _count(table: pl.DataFrame, name: str) -> pl.Series:
    if name not in table.columns:
        return pl.repeat(0, table.height, dtype=pl.Int64, eager=True).alias(name)
    return count(table, name)


def _session_open(bars: pl.DataFrame, bare: bool) -> pl.Series:
    """The open of the session of each daily bar: what labels a day's bar, whatever time the vendor gave it."""
    day = pl.col("timestamp").dt.date() if bare else local_day()
    days = bars.select(day.alias("day")).to_series()
    calendar = nse_calendar()
    opens = {}
    for each in days.unique():
        session = calendar.session(each)
        normal = day_start_us(each) + _NORMAL_OPEN_US
        opens[each] = normal if session is None else round(session.open.timestamp() * 1_000_000)
    return days.replace_strict(opens, return_dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))


def _notes(table: pl.DataFrame, label: str) -> tuple[str, ...]:
    notes = []
    if "volume" not in table.columns:
        notes.append("The file has no volume: it counts as 0, so fills limited by volume must be switched off.")
    if label == "end":
        notes.append("Time stamps were moved back by one bar, from its end to its start.")
    return tuple(notes)
