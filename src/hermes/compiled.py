"""The decorator of every compiled function, with a cache on disk that cannot be stale.

Numba notices an edit of the function it compiled but not of a function that one calls in another file. So the cache
lives in a folder named after the content of all sources that hold compiled code: any edit is a new folder.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parent
_MARK = b"hermes.compiled"


@cache
def cache_directory() -> Path:
    """Where machine code is kept: NUMBA_CACHE_DIR, else the user's cache folder, then the sources' own key."""
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for source in sorted(_PACKAGE.rglob("*.py")):
        content = source.read_bytes()
        if _MARK in content:
            digest.update(content)
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
    numba.config.CACHE_DIR = str(cache_directory())
    try:
        return numba.njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]
    finally:
        numba.config.CACHE_DIR = before
