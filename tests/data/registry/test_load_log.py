import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hermes.data.registry import LoadLog, LoadLogWriter, Registry
from hermes.errors import RegistryError

LOG = LoadLog(datetime(2024, 1, 1, tzinfo=UTC), "TCS", "1m", None, None, 1, 0.1, cached=False)


def test_logs_are_written_by_another_thread_in_batches() -> None:
    batches: list[tuple[str, int]] = []

    def write(logs: Sequence[LoadLog]) -> None:
        batches.append((threading.current_thread().name, len(logs)))

    writer = LoadLogWriter(write)
    for _ in range(100):
        writer.add(LOG)
    writer.flush()
    assert {name for name, _ in batches} == {"hermes-load-log"}
    assert sum(size for _, size in batches) == 100
    assert len(batches) < 100
    writer.close()


def test_flush_and_close_without_logs_do_nothing() -> None:
    writer = LoadLogWriter(lambda _: None)
    writer.flush()
    writer.close()


def test_a_closed_writer_starts_again() -> None:
    written: list[LoadLog] = []
    writer = LoadLogWriter(written.extend)
    writer.add(LOG)
    writer.close()
    writer.add(LOG)
    writer.close()
    assert written == [LOG, LOG]


def test_threads_that_write_while_others_close_lose_nothing_and_never_hang() -> None:
    written: list[LoadLog] = []
    writer = LoadLogWriter(written.extend)
    together = threading.Barrier(4)

    def work(closes: bool) -> None:
        together.wait()
        for _ in range(200):
            writer.add(LOG)
            if closes:
                writer.close()

    threads = [threading.Thread(target=work, args=(number < 2,), daemon=True) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert not any(each.is_alive() for each in threads)
    writer.close()
    assert len(written) == 800


def test_a_log_added_while_the_writer_closes_goes_to_a_thread_of_its_own() -> None:
    written: list[LoadLog] = []
    writing, gate = threading.Event(), threading.Event()

    def write(logs: Sequence[LoadLog]) -> None:
        writing.set()
        gate.wait(20)
        written.extend(logs)

    writer = LoadLogWriter(write)
    writer.add(LOG)
    closing = threading.Thread(target=writer.close, daemon=True)
    closing.start()
    assert writing.wait(20)
    writer.add(LOG)
    gate.set()
    closing.join(20)
    assert not closing.is_alive()
    writer.close()
    assert written == [LOG, LOG]


def test_a_batch_that_cannot_be_written_is_a_warning_and_the_next_is_written(caplog: pytest.LogCaptureFixture) -> None:
    written: list[LoadLog] = []
    failures = [RegistryError("The database is locked."), ValueError("odd")]

    def write(logs: Sequence[LoadLog]) -> None:
        if failures:
            raise failures.pop(0)
        written.extend(logs)

    writer = LoadLogWriter(write)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            writer.add(LOG)
            writer.flush()
    assert "1 load logs could not be written. The database is locked." in caplog.text
    assert "ValueError: odd" in caplog.text
    assert written == [LOG]
    writer.close()


def test_logs_that_do_not_fit_are_counted_in_a_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.data.registry.load_log._MOST_WAITING", 5)
    gate = threading.Event()
    writer = LoadLogWriter(lambda _: None)
    with caplog.at_level(logging.WARNING):
        writer.later(gate.wait)  # type: ignore[arg-type]
        for _ in range(50):
            writer.add(LOG)
        gate.set()
        writer.close()
    lost = [record.args for record in caplog.records if "too slow" in record.msg]
    assert lost
    assert 40 <= sum(each[0] for each in lost if isinstance(each, tuple)) <= 50  # type: ignore[misc]


def test_what_waits_when_the_program_ends_is_written(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'hermes.sqlite'}"
    code = (
        "from datetime import UTC, datetime\n"
        "from hermes.data.registry import LoadLog, LoadLogWriter, Registry\n"
        f"writer = LoadLogWriter(Registry({address!r}).save_load_logs)\n"
        "for n in range(20):\n"
        "    writer.add(LoadLog(datetime.now(UTC), 'TCS', '1m', None, None, n, 0.1, False))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert len(Registry(address).load_logs()) == 20
