"""From a frame of bars and targets to the arrays that the compiled kernel reads."""

import math
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.engine.kernel import RATES, Bars, survey
from hermes.engine.kernel.codes import (
    CLOSE_OUT,
    FIRST,
    FLAT,
    LOCKED_DOWN,
    LOCKED_UP,
    NO_OPINION,
    SQUARE_OFF,
    TRADABLE,
)
from hermes.engine.request import BacktestRequest
from hermes.engine.sizing import AtrRisk, VolatilityTarget
from hermes.errors import DataError, UsageError
from hermes.market import (
    IST,
    IST_OFFSET_US,
    ChargeRates,
    ChargeSchedule,
    Instrument,
    InstrumentType,
    Product,
    square_off_time,
)
from hermes.market.bands import session_bands
from hermes.market.ticks import session_ticks

F8 = npt.NDArray[np.float64]

DAY_US = 86_400_000_000
IMPACT_SESSIONS = 20
"""Sessions in the estimates of daily volatility and volume behind the square-root impact."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Kernel input of n bars in s sessions, with what the result needs beside it.

    `timestamps` int64[n] microseconds UTC (bar start); `session_days` datetime64[D][s] exchange-local;
    `short_targets` counts the bars whose target -1 became 0 because CNC cannot be short.
    """

    bars: Bars
    timestamps: npt.NDArray[np.int64]
    session_days: npt.NDArray[np.datetime64]
    lot: float
    short_targets: int
    volume_known: bool
    ticks_rounded: bool


@dataclass(frozen=True, slots=True)
class _Sessions:
    """The sessions of the loaded bars: number of each bar's; last bar, day, last close and volume of each."""

    index: npt.NDArray[np.int32]
    last: npt.NDArray[np.intp]
    days: npt.NDArray[np.datetime64]
    close: F8
    volume: F8


def prepare(
    frame: pl.DataFrame,
    start: int,
    request: BacktestRequest,
    instrument: Instrument,
    schedule: ChargeSchedule,
    *,
    adjusted: bool,
    lot: float,
) -> Prepared:
    """Arrays of the rows from `start` on; the rows before it only warm up volatility, volume, ATR and ticks.

    `frame` holds timestamp (UTC µs), open, high, low, close, volume and the Int8 column signal of one symbol, sorted
    by time. Raises DataError where a price that would be traded on is not a positive number.
    """
    stamps = start_times(frame)
    opened, high, low, close = (_floats(frame, name) for name in ("open", "high", "low", "close"))
    volume = _floats(frame, "volume")
    flags = np.empty(len(stamps), dtype=np.uint8)
    session = np.empty(len(stamps), dtype=np.int32)
    count, with_volume, bad = survey(stamps, IST_OFFSET_US, DAY_US, opened, high, low, close, volume, flags, session)
    if bad >= 0:
        raise _untradable(frame, bad)
    sessions = _sessions(stamps, session, count, close, volume)
    volume_known = instrument.type is not InstrumentType.INDEX and with_volume > 0
    if not volume_known:
        flags |= TRADABLE
    if request.price_bands and not adjusted:
        _flag_locked(flags, close, sessions, instrument)
    if request.product is Product.MIS:
        _flag_square_off(flags, stamps, sessions, instrument)

    rounded = request.tick_rounding and not adjusted
    ticks = session_ticks(sessions.days, sessions.close, instrument) if rounded else np.zeros(len(sessions.days))
    volatility = average_volume = annual = np.full(len(sessions.days), np.nan)
    if request.impact:
        volatility, average_volume = _before_each_session(sessions, IMPACT_SESSIONS)
    if isinstance(request.sizing, VolatilityTarget):
        annual = _before_each_session(sessions, request.sizing.sessions)[0] * np.sqrt(252.0)
    rates, rate_row = rate_table(schedule, sessions.days)

    first_session = int(session[start])
    flags[start] |= FIRST
    target, short_targets = _targets(frame["signal"], start, request.product)
    bars = Bars(
        open=opened[start:],
        high=high[start:],
        low=low[start:],
        close=close[start:],
        volume=volume[start:],
        flags=flags[start:],
        session=session[start:] - np.int32(first_session) if first_session else session[start:],
        target=target,
        atr=_atr(frame, request)[start:],
        tick=np.ascontiguousarray(ticks[first_session:]),
        daily_volatility=volatility[first_session:],
        daily_volume=average_volume[first_session:],
        annual_volatility=annual[first_session:],
        rate_row=rate_row[first_session:],
        rates=rates,
    )
    return Prepared(
        bars=bars,
        timestamps=stamps[start:],
        session_days=sessions.days[first_session:],
        lot=lot,
        short_targets=short_targets,
        volume_known=volume_known,
        ticks_rounded=rounded,
    )


def rate_table(
    schedule: ChargeSchedule, days: npt.NDArray[np.datetime64]
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.int32]]:
    """The schedule's rows in the kernel's integers (layout RATES), and the row in force on each day.

    Raises UsageError for a rate finer than a billionth or an amount finer than a paisa.
    """
    rates, since = _rows_of(schedule)
    rows = np.searchsorted(since, days, side="right") - 1
    return rates, np.maximum(rows, 0).astype(np.int32)


@lru_cache(maxsize=64)
def _rows_of(schedule: ChargeSchedule) -> tuple[npt.NDArray[np.void], npt.NDArray[np.datetime64]]:
    rates = np.zeros(len(schedule.rates), dtype=RATES)
    for row, each in zip(rates, schedule.rates, strict=True):
        _write_rates(row, each, rounded=schedule.rounding == "paisa")
    return rates, np.array([np.datetime64(each.valid_from, "D") for each in schedule.rates])


def _write_rates(row: np.void, rates: ChargeRates, *, rounded: bool) -> None:
    for name in ("brokerage_rate", "per_share", "stt_buy", "stt_sell", "transaction", "sebi", "ipft"):
        row[name] = _whole(getattr(rates, name) * 1_000_000_000, name)
    for name in ("stamp_buy", "stamp_sell", "gst"):
        row[name] = _whole(getattr(rates, name) * 1_000_000_000, name)
    cap = rates.brokerage_cap
    row["brokerage_cap"] = -1 if cap is None else _whole(cap * 100, "brokerage_cap")
    row["brokerage_flat"] = _whole(rates.brokerage_flat * 100, "brokerage_flat")
    row["dp"] = _whole(rates.dp * 100, "dp")
    row["rounded"] = 1 if rounded else 0


def _whole(scaled: Decimal, name: str) -> int:
    whole = int(scaled.to_integral_value())
    if whole != scaled:
        raise UsageError(
            f"Charge {name} has too many digits ({scaled.normalize()} of its smallest unit). Rates go down to a "
            "billionth, amounts to a paisa."
        )
    return whole


def start_times(frame: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Starts of the frame's bars, int64[n] microseconds UTC, without a copy."""
    return frame.get_column("timestamp").to_numpy().view(np.int64)


def _floats(frame: pl.DataFrame, name: str) -> F8:
    column: F8 = frame.get_column(name).to_numpy()
    return column.astype(np.float64, copy=False)


def _untradable(frame: pl.DataFrame, bar: int) -> DataError:
    row = frame.row(bar, named=True)
    name = next(each for each in ("open", "high", "low", "close") if not 0.0 < (row[each] or math.nan) < math.inf)
    moment = row["timestamp"].astimezone(IST)
    return DataError(
        f"The {name} of the bar at {moment:%Y-%m-%d %H:%M} IST is {row[name]}, which cannot be traded. "
        "Use the quality policy 'drop', or mend the file (see hermes data check)."
    )


def _sessions(
    stamps: npt.NDArray[np.int64],
    session: npt.NDArray[np.int32],
    count: int,
    close: F8,
    volume: F8,
) -> _Sessions:
    starts = np.searchsorted(session, np.arange(count, dtype=np.int32))
    lasts = np.append(starts[1:], len(stamps)) - 1
    return _Sessions(
        index=session,
        last=lasts,
        days=((stamps[starts] + IST_OFFSET_US) // DAY_US).astype("datetime64[D]"),
        close=close[lasts],
        volume=np.add.reduceat(volume, starts),
    )


def _flag_locked(flags: npt.NDArray[np.uint8], close: F8, sessions: _Sessions, instrument: Instrument) -> None:
    flat = np.flatnonzero(flags & FLAT)
    if len(flat) == 0:
        return
    lower, upper = session_bands(sessions.days, sessions.close, instrument)
    slack = np.maximum(session_ticks(sessions.days, sessions.close, instrument), 0.01) / 2.0
    session = sessions.index[flat]
    flags[flat[np.abs(close[flat] - upper[session]) < slack[session]]] |= LOCKED_UP
    flags[flat[np.abs(close[flat] - lower[session]) < slack[session]]] |= LOCKED_DOWN


def _flag_square_off(
    flags: npt.NDArray[np.uint8], stamps: npt.NDArray[np.int64], sessions: _Sessions, instrument: Instrument
) -> None:
    flags[sessions.last] |= CLOSE_OUT
    derivatives = instrument.type in (InstrumentType.FUTURE, InstrumentType.OPTION)
    times = [square_off_time(day, instrument.closing_auction, derivatives) for day in sessions.days.tolist()]
    seconds = np.array([each.hour * 3600 + each.minute * 60 + each.second for each in times], dtype=np.int64)
    local = sessions.days.astype(np.int64) * DAY_US + seconds * 1_000_000
    after = stamps >= local[sessions.index] - IST_OFFSET_US
    began = after.copy()
    began[1:] &= ~after[:-1] | (np.diff(sessions.index) > 0)
    flags[began] |= SQUARE_OFF


def _before_each_session(sessions: _Sessions, count: int) -> tuple[F8, F8]:
    """Standard deviation (n - 1) of the last `count` daily returns and mean of the last `count` daily volumes, both
    up to the session before; NaN until there are so many."""
    closes = pl.DataFrame({"close": sessions.close, "volume": sessions.volume})
    known = closes.select(
        (pl.col("close") / pl.col("close").shift(1) - 1.0).rolling_std(count).shift(1).fill_null(np.nan),
        pl.col("volume").rolling_mean(count).shift(1).fill_null(np.nan),
    )
    return known["close"].to_numpy(), known["volume"].to_numpy()


def _targets(signal: pl.Series, start: int, product: Product) -> tuple[npt.NDArray[np.int8], int]:
    target = _without_nulls(signal[start:])
    if product is not Product.CNC:
        return target, 0
    short = target == -1
    count = int(np.count_nonzero(short))
    if count:
        target[short] = 0
    return target, count


def _without_nulls(signal: pl.Series) -> npt.NDArray[np.int8]:
    """The targets with NO_OPINION for null. Nulls are mostly a warm-up's, and then nothing has to be looked for."""
    nulls = signal.null_count()
    if signal[:nulls].null_count() < nulls:
        signal, nulls = signal.fill_null(NO_OPINION), 0
    target = np.full(len(signal), NO_OPINION, dtype=np.int8)
    target[nulls:] = signal[nulls:].to_numpy()
    return target


def _atr(frame: pl.DataFrame, request: BacktestRequest) -> F8:
    if not isinstance(request.sizing, AtrRisk):
        return np.zeros(0)
    from hermes.strategy.indicators import atr

    return frame.select(atr(request.sizing.period).fill_null(np.nan).alias("atr"))["atr"].to_numpy()
