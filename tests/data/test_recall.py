import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hermes.data.provider import SeriesFacts, StoredFile, StoredSeries
from hermes.data.recall import Recall
from hermes.data.registry import LoadLog, LoadLogWriter, Registry
from hermes.data.reports import QualityReport
from hermes.errors import RegistryError
from hermes.market.instruments import Instrument, InstrumentType, default_instrument
from hermes.settings import Settings

SERIES = StoredSeries.of("TCS", (StoredFile("TCS.parquet", 10, 1),))
FACTS = SeriesFacts(375, 1_704_080_700_000_000, 1_704_103_140_000_000, "vendor", adjusted=False, interval=1)
# What the registry knows of TCS, and Hermes itself does not.
OWN = Instrument("TCS", "Tata Consultancy", price_band=0.05, lot_size=7)


@pytest.fixture
def recall() -> Iterator[Recall]:
    settings = Settings()
    registry = Registry(settings.database_address)
    registry.save_instruments([OWN])
    registry.close()
    made = Recall(settings)
    yield made
    made.close()


def _fail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = Registry.instruments, [RegistryError("The database is locked.")]

    def instruments(self: Registry) -> dict[str, Instrument]:
        if failures:
            raise failures.pop()
        return real(self)

    monkeypatch.setattr(Registry, "instruments", instruments)


def test_instruments_are_asked_for_again_after_a_failed_read(recall: Recall, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_once(monkeypatch)
    monkeypatch.setattr("hermes.data.recall._REST_SECONDS", 0.0)
    assert recall.instrument("TCS") == default_instrument("TCS")
    assert recall.instrument("TCS") == OWN


def test_a_registry_without_instruments_is_read_once(recall: Recall, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    def none(_: Registry) -> dict[str, Instrument]:
        reads.append("read")
        return {}

    monkeypatch.setattr(Registry, "instruments", none)
    assert recall.instrument("TCS") == default_instrument("TCS")
    assert recall.instrument("INFY") == default_instrument("INFY")
    assert reads == ["read"]


def test_a_default_instrument_never_replaces_the_registrys(recall: Recall, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_once(monkeypatch)
    monkeypatch.setattr("hermes.data.recall._REST_SECONDS", 0.0)
    recall.facts(SERIES, "1m", lambda: FACTS)
    recall.flush()
    registry = recall.registry()
    assert registry.instruments()["TCS"] == OWN
    assert registry.availability("TCS", "1m") is not None


def test_threads_that_come_first_together_share_one_registry_and_one_writer(
    recall: Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    class Slow(LoadLogWriter):
        def __init__(self, write: Callable[[Sequence[LoadLog]], None]) -> None:
            made.append("writer")
            time.sleep(0.05)
            super().__init__(write)

    monkeypatch.setattr("hermes.data.registry.LoadLogWriter", Slow)
    log = LoadLog(datetime(2024, 1, 1, tzinfo=UTC), "TCS", "1m", None, None, 1, 0.1, cached=False)
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        recall.log(lambda: log)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    recall.flush()
    assert made == ["writer"]
    assert len(recall.registry().load_logs()) == 4


def test_only_the_newest_of_each_symbol_and_timeframe_is_held(recall: Recall) -> None:
    for change in range(5):
        series = StoredSeries.of("TCS", (StoredFile("TCS.parquet", 10, change),))
        report = QualityReport("TCS", series.identity, change)
        assert recall.quality(series, "1m", lambda _, made=report: made) == report  # type: ignore[misc]
        facts = replace(FACTS, rows=change)
        assert recall.facts(series, "1m", lambda made=facts: made) == facts  # type: ignore[misc]
        assert recall.quality(series, "1m", _never) == report
        assert recall.facts(series, "1m", _never) == facts
    assert len(recall._quality) == 1
    assert len(recall._facts) == 1


@pytest.mark.parametrize(
    "changed",
    [
        Instrument("TCS", has_derivatives=True),
        Instrument("TCS", price_band=0.1),
        Instrument("TCS", type=InstrumentType.INDEX),
    ],
)
def test_a_report_belongs_to_the_instrument_it_was_made_for(recall: Recall, changed: Instrument) -> None:
    before = recall.quality(SERIES, "1m", lambda _: QualityReport("TCS", SERIES.identity, 1))
    recall.flush()
    recall.registry().save_instruments([changed])
    again = Recall(Settings())
    seen: list[Instrument] = []

    def look(instrument: Instrument) -> QualityReport:
        seen.append(instrument)
        return QualityReport("TCS", SERIES.identity, 2)

    assert again.quality(SERIES, "1m", look) != before
    assert seen == [changed]
    again.close()


def _never(*_: object) -> Any:
    raise AssertionError
