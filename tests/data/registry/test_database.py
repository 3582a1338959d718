import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import URL

import hermes.data.registry.database as module
from hermes.data.registry.database import HEAD, Database
from hermes.errors import RegistryError


def test_no_password_is_shown_wherever_it_stands() -> None:
    for address in ("postgresql://me:s3cret@h/db", "postgresql://me@h/db?password=s3cret&sslpassword=s3cret"):
        assert "s3cret" not in Database(address).name
        assert "me" in Database(address).name


def test_a_port_that_is_no_number_is_named() -> None:
    with pytest.raises(RegistryError, match="HERMES_DATABASE_URL is no database address"):
        Database("postgresql://me@h:many/db")


def test_threads_that_make_databases_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path / f'{number}.sqlite'}") for number in range(8)]
    together = threading.Barrier(len(databases))
    versions: list[str | None] = []
    failures: list[BaseException] = []

    def make(database: Database) -> None:
        together.wait()
        try:
            versions.append(database.version())
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        database.close()

    threads = [threading.Thread(target=make, args=(each,)) for each in databases]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    assert versions == [HEAD] * len(databases)


def test_threads_that_open_one_database_share_its_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    real = module._make_engine

    def make_engine(url: URL) -> Engine:
        made.append(url)
        return real(url)

    monkeypatch.setattr(module, "_make_engine", make_engine)
    database = Database(f"sqlite:///{tmp_path / 'hermes.sqlite'}")
    together = threading.Barrier(4)

    def ask() -> None:
        together.wait()
        database.version()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    database.close()
    assert len(made) == 1
