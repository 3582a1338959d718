from pathlib import Path

import pytest

from hermes.data import DataService
from hermes.settings import Settings


@pytest.fixture(scope="session")
def sample_service(sample_root: Path) -> DataService:
    return DataService(Settings(data_root=sample_root, registry_enabled=False))
