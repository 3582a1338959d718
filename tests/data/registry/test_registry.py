import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, inspect

import hermes.data.registry.database as module
from hermes.data.provider import SeriesFacts
from hermes.data.registry import Availability, LoadLog, Registry
from hermes.data.registry.database import HEAD, Database
from hermes.data.registry.tables import METADATA
from hermes.data.reports import Problem, QualityReport
from hermes.errors import RegistryError
from hermes.market.instruments import Instrument, InstrumentType

if TYPE_CHECKING:
    from alembic.config import Config


@pytest.fixture
def registry(address: str) -> "Registry":
    return Registry(address)


def _alembic(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _log(symbol: str, rows: int = 1) -> LoadLog:
    when = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    return LoadLog(when, symbol, "15m", date(2024, 1, 1), None, rows, 0.25, cached=True, error="")


def test_instruments_come_back_as_they_were_saved(registry: Registry) -> None:
    first = Instrument("M&M", "Mahindra", sector="Automobile", isin="INE101A01026", has_derivatives=True)
    second = Instrument("NIFTY", type=InstrumentType.INDEX, tick_size=0.05, price_band=0.1, lot_size=75)
    registry.save_instruments([first, second])
    assert registry.instruments() == {"M&M": first, "NIFTY": second}
    renamed = Instrument("M&M", "Mahindra & Mahindra")
    registry.save_instruments([renamed])
    assert registry.instruments() == {"M&M": renamed, "NIFTY": second}
    registry.close()


def test_instruments_added_leave_known_ones_as_they_are(registry: Registry) -> None:
    known = Instrument("TCS", "Tata", lot_size=7)
    registry.save_instruments([known])
    registry.add_instruments([Instrument("TCS"), Instrument("INFY")])
    assert registry.instruments() == {"TCS": known, "INFY": Instrument("INFY")}
    registry.close()


def test_availability_is_replaced_and_kept_to_the_microsecond(registry: Registry) -> None:
    facts = SeriesFacts(10, 1_703_821_500_000_001, 1_704_103_140_000_000, "vendor", adjusted=True, interval=None)
    registry.save_availability(Availability("TCS", "1d", "old", facts))
    empty = SeriesFacts(0, None, None, "", adjusted=False, interval=1)
    registry.save_availability(Availability("TCS", "1m", "x", empty))
    registry.save_availability(Availability("TCS", "1d", "new", facts))
    assert registry.availability("TCS", "1d") == Availability("TCS", "1d", "new", facts)
    assert registry.availability("TCS", "1m") == Availability("TCS", "1m", "x", empty)
    assert registry.availability("INFY", "1m") is None
    registry.close()


def test_quality_reports_are_remembered_by_files_and_rules(registry: Registry) -> None:
    report = QualityReport("TCS", "id-1", 375, (Problem("missing", 2, ("a", "b")), Problem("price_jump", 1, ())), 2)
    registry.save_quality(report, "1m", "rules 1")
    registry.save_quality(report, "1m", "rules 1")
    assert registry.quality("TCS", "1m", "id-1", "rules 1") == report
    assert registry.quality("TCS", "1m", "id-1", "rules 2") is None
    assert registry.quality("TCS", "1m", "id-2", "rules 1") is None
    assert registry.quality("TCS", "1d", "id-1", "rules 1") is None
    registry.close()


def test_only_the_newest_quality_report_of_a_symbol_and_timeframe_is_kept(registry: Registry) -> None:
    for number in range(5):
        registry.save_quality(QualityReport("TCS", f"id-{number}", 375), "1m", "rules")
        registry.save_quality(QualityReport("TCS", f"daily-{number}", 1), "1d", "rules")
    with registry.database.reading() as connection:
        rows = connection.execute(METADATA.tables["quality_reports"].select()).mappings().all()
    assert sorted(row["identity"] for row in rows) == ["daily-4", "id-4"]
    registry.close()


def test_reports_of_the_first_schema_are_made_anew(address: str) -> None:
    from alembic import command
    from sqlalchemy import text

    database = Database(address)
    database.version()
    with database.writing() as connection:
        command.downgrade(_alembic(connection), "0001")
        connection.execute(
            text(
                "INSERT INTO quality_reports (identity, rules_version, symbol, row_count, bad_rows, problems, "
                "checked_at) VALUES ('id-1', 1, 'TCS', 375, 0, '[]', '2024-01-01 00:00:00')"
            )
        )
    database.close()
    registry = Registry(address)
    assert registry.quality("TCS", "1m", "id-1", "rules 1") is None
    assert registry.database.version() == HEAD
    registry.close()


def test_load_logs_come_back_newest_first_and_the_oldest_are_forgotten(address: str) -> None:
    registry = Registry(address, kept_load_logs=3)
    registry.save_load_logs([_log("A", 1), _log("B", 2)])
    registry.save_load_logs([_log("C", 3), _log("D", 4)])
    assert registry.load_logs() == [_log("D", 4), _log("C", 3), _log("B", 2)]
    assert [each.symbol for each in registry.load_logs(1)] == ["D"]
    registry.close()


def test_migrations_build_the_tables_the_code_uses(address: str) -> None:
    database = Database(address)
    assert database.version() == HEAD
    with database.reading() as connection:
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            columns = {each["name"]: each["nullable"] for each in found.get_columns(table.name)}
            assert columns == {each.name: bool(each.nullable) for each in table.columns}
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
            assert {each["name"] for each in found.get_indexes(table.name)} == {each.name for each in table.indexes}
    database.close()


def test_migrations_and_tables_do_not_drift_apart(address: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database(address)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    database.close()


def test_a_transaction_that_fails_leaves_nothing(registry: Registry) -> None:
    registry.save_instruments([Instrument("TCS")])

    def fail() -> None:
        with registry.database.writing() as connection:
            connection.execute(METADATA.tables["instruments"].delete())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(registry.instruments()) == ["TCS"]
    registry.close()


def test_programs_that_start_together_on_an_empty_database_do_not_clash(address: str, tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(
        "import sys\n"
        "from hermes.data.registry import Registry\n"
        "from hermes.market.instruments import Instrument\n"
        "registry = Registry(sys.argv[1])\n"
        "sys.stdin.readline()\n"
        "registry.save_instruments([Instrument(sys.argv[2]), Instrument('SAME')])\n"
        "print(sorted(registry.instruments()))\n"
    )
    programs = [
        subprocess.Popen(
            [sys.executable, str(script), address, f"S{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for each in programs:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    outcomes = [each.communicate(timeout=60) for each in programs]
    assert [(each.returncode, error) for each, (_, error) in zip(programs, outcomes, strict=True)] == [(0, "")] * 4
    registry = Registry(address)
    assert sorted(registry.instruments()) == ["S0", "S1", "S2", "S3", "SAME"]
    registry.close()


def test_a_database_of_a_newer_hermes_is_left_alone(address: str) -> None:
    from sqlalchemy import text

    database = Database(address)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(RegistryError, match="last used by a newer Hermes"):
        Database(address).version()


def test_migrations_can_be_taken_back(address: str) -> None:
    from alembic import command

    database = Database(address)
    database.version()
    with database.writing() as connection:
        command.downgrade(_alembic(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.close()


def test_the_head_in_the_code_is_the_newest_migration() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(_alembic()).get_heads() == [HEAD]


def test_a_current_database_is_opened_without_loading_alembic(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'hermes.sqlite'}"
    Database(address).version()
    code = (
        "import sys; from hermes.data.registry import Registry; "
        f"Registry({address!r}).instruments(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("sqlite:////proc/nowhere/hermes.sqlite", "sqlite:////proc/nowhere/hermes.sqlite could not be read"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1:1/db", r"u:\*\*\*@127.0.0.1:1/db could not be read"),
        ("not an address", "is no database address"),
    ],
)
def test_a_database_that_cannot_be_reached_gives_one_clear_error(address: str, message: str) -> None:
    with pytest.raises(RegistryError, match=message) as caught:
        Registry(address).instruments()
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_gives_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "hermes.sqlite"
    path.write_bytes(b"these are no tables" * 100)
    with pytest.raises(RegistryError, match="file is not a database"):
        Registry(f"sqlite:///{path}").instruments()


def test_a_locked_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    monkeypatch.setattr("hermes.data.registry.database._WAIT_SECONDS", 0.1)
    path = tmp_path / "hermes.sqlite"
    registry = Registry(f"sqlite:///{path}")
    registry.save_instruments([Instrument("TCS")])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RegistryError, match="database is locked"):
        registry.save_instruments([Instrument("INFY")])
    # Readers go on while another program writes.
    assert list(registry.instruments()) == ["TCS"]
    other.close()
    registry.close()
