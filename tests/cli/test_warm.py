from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes.cli.warm import compiling, kernel_cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this version's machine code would be; nothing is there."""
    from hermes.compiled import cache_directory

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cache_directory.cache_clear()
    found = kernel_cache()
    yield found
    cache_directory.cache_clear()


def test_a_first_run_says_how_long_it_compiles(folder: Path) -> None:
    assert compiling("vector").endswith("(about 20 s)")
    assert compiling("event").endswith("(some seconds)")


def test_code_of_the_event_engine_is_not_that_of_the_vector_engine(folder: Path) -> None:
    below = folder / "kernel_0"
    below.mkdir(parents=True)
    (below / "trades.pair_fills-28.py311.nbi").touch()
    assert compiling("event") == ""
    assert compiling("vector") != ""
    (below / "simulate.simulate-25.py311.nbi").touch()
    assert compiling("vector") == ""
