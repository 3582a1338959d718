import pytest

from hermes.data.registry.database import Database
from hermes.errors import RegistryError


def test_no_password_is_shown_wherever_it_stands() -> None:
    for address in ("postgresql://me:s3cret@h/db", "postgresql://me@h/db?password=s3cret&sslpassword=s3cret"):
        assert "s3cret" not in Database(address).name
        assert "me" in Database(address).name


def test_a_port_that_is_no_number_is_named() -> None:
    with pytest.raises(RegistryError, match="HERMES_DATABASE_URL is no database address"):
        Database("postgresql://me@h:many/db")
