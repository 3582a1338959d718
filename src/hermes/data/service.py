"""The facade of the data layer: symbols and days in, checked and sorted bars out."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import get_args

import polars as pl

from hermes.data.bars import BAR_COLUMNS, day_of_us
from hermes.data.cache import Cache, CacheKey, MemoryCache
from hermes.data.health import check_health
from hermes.data.provider import BarsProvider, LocalProvider, SeriesFacts, Span, span_of_days
from hermes.data.provider.stated import is_synthetic
from hermes.data.quality import GUARDED_COLUMNS, apply_policy, check_bars
from hermes.data.recall import Recall
from hermes.data.reports import BarsSource, HealthReport, QualityPolicy, QualityReport
from hermes.data.resample import resample
from hermes.data.search import search
from hermes.data.steady import Source, steadily
from hermes.data.timeframe import Timeframe
from hermes.errors import DataError, HermesError, NoDataError, UnknownNameError, UsageError
from hermes.market.instruments import Instrument, file_name, validate_symbol
from hermes.settings import Settings, get_settings


class DataService:
    """Bars, instruments and what is known about both.

    Minute bars come from the folder of minute bars, or from the synthetic sample while that folder holds no Parquet
    file; daily and weekly bars from the exchange's own daily bars where these are stored, else from minutes. Safe to
    use from several threads.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or get_settings()
        self.cache: Cache | None = None
        if self.settings.cache_enabled:
            limit, hours = self.settings.cache_max_size_mb, self.settings.cache_ttl_hours
            self.cache = MemoryCache(limit * 1024 * 1024, hours * 3600)
        self._minute: BarsProvider = LocalProvider(self.settings.minute_dir)
        self._sample: BarsProvider = LocalProvider(self.settings.sample_dir)
        self._daily: BarsProvider = LocalProvider(self.settings.daily_dir, interval=None)
        self._recall = Recall(self.settings)
        self._described: dict[tuple[str, str], BarsSource] = {}

    def get_market_data(
        self,
        symbols: str | Sequence[str],
        start: date | None = None,
        end: date | None = None,
        timeframe: str = "1m",
        columns: Sequence[str] | None = None,
        quality: QualityPolicy = "drop",
        *,
        cached: bool = True,
    ) -> pl.DataFrame:
        """Bars of `symbols` from day `start` to day `end` (exchange-local, both inclusive; None = all there are).

        Returns a frame with `columns` (all of symbol, timestamp, open, high, low, close, volume, oi by default),
        sorted by symbol and timestamp; timestamps are UTC and label a bar's start, prices are rupees. Only the
        columns and days asked for are decoded. `timeframe` is one of `Timeframe`; an ISO week that began before
        `start` gives no 1w bar, the one that `end` cuts gives a shorter bar. `quality` decides about rows that break
        a rule of the quality guard: "drop" leaves them out, "keep" passes them on, "raise" refuses; `self.quality`
        says which they are. With `cached` False bars that are in the cache are used, but none are put there: for a
        reader that goes through a long range once, in parts. Windows of whole ISO weeks, one after the other, give
        the rows of one read of them all.

        Raises UnknownNameError (symbol, timeframe, column), UsageError (days the wrong way round), NoDataError (a
        symbol without bars in the range), QualityError (policy "raise"), DataError (files that cannot be read).
        """
        given = [symbols] if isinstance(symbols, str) else symbols
        names = sorted({validate_symbol(each) for each in given})
        if not names:
            raise UsageError("No symbol was given. Name at least one, such as 'RELIANCE'.")
        if start is not None and end is not None and end < start:
            raise UsageError(f"The end {end} is before the start {start}.")
        if quality not in get_args(QualityPolicy):
            raise UnknownNameError("quality policy", quality, get_args(QualityPolicy), "Allowed: raise, drop, keep.")
        parsed = Timeframe.parse(timeframe)
        picked = _known_columns(columns)
        frames = [self._logged(name, start, end, parsed, picked, quality, keep=cached) for name in names]
        return frames[0] if len(frames) == 1 else pl.concat(frames)

    def list_instruments(self) -> list[Instrument]:
        """Every instrument with stored bars, sorted by symbol. Raises DataError where a folder cannot be read."""
        symbols = set(self._minutes().symbols()) | set(self._daily.symbols())
        return [self._recall.instrument(symbol) for symbol in sorted(symbols)]

    def get_date_range(self, symbol: str) -> tuple[date, date] | None:
        """First and last exchange-local day with bars of `symbol`; None where nothing is stored.

        Raises UsageError for a symbol no exchange could list, DataError for a file that cannot be read.
        """
        name = validate_symbol(symbol)
        days: list[date] = []
        for provider, base in ((self._minutes(), "1m"), (self._daily, "1d")):
            try:
                facts = steadily(partial(_stored, provider, name, base), self._facts)
            except UnknownNameError:
                continue
            days += [day_of_us(each) for each in (facts.first_us, facts.last_us) if each is not None]
        return (min(days), max(days)) if days else None

    def search_instruments(self, query: str, limit: int = 20) -> list[Instrument]:
        """At most `limit` stored instruments whose symbol, name or sector is like `query`, best first."""
        return search(self.list_instruments(), query, limit)

    def health_check(self) -> HealthReport:
        """Whether the data folder, its bars, the cache and the registry are well. Never raises for what is not."""
        self._recall.flush()
        registry = self._recall.registry if self._recall.enabled else None
        return check_health(self.settings, self._minutes, self._daily, self.cache, registry)

    def describe(self, symbol: str, timeframe: str = "1m") -> BarsSource:
        """Where the bars of `symbol` at `timeframe` come from. Raises UnknownNameError, NoDataError, DataError."""
        return steadily(partial(self._source, validate_symbol(symbol), Timeframe.parse(timeframe)), self._description)

    def _description(self, source: Source) -> BarsSource:
        series = source.series
        key = (series.symbol, source.base)
        known = self._described.get(key)
        if known is not None and known.identity == series.identity:
            return known
        facts = self._facts(source)
        first, last = (None if each is None else day_of_us(each) for each in (facts.first_us, facts.last_us))
        self._described[key] = described = BarsSource(
            symbol=series.symbol,
            identity=series.identity,
            synthetic=is_synthetic(facts.origin),
            adjusted=facts.adjusted,
            official_daily=source.provider is self._daily,
            origin=facts.origin,
            rows=facts.rows,
            first_day=first,
            last_day=last,
            interval=facts.interval,
        )
        return described

    def quality(self, symbol: str, timeframe: str = "1m") -> QualityReport:
        """The quality guard's report on all files behind `symbol` at `timeframe`.

        Made once for the files as they are and remembered. Raises UnknownNameError, NoDataError, DataError.
        """

        def checked(source: Source) -> QualityReport:
            self._facts(source)
            return self._guarded(source)

        return steadily(partial(self._source, validate_symbol(symbol), Timeframe.parse(timeframe)), checked)

    def instrument(self, symbol: str) -> Instrument:
        """What is known about `symbol`, stored or not. Raises UsageError for what cannot be a symbol."""
        return self._recall.instrument(validate_symbol(symbol))

    def flush(self) -> None:
        """Wait until load logs and reports noted so far are in the database, or have failed with a warning."""
        self._recall.flush()

    def close(self) -> None:
        """Write what is waiting, let go of the database and of cached bars. The service can be used again."""
        self._recall.close()
        if self.cache is not None:
            self.cache.clear()

    def _logged(
        self,
        symbol: str,
        start: date | None,
        end: date | None,
        timeframe: Timeframe,
        columns: tuple[str, ...],
        policy: QualityPolicy,
        *,
        keep: bool,
    ) -> pl.DataFrame:
        began = time.perf_counter()
        rows, cached, failure = 0, False, ""
        try:
            bars, cached = self._bars(symbol, start, end, timeframe, columns, policy, keep=keep)
            rows = bars.height
        except HermesError as error:
            failure = str(error)
            raise
        finally:
            seconds = time.perf_counter() - began
            if self._recall.enabled:
                self._log(symbol, timeframe, start, end, rows, seconds, cached, failure)
        return bars

    def _bars(
        self,
        symbol: str,
        start: date | None,
        end: date | None,
        timeframe: Timeframe,
        columns: tuple[str, ...],
        policy: QualityPolicy,
        *,
        keep: bool,
    ) -> tuple[pl.DataFrame, bool]:
        span = span_of_days(start, end)
        # A week that `end` cuts is another bar for another end, so wider ranges cannot serve it.
        variant = f"{timeframe} {policy}" + (f" to {end}" if timeframe is Timeframe.W1 else "")
        if self.cache is not None:
            key = CacheKey(symbol, self._source(symbol, timeframe).series.identity, variant)
            hit = self.cache.get(key, span, columns)
            if hit is not None and not hit.is_empty():
                return hit, True
        needed = tuple(name for name in BAR_COLUMNS if name in columns or name == "timestamp")
        wider = _whole_weeks(start, timeframe, span)

        def read(source: Source) -> tuple[Source, SeriesFacts, pl.DataFrame]:
            facts = self._facts(source)
            _check_interval(symbol, facts, timeframe)
            return source, facts, self._made(source, wider, timeframe, needed, policy)

        source, facts, bars = steadily(partial(self._source, symbol, timeframe), read)
        if keep and self.cache is not None:
            self.cache.put(CacheKey(symbol, source.series.identity, variant), wider, bars)
        bars = bars.filter(pl.col("timestamp").to_physical() >= span.start_us) if wider != span else bars
        if bars.is_empty():
            raise NoDataError(_no_bars(symbol, start, end, timeframe, facts))
        return bars.select(columns), False

    def _made(
        self,
        source: Source,
        span: Span,
        timeframe: Timeframe,
        columns: tuple[str, ...],
        policy: QualityPolicy,
    ) -> pl.DataFrame:
        report = self._guarded(source)
        daily = source.provider is self._daily
        wanted = columns if report.clean else tuple(n for n in BAR_COLUMNS if n in columns or n in GUARDED_COLUMNS)
        bars = source.provider.read(source.series, span, wanted)
        bars = apply_policy(bars, report, policy, self._recall.instrument(source.series.symbol), daily=daily)
        bars = bars.select(columns)
        if not (daily and timeframe is Timeframe.D1):
            bars = resample(bars, timeframe)
        # In one piece each: a column of several files' pieces would be copied by every reader that wants an array.
        return bars.rechunk()

    def _guarded(self, source: Source) -> QualityReport:
        provider, series, base = source

        def look(instrument: Instrument) -> QualityReport:
            bars = provider.read(series, None, GUARDED_COLUMNS)
            return check_bars(bars, instrument, series.identity, daily=provider is self._daily)

        return self._recall.quality(series, base, look)

    def _facts(self, source: Source) -> SeriesFacts:
        return self._recall.facts(source.series, source.base, lambda: source.provider.facts(source.series))

    def _minutes(self) -> BarsProvider:
        return self._sample if self._minute.is_empty() else self._minute

    def _source(self, symbol: str, timeframe: Timeframe) -> Source:
        """What bars of `timeframe` are made from."""
        if not timeframe.intraday:
            series = self._daily.series(symbol)
            if series is not None:
                return Source(self._daily, series, "1d")
        series = self._minute.series(symbol)
        if series is not None:
            return Source(self._minute, series, "1m")
        if self._minute.is_empty():
            series = self._sample.series(symbol)
            if series is not None:
                return Source(self._sample, series, "1m")
        if self._daily.series(symbol) is not None:
            raise NoDataError(f"{symbol} has daily bars only, so {timeframe} cannot be built. Ask for 1d or 1w.")
        for path in (*self._minute.misnamed(symbol), *self._daily.misnamed(symbol)):
            name = file_name(symbol) + (".parquet" if Path(path).is_file() else "")
            raise DataError(f"{path} is not read as bars of {symbol}: rename it to {name}.")
        known = [*self._minutes().symbols(), *self._daily.symbols()]
        remedy = (
            "`hermes data list` shows what is stored."
            if known
            else f"No bars are stored in {self.settings.data_root}: run `hermes data sample` or `hermes data import`."
        )
        raise UnknownNameError("symbol", symbol, known, remedy)

    def _log(
        self,
        symbol: str,
        timeframe: Timeframe,
        start: date | None,
        end: date | None,
        rows: int,
        seconds: float,
        cached: bool,
        failure: str,
    ) -> None:
        from hermes.data.registry.load_log import LoadLog

        now = datetime.now(UTC)
        self._recall.log(lambda: LoadLog(now, symbol, timeframe, start, end, rows, seconds, cached, failure))


def _stored(provider: BarsProvider, symbol: str, base: str) -> Source:
    series = provider.series(symbol)
    if series is None:
        raise UnknownNameError("symbol", symbol, ())
    return Source(provider, series, base)


def _known_columns(columns: Sequence[str] | None) -> tuple[str, ...]:
    if columns is None:
        return BAR_COLUMNS
    for name in columns:
        if name not in BAR_COLUMNS:
            raise UnknownNameError("column", name, BAR_COLUMNS, f"Allowed: {', '.join(BAR_COLUMNS)}.")
    if not columns:
        raise UsageError(f"No column was asked for. Allowed: {', '.join(BAR_COLUMNS)}.")
    return tuple(dict.fromkeys(columns))


def _whole_weeks(start: date | None, timeframe: Timeframe, span: Span) -> Span:
    if timeframe is not Timeframe.W1 or start is None:
        return span
    return Span(span_of_days(start - timedelta(days=start.weekday()), None).start_us, span.end_us)


def _check_interval(symbol: str, facts: SeriesFacts, timeframe: Timeframe) -> None:
    asked, stored = timeframe.minutes, facts.interval
    if asked is not None and stored is not None and asked % stored:
        allowed = [each.value for each in Timeframe if each.minutes is None or each.minutes % stored == 0]
        raise UsageError(
            f"{symbol} is stored in bars of {stored} minutes, so {timeframe} cannot be built. "
            f"Ask for {', '.join(allowed)}."
        )


def _no_bars(symbol: str, start: date | None, end: date | None, timeframe: Timeframe, facts: SeriesFacts) -> str:
    asked = f"{symbol} has no {timeframe} bars" + (f" from {start}" if start else "") + (f" to {end}" if end else "")
    if facts.first_us is None or facts.last_us is None:
        return f"{asked}: its files hold no row. Import its bars again."
    return f"{asked}. Stored: {day_of_us(facts.first_us)} to {day_of_us(facts.last_us)}."
