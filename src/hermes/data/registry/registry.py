"""What is remembered between runs: instruments, availability, quality reports, loads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from hermes.data.provider.base import SeriesFacts
from hermes.data.registry.database import Database
from hermes.data.registry.load_log import LoadLog
from hermes.data.registry.tables import data_availability, data_load_logs, instruments, quality_reports
from hermes.data.reports import Problem, QualityReport
from hermes.market.instruments import Instrument, InstrumentType

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Old load logs are of little use and a scan writes thousands: the newest of them are kept.
KEPT_LOAD_LOGS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Availability:
    """Bars of one symbol and base timeframe ("1m" or "1d") as they were when their files had `identity`."""

    symbol: str
    timeframe: str
    identity: str
    facts: SeriesFacts


class Registry:
    """The registry in the database at `address`. Every method raises RegistryError where that cannot be reached."""

    def __init__(self, address: str, *, kept_load_logs: int = KEPT_LOAD_LOGS) -> None:
        self.database = Database(address)
        self._kept_load_logs = kept_load_logs

    def save_instruments(self, new: Iterable[Instrument]) -> None:
        """Write instruments; one already known is replaced."""
        self._insert(instruments, [_instrument_row(each) for each in new], replace=True)

    def add_instruments(self, new: Iterable[Instrument]) -> None:
        """Write instruments that are not known yet; one already known stays as it is."""
        self._insert(instruments, [_instrument_row(each) for each in new], replace=False)

    def instruments(self) -> dict[str, Instrument]:
        """Every known instrument by symbol."""
        with self.database.reading() as connection:
            rows = connection.execute(select(instruments).order_by(instruments.c.symbol)).mappings().all()
        return {row["symbol"]: _instrument(row) for row in rows}

    def save_availability(self, new: Availability) -> None:
        """Write what the files of a symbol hold, in place of what was known before."""
        facts = new.facts
        row = {
            "symbol": new.symbol,
            "timeframe": new.timeframe,
            "identity": new.identity,
            "row_count": facts.rows,
            "first_time": _time(facts.first_us),
            "last_time": _time(facts.last_us),
            "origin": facts.origin,
            "adjusted": facts.adjusted,
            "interval_minutes": facts.interval,
            "updated_at": _now(),
        }
        self._insert(data_availability, [row], replace=True)

    def availability(self, symbol: str, timeframe: str) -> Availability | None:
        """What was last known of a symbol's files; compare its identity before believing it."""
        table = data_availability
        query = select(table).where(table.c.symbol == symbol, table.c.timeframe == timeframe)
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        facts = SeriesFacts(
            rows=row["row_count"],
            first_us=_us(row["first_time"]),
            last_us=_us(row["last_time"]),
            origin=row["origin"],
            adjusted=row["adjusted"],
            interval=row["interval_minutes"],
        )
        return Availability(symbol, timeframe, row["identity"], facts)

    def save_quality(self, report: QualityReport, timeframe: str, rules: str) -> None:
        """Write the report on a symbol's files of base `timeframe`, made by `rules`, in place of the one before."""
        row = {
            "symbol": report.symbol,
            "timeframe": timeframe,
            "identity": report.identity,
            "rules": rules,
            "row_count": report.rows,
            "bad_rows": report.bad_rows,
            "problems": [asdict(each) for each in report.problems],
            "checked_at": _now(),
        }
        self._insert(quality_reports, [row], replace=True)

    def quality(self, symbol: str, timeframe: str, identity: str, rules: str) -> QualityReport | None:
        """The report on a symbol's files of this identity by these `rules`; None where the last one is another."""
        table = quality_reports
        query = select(table).where(
            table.c.symbol == symbol,
            table.c.timeframe == timeframe,
            table.c.identity == identity,
            table.c.rules == rules,
        )
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        problems = tuple(Problem(each["kind"], each["count"], tuple(each["examples"])) for each in row["problems"])
        return QualityReport(row["symbol"], identity, row["row_count"], problems, row["bad_rows"])

    def save_load_logs(self, logs: Sequence[LoadLog]) -> None:
        """Append load logs in one transaction, and forget the oldest beyond the number that is kept."""
        rows = []
        for each in logs:
            row = asdict(each)
            row["row_count"] = row.pop("rows")
            rows.append(row)
        with self.database.writing() as connection:
            connection.execute(insert(data_load_logs), rows)
            newest = connection.execute(select(func.max(data_load_logs.c.id))).scalar_one()
            connection.execute(delete(data_load_logs).where(data_load_logs.c.id <= newest - self._kept_load_logs))

    def load_logs(self, limit: int = 100) -> list[LoadLog]:
        """The last `limit` loads, newest first."""
        query = select(data_load_logs).order_by(data_load_logs.c.id.desc()).limit(limit)
        with self.database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            LoadLog(**{("rows" if name == "row_count" else name): row[name] for name in row if name != "id"})
            for row in rows
        ]

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def _insert(self, table: Table, rows: Sequence[Mapping[str, Any]], *, replace: bool) -> None:
        """Write rows in one transaction; of a key already there the row is replaced, or else left as it is."""
        if rows:
            with self.database.writing() as connection:
                _insert(connection, table, rows, replace=replace)


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, replace: bool) -> None:
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    if replace:
        changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, list(rows))


def _instrument_row(instrument: Instrument) -> dict[str, Any]:
    return {**asdict(instrument), "type": instrument.type.value, "updated_at": _now()}


def _instrument(row: Mapping[Any, Any]) -> Instrument:
    known = {name: row[name] for name in row if name != "updated_at"}
    return Instrument(**{**known, "type": InstrumentType(known["type"])})


def _now() -> datetime:
    return datetime.now(UTC)


def _time(us: int | None) -> datetime | None:
    return None if us is None else datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)


def _us(time: datetime | None) -> int | None:
    if time is None:
        return None
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
