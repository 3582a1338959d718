"""The facade of the data layer: symbols and days in, checked and sorted bars out."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from hermes.data.reports import BarsSource, HealthReport, QualityPolicy, QualityReport
from hermes.market.instruments import Instrument
from hermes.settings import Settings, get_settings


class DataService:
    """Bars, instruments and what is known about both."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or get_settings()

    def get_market_data(
        self,
        symbols: str | Sequence[str],
        start: date | None = None,
        end: date | None = None,
        timeframe: str = "1m",
        columns: Sequence[str] | None = None,
        quality: QualityPolicy = "drop",
    ) -> pl.DataFrame:
        """Bars of `symbols` from day `start` to day `end` (exchange-local, both inclusive; None = all there are)."""
        raise NotImplementedError

    def list_instruments(self) -> list[Instrument]:
        """Every instrument with stored bars, sorted by symbol."""
        raise NotImplementedError

    def get_date_range(self, symbol: str) -> tuple[date, date] | None:
        """First and last exchange-local day with bars; None where nothing is stored."""
        raise NotImplementedError

    def search_instruments(self, query: str, limit: int = 20) -> list[Instrument]:
        """Instruments whose symbol or name is like `query`, best first."""
        raise NotImplementedError

    def health_check(self) -> HealthReport:
        """Whether folder, bars, cache and registry are well."""
        raise NotImplementedError

    def describe(self, symbol: str, timeframe: str = "1m") -> BarsSource:
        """Where the bars of `symbol` at `timeframe` come from."""
        raise NotImplementedError

    def quality(self, symbol: str, timeframe: str = "1m") -> QualityReport:
        """The quality guard's report on the files behind `symbol` at `timeframe`."""
        raise NotImplementedError

    def instrument(self, symbol: str) -> Instrument:
        """What is known about `symbol`."""
        raise NotImplementedError
