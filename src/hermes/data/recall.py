"""What is known of files that were looked at before: in this process, and in the registry where that is on.

Bars can be read without a registry. So a database that fails is a warning here, and is left alone for a minute.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from hermes.data.provider.base import SeriesFacts, StoredSeries
from hermes.data.quality import rules_for
from hermes.data.reports import QualityReport
from hermes.errors import RegistryError
from hermes.market.instruments import Instrument, default_instrument
from hermes.settings import Settings

if TYPE_CHECKING:
    from hermes.data.registry import LoadLog, LoadLogWriter, Registry

T = TypeVar("T")
_LOGGER: Final = logging.getLogger(__name__)
_REST_SECONDS: Final = 60.0


class Recall:
    """Answers from memory, then from the registry, then by looking; what was looked up is written down for later."""

    def __init__(self, settings: Settings) -> None:
        self.enabled = settings.registry_enabled
        self._address = settings.database_address
        self._opening = threading.Lock()
        self._registry: Registry | None = None
        self._writer: LoadLogWriter | None = None
        self._rests_until = 0.0
        # The newest of each symbol and base timeframe, with what it was made of.
        self._quality: dict[tuple[str, str], tuple[tuple[str, str], QualityReport]] = {}
        self._facts: dict[tuple[str, str], tuple[str, SeriesFacts]] = {}
        self._instruments: dict[str, Instrument] | None = None

    def quality(
        self, series: StoredSeries, timeframe: str, look: Callable[[Instrument], QualityReport]
    ) -> QualityReport:
        """The quality report of `series`, bars of base `timeframe`.

        `look` makes it where these very files were never checked as bars of the instrument as it is known now.
        """
        instrument = self.instrument(series.symbol)
        key, made_of = (series.symbol, timeframe), (series.identity, rules_for(instrument))
        held = self._quality.get(key)
        if held is not None and held[0] == made_of:
            return held[1]
        report = self._ask(lambda registry: registry.quality(*key, *made_of), None)
        if report is None:
            report = made = look(instrument)
            self._later(lambda registry: registry.save_quality(made, timeframe, made_of[1]))
        self._quality[key] = (made_of, report)
        return report

    def facts(self, series: StoredSeries, timeframe: str, look: Callable[[], SeriesFacts]) -> SeriesFacts:
        """What the files of `series`, bars of base `timeframe`, say about themselves."""
        key = (series.symbol, timeframe)
        held = self._facts.get(key)
        if held is not None and held[0] == series.identity:
            return held[1]
        stored = self._ask(lambda registry: registry.availability(*key), None)
        if stored is not None and stored.identity == series.identity:
            known = stored.facts
        else:
            known = look()
            self._note(series, timeframe, known)
        self._facts[key] = (series.identity, known)
        return known

    def instrument(self, symbol: str) -> Instrument:
        """The instrument the registry knows under `symbol`, else the one Hermes knows. Raises UsageError."""
        if self._instruments is None:
            # A failed read says nothing about the instruments: it is tried again later.
            self._instruments = self._ask(lambda registry: registry.instruments(), None)
        known = self._instruments.get(symbol) if self._instruments else None
        return known or default_instrument(symbol)

    def log(self, load: "Callable[[], LoadLog]") -> None:
        """Write a load log soon, if the registry is on."""
        writer = self._open_writer()
        if writer is not None:
            writer.add(load())

    def flush(self) -> None:
        """Wait until everything noted so far is written, or has failed with a warning."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Write what is waiting and give the database back."""
        if self._writer is not None:
            self._writer.close()
        if self._registry is not None:
            self._registry.close()

    def registry(self) -> "Registry":
        """The registry itself. Raises RegistryError where its address is none."""
        with self._opening:
            if self._registry is None:
                from hermes.data.registry import Registry

                self._registry = Registry(self._address)
            return self._registry

    def _note(self, series: StoredSeries, timeframe: str, facts: SeriesFacts) -> None:
        instrument = self.instrument(series.symbol)

        def write(registry: "Registry") -> None:
            from hermes.data.registry import Availability

            # What is noted here may be Hermes's own default: it must not replace what the registry knows better.
            registry.add_instruments([instrument])
            registry.save_availability(Availability(series.symbol, timeframe, series.identity, facts))

        self._later(write)

    def _ask(self, question: "Callable[[Registry], T]", otherwise: T) -> T:
        if not self.enabled or time.monotonic() < self._rests_until:
            return otherwise
        try:
            return question(self.registry())
        except RegistryError as error:
            self._rests_until = time.monotonic() + _REST_SECONDS
            _LOGGER.warning("Going on without the registry for now. %s", error)
            return otherwise

    def _later(self, job: "Callable[[Registry], None]") -> None:
        writer = self._open_writer()
        if writer is not None:
            writer.later(lambda: job(self.registry()))

    def _open_writer(self) -> "LoadLogWriter | None":
        if not self.enabled or (self._rests_until and time.monotonic() < self._rests_until):
            return None
        with self._opening:
            if self._writer is None:
                from hermes.data.registry import LoadLogWriter

                self._writer = LoadLogWriter(lambda logs: self.registry().save_load_logs(logs))
            return self._writer
