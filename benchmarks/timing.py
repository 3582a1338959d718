"""Fair timing inside one process: contenders in turn, many rounds, the median of each."""

import gc
import statistics
import time
from collections.abc import Callable


def in_turn(contenders: dict[str, Callable[[], object]], rounds: int = 25) -> dict[str, float]:
    """Median seconds of each contender; they alternate, so that a drift of the machine's speed meets all alike."""
    for run in contenders.values():
        run()
        run()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            gc.disable()
            began = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - began)
            gc.enable()
    return {name: statistics.median(each) for name, each in taken.items()}
