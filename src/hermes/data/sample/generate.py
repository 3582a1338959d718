"""The synthetic sample year: one Parquet file a symbol, the same bars for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from hermes.data.sample.factors import FactorReturns, factor_returns, stream
from hermes.data.sample.grid import MinuteGrid, minute_grid
from hermes.data.sample.prices import MinuteBars, symbol_bars
from hermes.data.sample.profiles import profiles
from hermes.data.store import write_bars
from hermes.errors import UnknownNameError, UsageError
from hermes.market.instruments import Instrument, nifty50
from hermes.market.sessions import nse_calendar

DEFAULT_YEAR = 2024
DEFAULT_SEED = 20240101
MARKET_VOLATILITY = 0.13
"""Annualised standard deviation of the factor that every symbol shares."""
SECTOR_VOLATILITY = 0.09
"""Annualised standard deviation of the factor that the symbols of one sector share."""


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What `generate_sample` wrote.

    Attributes:
        directory: the folder of the files.
        symbols: symbols written, in order.
        seed: the seed they were made from.
        rows: bars written, over all symbols.
        first_day: first session (exchange-local).
        last_day: last session (exchange-local).
    """

    directory: Path
    symbols: tuple[str, ...]
    seed: int
    rows: int
    first_day: date
    last_day: date


def generate_sample(
    directory: Path,
    symbols: Sequence[str] | None = None,
    year: int = DEFAULT_YEAR,
    seed: int = DEFAULT_SEED,
    progress: Callable[[str, int, int], None] | None = None,
) -> SampleReport:
    """Write a year of synthetic minute bars for the NIFTY 50, marked as synthetic in each file.

    Every symbol, every sector and the market have random streams of their own, so a symbol's bars do not
    depend on which others are asked for.

    Args:
        directory: folder of minute bars to write into; made if missing, its files of that year replaced.
        symbols: members of the sample; all of them if None.
        year: calendar year; the sessions are those the NSE held in it.
        seed: not negative; the same seed gives the same bars.
        progress: called after each symbol with its name, how many are done and how many there are.

    Raises:
        UnknownNameError: a symbol is not in the sample.
        UsageError: no symbol, a negative seed, or a year the session calendar does not know.
        DataError: the folder cannot be written.
    """
    members = {instrument.symbol: instrument for instrument in nifty50()}
    wanted = _members(symbols, members)
    if seed < 0:
        raise UsageError(f"The sample's seed must be 0 or more, not {seed}.")
    grid = _year_grid(year)
    market, sector_of = _factors(grid, year, seed)
    rows = 0
    for done, symbol in enumerate(wanted, start=1):
        instrument = members[symbol]
        bars = symbol_bars(
            stream(seed, year, f"symbol {symbol}"),
            grid,
            instrument,
            profiles()[symbol],
            market=market,
            sector=sector_of(instrument.sector),
        )
        frame = _frame(grid, bars)
        write_bars(frame, directory, symbol, origin=f"synthetic-sample seed={seed}", replace=True)
        rows += frame.height
        if progress is not None:
            progress(symbol, done, len(wanted))
    return SampleReport(
        directory=directory,
        symbols=wanted,
        seed=seed,
        rows=rows,
        first_day=grid.days[0].item(),
        last_day=grid.days[-1].item(),
    )


def _members(symbols: Sequence[str] | None, members: dict[str, Instrument]) -> tuple[str, ...]:
    if symbols is None:
        return tuple(members)
    wanted = tuple(dict.fromkeys(symbol.strip().upper() for symbol in symbols))
    if not wanted:
        raise UsageError("No symbol was named for the sample; leave the list out to make all of them.")
    for symbol in wanted:
        if symbol not in members:
            raise UnknownNameError("sample symbol", symbol, members, "The sample holds the NIFTY 50.")
    return wanted


def _year_grid(year: int) -> MinuteGrid:
    calendar = nse_calendar()
    if not calendar.first_day.year <= year <= calendar.last_day.year:
        raise UsageError(
            f"No sessions are known for {year}; choose a year from {calendar.first_day.year} "
            f"to {calendar.last_day.year}."
        )
    first = max(date(year, 1, 1), calendar.first_day)
    last = min(date(year, 12, 31), calendar.last_day)
    # Every member of the index has derivatives, so all of them share the sessions of the closing auction.
    return minute_grid(calendar.sessions(first, last, closing_auction=True))


def _factors(grid: MinuteGrid, year: int, seed: int) -> tuple[FactorReturns, Callable[[str], FactorReturns]]:
    market = factor_returns(stream(seed, year, "market"), grid, MARKET_VOLATILITY)
    drawn: dict[str, FactorReturns] = {}

    def sector(name: str) -> FactorReturns:
        if name not in drawn:
            drawn[name] = factor_returns(stream(seed, year, f"sector {name}"), grid, SECTOR_VOLATILITY)
        return drawn[name]

    return market, sector


def _frame(grid: MinuteGrid, bars: MinuteBars) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "timestamp": pl.Series(grid.timestamps).cast(pl.Datetime("us", "UTC")),
            "open": bars.open,
            "high": bars.high,
            "low": bars.low,
            "close": bars.close,
            "volume": bars.volume,
        }
    )
