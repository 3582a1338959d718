"""Progress on standard error, so that what a command prints can be piped while it works."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

QUIET_SECONDS = 1.0
"""Work shorter than this is not worth a line."""


@contextmanager
def counted(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar with the time left; the function it gives takes what was done, how many are done, and how many there are.

    Where standard error is not a terminal, a line is written at every tenth part instead, after the first second.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(what, console.print)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)

        def step(name: str, done: int, total: int) -> None:
            progress.update(task, description=f"{what} {name}", completed=done, total=total)

        yield step


@contextmanager
def working(what: str, *, announce: bool = False) -> Iterator[None]:
    """A spinner with the time gone by, erased at the end, for work whose length is not known.

    Where standard error is not a terminal nothing is written, unless `announce` asks for a line (long work).
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        if announce:
            console.print(what, soft_wrap=True, highlight=False, markup=False)
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(what, total=None)
        yield


def _lines(what: str, write: Callable[..., None]) -> Callable[[str, int, int], None]:
    told, began = 0, time.monotonic()

    def step(_name: str, done: int, total: int) -> None:
        nonlocal told
        tenth = done * 10 // max(total, 1)
        if tenth > told and time.monotonic() - began >= QUIET_SECONDS:
            told = tenth
            write(f"{what} {done}/{total}", highlight=False, markup=False)

    return step
