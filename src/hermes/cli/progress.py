"""Progress on standard error, so that what a command prints can be piped while it works."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

QUIET_SECONDS = 1.0
"""Work shorter than this is not worth a line."""


Step = Callable[[str, int, int], None]


@contextmanager
def counted(what: str, unit: str = "") -> Iterator[Step]:
    """A bar with the time left; the function it gives takes what was done, how many are done, and how many there are.

    With a `unit`, such as "bars", the line also tells how many a second. Where standard error is not a terminal, a
    line is written at every tenth part instead, after the first second.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(what, unit, console.print)
        return
    pace = _Pace(unit)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[state]}", markup=False),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None, state="")

        def step(name: str, done: int, total: int) -> None:
            title, state = f"{what} {name}".rstrip(), pace.told(done, total)
            progress.update(task, description=title, completed=done, total=total, state=state)

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


class _Pace:
    """How much is done and how many a second, counted from its first word on: preparing is no work."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._first: tuple[float, int] | None = None
        self.gone = 0.0

    def told(self, done: int, total: int) -> str:
        """`3/50`, or with a unit `300,000/500,000 bars, 250,000/s`."""
        now = time.monotonic()
        began, before = self._first = self._first or (now, done)
        self.gone = now - began
        if not self._unit:
            return f"{done}/{total}"
        rate = f", {(done - before) / self.gone:,.0f}/s" if self.gone > 0 and self.gone >= QUIET_SECONDS else ""
        return f"{done:,}/{total:,} {self._unit}{rate}"


def _lines(what: str, unit: str, write: Callable[..., None]) -> Step:
    told, pace = 0, _Pace(unit)

    def step(_name: str, done: int, total: int) -> None:
        nonlocal told
        tenth, state = done * 10 // max(total, 1), pace.told(done, total)
        if tenth > told and pace.gone >= QUIET_SECONDS:
            told = tenth
            write(f"{what} {state}", soft_wrap=True, highlight=False, markup=False)

    return step
