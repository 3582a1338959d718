"""Writing down loads off the caller's path: a queue, one thread, batches."""

import atexit
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from hermes.errors import RegistryError

_LOGGER: Final = logging.getLogger(__name__)
_MOST_WAITING: Final = 10_000
_BATCH: Final = 2_000
_GATHER_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class LoadLog:
    """One request for one symbol's bars: what was asked, how many rows came, how long it took, where from."""

    loaded_at: datetime
    symbol: str
    timeframe: str
    start_day: date | None
    end_day: date | None
    rows: int
    seconds: float
    cached: bool
    error: str = ""


class LoadLogWriter:
    """Hands `LoadLog`s, and other small writes, to the database in a thread of its own.

    `add` and `later` never wait and never raise. A batch that cannot be written is logged as a warning with its size,
    as are rows that did not fit in the queue. What is waiting when the program ends is written then. Safe to use from
    several threads.
    """

    def __init__(self, write: Callable[[Sequence[LoadLog]], None]) -> None:
        self._write = write
        self._worker: _Worker | None = None
        self._lock = threading.Lock()

    def add(self, log: LoadLog) -> None:
        """Write `log` soon."""
        self._put(log)

    def later(self, job: Callable[[], None]) -> None:
        """Run `job`, a write of its own, soon; its RegistryError becomes a warning."""
        self._put(job)

    def flush(self) -> None:
        """Wait until everything handed over so far is written, or has failed with a warning."""
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.flush()

    def close(self) -> None:
        """Write what is waiting and end the thread. A later `add` starts another."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.close()
        with self._lock:
            if self._worker is None:
                atexit.unregister(self.close)

    def _put(self, item: LoadLog | Callable[[], None]) -> None:
        # Under the lock, so that nothing comes to a worker after the word that ends it.
        with self._lock:
            if self._worker is None:
                self._worker = _Worker(self._write)
                atexit.register(self.close)
            self._worker.put(item)


class _Worker:
    """One thread and the queue that only it reads, from the first item to `close`."""

    def __init__(self, write: Callable[[Sequence[LoadLog]], None]) -> None:
        self._write = write
        self._queue: queue.Queue[LoadLog | Callable[[], None] | None] = queue.Queue(_MOST_WAITING)
        self._lost = 0
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hermes-load-log", daemon=True)
        self._thread.start()

    def put(self, item: LoadLog | Callable[[], None]) -> None:
        """Queue `item`, or count it as lost where the queue is full. Never after `close`."""
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._lost += 1

    def flush(self) -> None:
        """Wait until everything queued so far was tried."""
        self._hurry.set()
        self._queue.join()
        self._hurry.clear()

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._hurry.set()
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            taken = [self._queue.get()]
            # Loads come in bursts: one transaction for all of them leaves the caller's thread in peace.
            self._hurry.wait(_GATHER_SECONDS)
            while len(taken) < _BATCH:
                try:
                    taken.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            going = None not in taken
            logs = [each for each in taken if isinstance(each, LoadLog)]
            if logs:
                self._attempt(lambda logs=logs: self._write(logs), f"{len(logs)} load logs")  # type: ignore[misc]
            for job in taken:
                if callable(job):
                    self._attempt(job, "a registry entry")
            if self._lost:
                _LOGGER.warning("%d load logs were not written: the database is too slow for them", self._lost)
                self._lost = 0
            for _ in taken:
                self._queue.task_done()

    def _attempt(self, job: Callable[[], None], what: str) -> None:
        try:
            job()
        except RegistryError as error:
            _LOGGER.warning("%s could not be written. %s", what, error)
        except Exception:
            # The thread must live on: the next batch may well be written.
            _LOGGER.exception("%s could not be written", what)
