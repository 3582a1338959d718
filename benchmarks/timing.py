"""Fair timing inside one process: contenders in turn, many rounds, the median of each."""

import gc
import statistics
import time
from collections.abc import Callable

Run = Callable[[], object]
Clock = Callable[[], float]


def in_turn(contenders: dict[str, Run], rounds: int = 25, clock: Clock = time.perf_counter) -> dict[str, float]:
    """Median seconds of each contender; they alternate, so that a drift of the machine's speed meets all alike.

    `clock` may be `time.process_time`: what runs in one thread is then measured on a busy machine too.
    """
    for run in contenders.values():
        run()
        run()
    return prepared_in_turn({name: (lambda run=run: run) for name, run in contenders.items()}, rounds, clock)


def prepared_in_turn(
    contenders: dict[str, Callable[[], Run]], rounds: int, clock: Clock = time.perf_counter
) -> dict[str, float]:
    """As `in_turn`, for contenders that have run before and give a fresh run each time, made outside the time."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, prepare in contenders.items():
            run = prepare()
            gc.disable()
            began = clock()
            run()
            taken[name].append(clock() - began)
            gc.enable()
    return {name: statistics.median(each) for name, each in taken.items()}
