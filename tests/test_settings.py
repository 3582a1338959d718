import re
from pathlib import Path

import pytest

from hermes.errors import SettingsError
from hermes.settings import Settings, get_settings, unknown_variables

PROJECT = Path(__file__).parents[1]


def test_paths_are_resolved_from_the_working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HERMES_DATA_ROOT", "here")
    settings = get_settings()
    assert settings.data_root == tmp_path / "here"
    assert settings.minute_dir == tmp_path / "here" / "minute"
    assert settings.database_address == f"sqlite:///{tmp_path}/here/hermes.sqlite"


def test_data_dir_replaces_only_the_folder_of_minute_bars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HERMES_DATA_DIR", "bars")
    settings = get_settings()
    assert settings.minute_dir == tmp_path / "bars"
    assert settings.daily_dir == tmp_path / "data" / "daily"


def test_the_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HERMES_CACHE_MAX_SIZE_MB=7\nHERMES_LOG_LEVEL=debug\nHERMES_STRATEGY_DIR=\n")
    monkeypatch.setenv("HERMES_LOG_LEVEL", "error")
    settings = get_settings()
    assert (settings.cache_max_size_mb, settings.log_level, settings.strategy_dir) == (7, "ERROR", None)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("CACHE_MAX_SIZE_MB", "lots", "a whole number of at least 1 and at most 1048576"),
        ("CACHE_MAX_SIZE_MB", "0", "a whole number of at least 1"),
        ("CACHE_TTL_HOURS", "-1", "a number above 0"),
        ("CACHE_ENABLED", "perhaps", "true or false"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR"),
        ("LOG_FORMAT", "xml", "one of auto, json, console"),
        ("STORAGE_PROVIDER", "floppy", "one of local"),
    ],
)
def test_a_wrong_value_names_the_variable_the_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(f"HERMES_{name}", value)
    with pytest.raises(SettingsError, match=re.escape(allowed)) as caught:
        get_settings()
    assert f"HERMES_{name} is '{value}'" in str(caught.value)
    assert caught.value.exit_code == 2


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERMES_CACHE_ENABLED", "perhaps")
    monkeypatch.setenv("HERMES_LOG_LEVEL", "LOUD")
    with pytest.raises(SettingsError, match=r"(?s)HERMES_CACHE_ENABLED.*HERMES_LOG_LEVEL"):
        get_settings()


def test_a_dotenv_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"HERMES_LOG_LEVEL=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        get_settings()


def test_a_data_root_that_is_a_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HERMES_DATA_ROOT", "file")
    with pytest.raises(SettingsError, match="must be a folder, and this is a file"):
        get_settings()


def test_passwords_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERMES_DATABASE_URL", "mysql://u:hunter2@host/db")
    with pytest.raises(SettingsError, match="HERMES_DATABASE_URL is \\(hidden\\)") as caught:
        get_settings()
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("HERMES_DATABASE_URL", "postgres://u:hunter2@host/db")
    settings = Settings.load()
    assert "hunter2" not in repr(settings)
    assert settings.database_address == "postgresql+psycopg://u:hunter2@host/db"


def test_env_example_explains_every_variable() -> None:
    text = (PROJECT / ".env.example").read_text()
    named = {name.removeprefix("HERMES_").lower() for name in re.findall(r"^#(HERMES_\w+)=", text, re.MULTILINE)}
    assert named == set(Settings.model_fields)


def test_variables_that_no_setting_reads_are_found_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("HERMES_CACHE_SIZE_MB=7\nHERMES_LOG_LEVEL=debug\nOTHER=1\n")
    monkeypatch.setenv("HERMES_DATA_ROT", "here")
    monkeypatch.setenv("HERMES_ZZZ", "1")
    monkeypatch.setenv("HERMES_DEBUG", "1")
    # Read by the tests of Hermes itself.
    monkeypatch.setenv("HERMES_TEST_DATA", "bars")
    assert unknown_variables() == {
        "HERMES_CACHE_SIZE_MB": "HERMES_CACHE_MAX_SIZE_MB",
        "HERMES_DATA_ROT": "HERMES_DATA_ROOT",
        "HERMES_ZZZ": None,
    }


def test_without_a_misspelt_variable_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("hermes_debug", "1")
    assert unknown_variables() == {}
