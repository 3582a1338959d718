"""The bars that a verification takes: those asked for, and before them what a backtest would load to warm up."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from hermes.data import DataService
from hermes.data.bars import day_of_us, day_start_us
from hermes.engine import BacktestRequest
from hermes.engine.load import load_from
from hermes.errors import NoDataError
from hermes.research.verify.request import VerifyRequest
from hermes.research.verify.subject import Subject
from hermes.strategy import Strategy

DEFAULT_BARS = 7_500
"""Bars that are checked where no first day is given: 20 sessions of minutes."""
_HISTORY_FACTOR = 3
"""The warm-up's check looks so many warm-ups back."""


def load(request: VerifyRequest, strategy: Strategy, data: DataService) -> list[Subject]:
    """The strategy on the bars of each symbol that the request names, from one day on.

    Raises as `DataService.get_market_data` does, and NoDataError where fewer than two bars of a symbol are left.
    """
    symbols = request.symbols or (_first_symbol(data),)
    first_day = request.start_date or max(_default_first_day(data, symbol, request) for symbol in symbols)
    return [_subject(request, symbol, first_day, strategy, data) for symbol in sorted(symbols)]


def _subject(request: VerifyRequest, symbol: str, first_day: date, strategy: Strategy, data: DataService) -> Subject:
    source = data.describe(symbol, request.timeframe)
    plan = BacktestRequest(
        symbols=(symbol,), strategy=request.strategy, timeframe=request.timeframe, start_date=first_day
    )
    warm_day = load_from(plan, strategy) or first_day
    far = first_day - _HISTORY_FACTOR * (first_day - warm_day) - timedelta(days=1)
    far = max(source.first_day or far, far)
    history = pl.DataFrame()
    if request.end_date is None or far <= request.end_date:
        history = data.get_market_data(symbol, far, request.end_date, request.timeframe)
    stamps = history.get_column("timestamp").to_physical().to_numpy() if history.height else np.zeros(0, np.int64)
    warm, start = (int(np.searchsorted(stamps, day_start_us(day))) for day in (warm_day, first_day))
    if len(stamps) - start < 2:
        raise NoDataError(
            f"{symbol} has fewer than two {request.timeframe} bars from {first_day} to "
            f"{request.end_date or source.last_day}. Stored: {source.first_day} to {source.last_day}."
        )
    return Subject(symbol, strategy, request.timeframe, history[warm:], start - warm, history, source)


def _default_first_day(data: DataService, symbol: str, request: VerifyRequest) -> date:
    stamps = data.get_market_data(symbol, None, request.end_date, request.timeframe, ["timestamp"])
    physical = stamps.get_column("timestamp").to_physical()
    return day_of_us(physical[max(0, len(physical) - DEFAULT_BARS)])


def _first_symbol(data: DataService) -> str:
    known = data.list_instruments()
    if not known:
        raise NoDataError(
            f"No bars are stored in {data.settings.data_root}: run `hermes data sample` or `hermes data import`."
        )
    return known[0].symbol
