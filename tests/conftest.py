"""What every test gets: a clean environment, a working directory of its own, real bars where present."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROJECT = Path(__file__).parents[1]
# Read before any test clears the variable.
REAL_DATA = Path(os.environ.get("HERMES_TEST_DATA") or PROJECT.parent / "shared" / "data").absolute()

# No deadlines: the first example of a compiled function pays for its compilation.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("dev", deadline=None, max_examples=30, suppress_health_check=_SLOW)
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True)
settings.register_profile("soak", settings.get_profile("dev"), max_examples=3_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(autouse=True)
def isolation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A data root and working directory of the test's own; none of the user's HERMES_* variables."""
    from hermes.settings import get_settings

    for name in os.environ:
        if name.startswith("HERMES_"):
            monkeypatch.delenv(name)
    root = tmp_path / "data"
    monkeypatch.setenv("HERMES_DATA_ROOT", str(root))
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield root
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real bars: HERMES_TEST_DATA, else ../shared/data beside the project."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real bars: {REAL_DATA} is absent (set HERMES_TEST_DATA to a folder that has them)")
    return REAL_DATA


@pytest.fixture(scope="session")
def sample_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root that holds only the synthetic sample of RELIANCE for 2024: read it, never write into it."""
    from hermes.data.sample import generate_sample

    root = tmp_path_factory.mktemp("sample-root")
    generate_sample(root / "sample" / "minute", ["RELIANCE"])
    return root
