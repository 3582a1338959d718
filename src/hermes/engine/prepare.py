"""From a frame of bars and targets to the arrays that the compiled kernel reads."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.engine.kernel import RATES, Bars
from hermes.engine.kernel.codes import (
    CLOSE_OUT,
    FIRST,
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
    """The sessions of the loaded bars: index of each bar, days, and last close and volume of each session."""

    index: npt.NDArray[np.int32]
    first: npt.NDArray[np.bool_]
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
    _refuse_missing(opened, high, low, close, stamps)
    sessions = _sessions(stamps, close, volume)

    flags = np.zeros(len(stamps), dtype=np.uint8)
    flags[sessions.first] |= FIRST
    volume_known = instrument.type is not InstrumentType.INDEX and bool(volume.any())
    flags[(volume > 0) if volume_known else slice(None)] |= TRADABLE
    if request.price_bands and not adjusted:
        _flag_locked(flags, opened, high, low, close, sessions, instrument)
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

    first_session = int(sessions.index[start])
    flags[start] |= FIRST
    target, short_targets = _targets(frame["signal"], start, request.product)
    bars = Bars(
        open=opened[start:],
        high=high[start:],
        low=low[start:],
        close=close[start:],
        volume=volume[start:],
        flags=flags[start:],
        session=sessions.index[start:] - np.int32(first_session),
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
    """The schedule's rows in the kernel's integers, and the row in force on each day."""
    rates = np.zeros(len(schedule.rates), dtype=RATES)
    for row, each in zip(rates, schedule.rates, strict=True):
        _write_rates(row, each, rounded=schedule.rounding == "paisa")
    since = np.array([np.datetime64(each.valid_from, "D") for each in schedule.rates])
    rows = np.searchsorted(since, days, side="right") - 1
    return rates, np.maximum(rows, 0).astype(np.int32)


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


def _refuse_missing(opened: F8, high: F8, low: F8, close: F8, stamps: npt.NDArray[np.int64]) -> None:
    for name, prices in (("open", opened), ("high", high), ("low", low), ("close", close)):
        if not prices.min(initial=1.0) > 0.0:  # NaN compares false
            bar = int(np.flatnonzero(~(prices > 0.0))[0])
            moment = np.datetime64(int(stamps[bar]) + IST_OFFSET_US, "us").astype("datetime64[m]")
            raise DataError(
                f"The {name} of the bar at {moment} IST is {prices[bar]}, which cannot be traded. "
                "Use the quality policy 'drop', or mend the file (see hermes data check)."
            )


def _sessions(stamps: npt.NDArray[np.int64], close: F8, volume: F8) -> _Sessions:
    days = (stamps + IST_OFFSET_US) // DAY_US
    first = np.empty(len(days), dtype=np.bool_)
    first[0] = True
    np.not_equal(days[1:], days[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(days)) - 1
    return _Sessions(
        index=np.cumsum(first, dtype=np.int32) - np.int32(1),
        first=first,
        days=days[starts].astype("datetime64[D]"),
        close=close[ends],
        volume=np.add.reduceat(volume, starts),
    )


def _flag_locked(
    flags: npt.NDArray[np.uint8],
    opened: F8,
    high: F8,
    low: F8,
    close: F8,
    sessions: _Sessions,
    instrument: Instrument,
) -> None:
    flat = np.flatnonzero((high == low) & (opened == close) & (high == close))
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
    flags[np.append(np.flatnonzero(sessions.first)[1:], len(stamps)) - 1] |= CLOSE_OUT
    derivatives = instrument.type in (InstrumentType.FUTURE, InstrumentType.OPTION)
    times = [square_off_time(day, instrument.closing_auction, derivatives) for day in sessions.days.tolist()]
    seconds = np.array([each.hour * 3600 + each.minute * 60 + each.second for each in times], dtype=np.int64)
    local = sessions.days.astype(np.int64) * DAY_US + seconds * 1_000_000
    after = stamps >= local[sessions.index] - IST_OFFSET_US
    began = after.copy()
    began[1:] &= ~after[:-1] | sessions.first[1:]
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
    known = signal[start:]
    if known.null_count():
        known = known.fill_null(NO_OPINION)
    target = known.to_numpy(writable=product is Product.CNC)
    if product is not Product.CNC:
        return target, 0
    short = target == -1
    count = int(np.count_nonzero(short))
    if count:
        target[short] = 0
    return target, count


def _atr(frame: pl.DataFrame, request: BacktestRequest) -> F8:
    if not isinstance(request.sizing, AtrRisk):
        return np.zeros(0)
    from hermes.strategy.indicators import atr

    return frame.select(atr(request.sizing.period).fill_null(np.nan).alias("atr"))["atr"].to_numpy()
