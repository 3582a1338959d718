import pytest

from hermes.settings import get_settings


@pytest.fixture(autouse=True)
def without_registry(isolation: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in every data root would take longer than the tests."""
    monkeypatch.setenv("HERMES_REGISTRY_ENABLED", "false")
    get_settings.cache_clear()
