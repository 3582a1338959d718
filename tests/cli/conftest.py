"""Running `hermes` in this process, on a data root that holds the sample."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hermes.cli.app import run
from hermes.settings import get_settings


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Hermes = Callable[..., Outcome]


@pytest.fixture
def hermes(capsys: pytest.CaptureFixture[str]) -> Hermes:
    """Runs one command line and gives its exit code and what it wrote."""

    def call(*words: object) -> Outcome:
        code = run([str(word) for word in words])
        written = capsys.readouterr()
        return Outcome(code, written.out, written.err)

    return call


@pytest.fixture
def sample(sample_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample is what is in the data folder; the registry is off, since the sample is shared by all tests."""
    monkeypatch.setenv("HERMES_DATA_ROOT", str(sample_root))
    monkeypatch.setenv("HERMES_REGISTRY_ENABLED", "false")
    get_settings.cache_clear()
    return sample_root


@pytest.fixture(scope="session")
def pair_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with the synthetic sample of INFY and TCS: read it, never write into it."""
    from hermes.data.sample import generate_sample

    root = tmp_path_factory.mktemp("pair-root")
    generate_sample(root / "sample" / "minute", ["INFY", "TCS"])
    return root


@pytest.fixture
def pair(pair_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two symbols are in the data folder; the registry is off, since the sample is shared by all tests."""
    monkeypatch.setenv("HERMES_DATA_ROOT", str(pair_root))
    monkeypatch.setenv("HERMES_REGISTRY_ENABLED", "false")
    get_settings.cache_clear()
    return pair_root
