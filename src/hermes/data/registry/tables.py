"""The registry's tables, as the newest migration leaves them."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

METADATA: Final = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})
# SQLite counts up by itself only in a column that is exactly INTEGER.
_ROW_ID: Final = BigInteger().with_variant(Integer(), "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """A time-zone-aware UTC time on every database; SQLite, which has no zones, holds it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC, without its zone for SQLite. Raises ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database: always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


instruments: Final = Table(
    "instruments",
    METADATA,
    Column("symbol", String(50), primary_key=True),
    Column("name", Text, nullable=False),
    Column("exchange", String(20), nullable=False),
    Column("type", String(20), nullable=False),
    Column("sector", Text, nullable=False),
    Column("lot_size", Integer, nullable=False),
    Column("tick_size", Float),
    Column("isin", String(20), nullable=False),
    Column("has_derivatives", Boolean, nullable=False),
    Column("price_band", Float),
    Column("updated_at", UtcTime, nullable=False),
)

data_availability: Final = Table(
    "data_availability",
    METADATA,
    Column("symbol", String(50), primary_key=True),
    Column("timeframe", String(10), primary_key=True),
    Column("identity", String(64), nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("first_time", UtcTime),
    Column("last_time", UtcTime),
    Column("origin", Text, nullable=False),
    Column("adjusted", Boolean, nullable=False),
    Column("interval_minutes", Integer),
    Column("updated_at", UtcTime, nullable=False),
)

quality_reports: Final = Table(
    "quality_reports",
    METADATA,
    Column("symbol", String(50), primary_key=True),
    Column("timeframe", String(10), primary_key=True),
    Column("identity", String(64), nullable=False),
    Column("rules", Text, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("bad_rows", BigInteger, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("checked_at", UtcTime, nullable=False),
)

data_load_logs: Final = Table(
    "data_load_logs",
    METADATA,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("loaded_at", UtcTime, nullable=False),
    Column("symbol", String(50), nullable=False),
    Column("timeframe", String(10), nullable=False),
    Column("start_day", Date),
    Column("end_day", Date),
    Column("row_count", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("cached", Boolean, nullable=False),
    Column("error", Text, nullable=False),
    Index(None, "symbol", "loaded_at"),
)
