"""How many random cases a property test draws: thousands where two engines must agree, few with compilation off."""

import os

import numba
from hypothesis import settings


def cases(count: int) -> settings:
    """`count` in the ordinary run, ten times as many in the soak, a fiftieth where compiled code runs as Python."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "soak":
        return settings(max_examples=10 * count)
    return settings(max_examples=max(count // 50, 10) if numba.config.DISABLE_JIT else count)
