"""Connections to the database, and its schema brought up to date by whichever process comes first."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError

from hermes.errors import RegistryError

# The newest file in migrations/versions. Written here so that a current database is recognised without loading
# Alembic; a test holds the two together.
HEAD: Final = "0002"

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
# Any number will do as long as every process of Hermes uses the same one for its advisory lock.
_LOCK_NUMBER: Final = 4_845_524_845
_WAIT_SECONDS: Final = 5.0
_MIGRATION_WAIT_SECONDS: Final = 30.0
_WRITES: Final = "hermes_writes"
# Alembic keeps the migration it is at in module globals: two at a time in one process take them from each other.
_ONE_UPGRADE: Final = threading.Lock()


class Database:
    """One database, opened on first use. Every failure is raised as a RegistryError that hides the password."""

    def __init__(self, address: str) -> None:
        try:
            self._url: URL = make_url(address)
        except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
            raise RegistryError(f"HERMES_DATABASE_URL is no database address: {error}.") from None
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    @property
    def name(self) -> str:
        """The address without its passwords, also those among its options."""
        shown = {key: "***" if "password" in key.lower() else value for key, value in self._url.query.items()}
        return self._url.set(query=shown).render_as_string(hide_password=True)

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._url.get_backend_name()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a transaction that only reads."""
        with self._failures("read"), self._opened().connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that is committed at the end, or rolled back by an exception."""
        with (
            self._failures("written"),
            self._opened().execution_options(**{_WRITES: True}).begin() as connection,
        ):
            yield connection

    def close(self) -> None:
        """Give every connection back. Using the database again opens it again."""
        with self._opening:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def version(self) -> str | None:
        """The schema's version; None in an empty database."""
        with self.reading() as connection:
            return _version(connection)

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                engine = _make_engine(self._url)
                try:
                    self._migrate(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
            return self._engine

    def _migrate(self, engine: Engine) -> None:
        with engine.connect() as connection:
            found = _version(connection)
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise RegistryError(
                f"The database {self.name} was last used by a newer Hermes (schema {found}, this one knows {HEAD}). "
                "Update Hermes, or give HERMES_DATABASE_URL another database."
            )
        if self.dialect == "sqlite":
            _switch_to_wal(engine)
        with engine.execution_options(**{_WRITES: True, "hermes_migrates": True}).begin() as connection:
            if self.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
            # Another process may have done it while this one waited for the lock.
            if _version(connection) != HEAD:
                _upgrade(connection)

    @contextmanager
    def _failures(self, what: str) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            raise RegistryError(f"The database {self.name} could not be {what}: {_reason(error)}.") from error


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": int(_WAIT_SECONDS)})
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _own_transactions(connection: Any, _: object) -> None:
        # sqlite3 would open transactions late and end them at DDL; Hermes says BEGIN itself, so migrations are atomic.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        wait = _MIGRATION_WAIT_SECONDS if options.get("hermes_migrates") else _WAIT_SECONDS
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait * 1000)}")
        # A transaction that turns from reading to writing fails at once when another one writes; this one waits.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES) else "BEGIN")

    return engine


def _switch_to_wal(engine: Engine) -> None:
    """Let readers go on while one writes. It needs the file to itself for a moment, so it is tried for a while."""
    until = time.monotonic() + _MIGRATION_WAIT_SECONDS
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.driver_connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[union-attr]
            except Exception as error:
                locked = "locked" in str(error) or "busy" in str(error)
                if not locked or time.monotonic() > until:
                    raise RegistryError(f"The database {engine.url.database} cannot be opened: {error}.") from error
                time.sleep(0.02)
            else:
                return
    finally:
        connection.close()


def _version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ONE_UPGRADE:
        command.upgrade(config, "head")


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DatabaseError) and error.orig is not None else error
    message = " ".join(str(cause).split()) or type(cause).__name__
    if isinstance(error, OperationalError) and "locked" in message:
        return f"{message} (another program holds it; waited {_WAIT_SECONDS:.0f} s)"
    return message.rstrip(".")
