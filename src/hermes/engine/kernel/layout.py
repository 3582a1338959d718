"""The memory layout of everything that goes into the kernel and comes out of it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]

CHARGE_COLUMNS = ("brokerage", "stt", "transaction", "sebi", "ipft", "stamp", "gst", "dp")

# One row of a charge schedule. Rates are whole billionths and amounts whole paise, so that rounding half up to the
# paisa is exact integer arithmetic (a rate of 0.0000307 is 30_700).
RATES = np.dtype(
    [
        (name, np.int64)
        for name in (
            "brokerage_rate",
            "brokerage_cap",  # paise per order; negative means no cap
            "brokerage_flat",  # paise per order
            "per_share",  # billionths of a rupee per share
            "stt_buy",
            "stt_sell",
            "transaction",
            "sebi",
            "ipft",
            "stamp_buy",
            "stamp_sell",
            "gst",
            "dp",  # paise per selling day
            "rounded",  # 1: each item to the paisa; 0: no rounding
        )
    ],
    align=True,
)

SETTINGS = np.dtype(
    [
        ("initial_cash", np.float64),
        ("leverage", np.float64),
        ("lot", np.float64),  # 0: fractional quantities
        ("slippage", np.float64),
        ("impact", np.float64),  # k of the square-root law; 0: off
        ("volume_share", np.float64),  # 0: off
        ("sizing_value", np.float64),  # quantity, fraction, risk, volatility or Kelly fraction of the mode
        ("sizing_multiple", np.float64),  # ATR multiple
        ("stop_loss", np.float64),  # 0: off, as are the next five
        ("take_profit", np.float64),
        ("trailing_stop", np.float64),
        ("max_position", np.float64),
        ("max_daily_loss", np.float64),
        ("cooldown", np.int64),
        ("sizing_mode", np.int64),
        ("fill_at_close", np.int64),
        ("optimistic", np.int64),
        ("intraday_product", np.int64),
    ],
    align=True,
)

STATE = np.dtype(
    [
        ("cash", np.float64),
        ("position", np.float64),  # signed
        ("average", np.float64),  # average price of the open position
        ("best", np.float64),  # best close since entry, for the trailing stop
        ("equity", np.float64),  # at the last mark
        ("mark_price", np.float64),  # the close of the last mark
        ("day_start", np.float64),  # equity when the session began
        ("budget", np.float64),  # what this bar's volume still lets fill
        ("entry_left", np.float64),
        ("entry_done", np.float64),
        ("entry_turnover", np.float64),  # of the order so far
        ("entry_brokerage", np.float64),  # charged to the order so far
        ("exit_turnover", np.float64),
        ("exit_brokerage", np.float64),
        ("cycle_cash", np.float64),  # money in and out since the position was last flat
        ("cycle_entries", np.float64),  # notional of the entries since then
        ("cycles_won", np.float64),  # sum of net returns of winning positions
        ("cycles_lost", np.float64),  # sum of net losses, positive
        ("winners", np.int64),
        ("cycles", np.int64),
        ("cooldown_until", np.int64),  # no entry fills in a bar up to this one
        ("entry_session", np.int64),  # session of the order's first possible bar; -1: not seen yet
        ("exit_session", np.int64),
        ("dp_session", np.int64),  # the last session in which DP was charged
        ("entry_side", np.int64),  # 1 buy, -1 sell, 0 no order
        ("exit_reason", np.int64),  # 0: no exit order is working
        ("exit_charged_to", np.int64),  # reason of the order that exit_turnover belongs to
        ("standing", np.int64),
        ("due", np.int64),
        ("blocked", np.int64),
        ("fill_count", np.int64),
        ("refusal_count", np.int64),
    ],
    align=True,
)

# The bar at hand. The step's functions get it instead of `Bars`: Numba counts references of every array it passes on,
# which for a tuple of fifteen costs more than the work.
NOW = np.dtype(
    [
        ("bar", np.int64),
        ("session", np.int64),
        ("flags", np.int64),
        ("open", np.float64),
        ("high", np.float64),
        ("low", np.float64),
        ("close", np.float64),
        ("volume", np.float64),
        ("target", np.int64),
        ("tick", np.float64),
        ("daily_volatility", np.float64),
        ("daily_volume", np.float64),
        ("atr", np.float64),  # at this bar's close
        ("annual_volatility", np.float64),
        ("atr_before", np.float64),  # at the close before it
        ("annual_volatility_before", np.float64),
    ],
    align=True,
)

FILL = np.dtype(
    [
        ("bar", np.int64),
        ("side", np.int64),
        ("reason", np.int64),
        ("quantity", np.float64),
        ("price", np.float64),
        *((name, np.float64) for name in CHARGE_COLUMNS),
        ("charges", np.float64),
    ],
    align=True,
)

REFUSAL = np.dtype(
    [("bar", np.int64), ("side", np.int64), ("reason", np.int64), ("quantity", np.float64)],
    align=True,
)


class Bars(NamedTuple):
    """Columns of n bars, and facts of the s sessions that they lie in."""

    open: F8
    high: F8
    low: F8
    close: F8
    volume: F8
    flags: npt.NDArray[np.uint8]
    session: npt.NDArray[np.int32]
    target: npt.NDArray[np.int8]
    atr: F8  # per bar; length 0 unless sized by ATR
    tick: F8  # per session; 0: no rounding
    daily_volatility: F8  # per session, known before it began; NaN: unknown
    daily_volume: F8  # per session, average of those before it; NaN: unknown
    annual_volatility: F8  # per session, known at its bars' closes; NaN: unknown
    rate_row: npt.NDArray[np.int32]  # per session: which row of `rates`
    rates: npt.NDArray[np.void]


class Log(NamedTuple):
    """Where fills and refusals are written. Either may be too short: the counts in the state say what was needed."""

    fills: npt.NDArray[np.void]
    refusals: npt.NDArray[np.void]
