"""The decorator of every compiled function, with a cache on disk that cannot be stale.

Numba notices an edit of the function it compiled but not of a function that one calls in another file. So the cache
lives in a folder named after the content of all sources of the function's own folder: any edit is a new folder. Hence
the rule that a compiled function calls compiled functions of its own folder only.
"""

import hashlib
import inspect
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


@cache
def cache_directory(sources: Path) -> Path:
    """Where machine code of the folder `sources` is kept: below NUMBA_CACHE_DIR, else the user's cache folder."""
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for source in sorted(sources.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("NUMBA_CACHE_DIR")
    if base is None:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        base = str(Path(home) / "hermes" / "compiled")
    return Path(base) / digest.hexdigest()


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` with Numba on its first call: no Python objects, no fast-math, the GIL released.

    With NUMBA_DISABLE_JIT=1 the function is returned as it is, so that coverage and a debugger can see inside.
    """
    if numba.config.DISABLE_JIT:
        return function
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_directory(Path(inspect.getfile(function)).parent))
    try:
        return numba.njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]
    finally:
        numba.config.CACHE_DIR = before
