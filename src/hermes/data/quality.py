"""The quality guard: which rows of a file are not bars that the exchange can have printed."""

from datetime import datetime, timedelta
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from hermes.data.bars import PRICES, day_start_us, local_day
from hermes.data.reports import ROW_RULES, Problem, QualityPolicy, QualityReport
from hermes.errors import QualityError
from hermes.market.instruments import Instrument
from hermes.market.sessions import IST, IST_OFFSET_US, nse_calendar

# Raise it when a rule changes: reports of an older version are then made anew.
_RULES_VERSION: Final = 2
# The widest fixed band of NSE; F&O shares have none, but their dynamic one starts at half of this.
DEFAULT_BAND: Final = 0.20
_EXAMPLES: Final = 5
GUARDED_COLUMNS: Final = ("timestamp", *PRICES, "volume")

Mask = npt.NDArray[np.bool_]


def rules_for(instrument: Instrument) -> str:
    """The rules that apply to bars of `instrument`, as a text: where it is another, so may be the report."""
    return (
        f"version {_RULES_VERSION}, {instrument.type}, closing auction {instrument.closing_auction}, "
        f"band {instrument.price_band}"
    )


def check_bars(bars: pl.DataFrame, instrument: Instrument, identity: str, *, daily: bool = False) -> QualityReport:
    """Look at every row of one symbol's `bars` (file order; GUARDED_COLUMNS) and report what breaks a rule.

    `daily` bars are checked against days with a session rather than against its minutes. Days outside the calendar
    are not checked against it.
    """
    if bars.is_empty():
        return QualityReport(instrument.symbol, identity, 0)
    masks = _row_masks(bars, instrument, daily=daily) | _noted_masks(bars, instrument)
    bad = np.logical_or.reduce([masks[kind] for kind in ROW_RULES])
    problems = tuple(
        Problem(kind, int(mask.sum()), _examples(bars, mask)) for kind, mask in masks.items() if mask.any()
    )
    return QualityReport(instrument.symbol, identity, bars.height, problems, int(bad.sum()))


def apply_policy(
    bars: pl.DataFrame, report: QualityReport, policy: QualityPolicy, instrument: Instrument, *, daily: bool = False
) -> pl.DataFrame:
    """`bars` as `policy` wants them: always in order of time; "drop" without bad rows, "keep" with them.

    Raises QualityError under "raise" if the whole file's `report` names any problem, even outside these rows.
    """
    if report.clean:
        return bars
    if policy == "raise":
        raise QualityError(
            f"{report.summary()}. First: {'; '.join(f'{p.kind}: {p.examples[0]}' for p in report.problems)}. "
            "Use the quality policy 'drop' or 'keep' to go on."
        )
    if policy == "drop" and report.bad_rows:
        masks = _row_masks(bars, instrument, daily=daily)
        bars = bars.filter(~np.logical_or.reduce(list(masks.values())))
    if not bars.get_column("timestamp").is_sorted():
        bars = bars.sort("timestamp", maintain_order=True)
    return bars


def one_a_stamp(bars: pl.DataFrame) -> pl.DataFrame:
    """`bars` in order of time with one row for each time stamp: the last good one, else the last.

    Good is a row that has every number, none of them impossible in itself or beside the others.
    """
    ordered = bars.sort("timestamp", _sound(), maintain_order=True)
    return ordered.unique("timestamp", keep="last", maintain_order=True)


def _row_masks(bars: pl.DataFrame, instrument: Instrument, *, daily: bool) -> dict[str, Mask]:
    missing, positive, consistent = _missing(), _positive(), _consistent()
    found = bars.select(missing=missing, non_positive=~missing & ~positive, inconsistent=~missing & ~consistent)
    masks = {name: found.get_column(name).to_numpy() for name in found.columns}
    masks["duplicate"] = _repeated(bars)
    masks["outside_session"] = _outside(bars.get_column("timestamp"), instrument, daily=daily)
    return {kind: masks[kind] for kind in ROW_RULES}


def _missing() -> pl.Expr:
    finite = pl.all_horizontal(pl.col(name).is_finite().fill_null(value=False) for name in PRICES)
    return ~(finite & pl.col("volume").is_not_null() & pl.col("timestamp").is_not_null())


def _positive() -> pl.Expr:
    return pl.all_horizontal(pl.col(name) > 0 for name in PRICES) & (pl.col("volume") >= 0)


def _consistent() -> pl.Expr:
    low, high = pl.min_horizontal("open", "close"), pl.max_horizontal("open", "close")
    return (pl.col("low") <= low) & (pl.col("high") >= high)


def _sound() -> pl.Expr:
    return (~_missing() & _positive() & _consistent()).fill_null(value=False)


def _repeated(bars: pl.DataFrame) -> Mask:
    """True for every row but the one that stays of those with the same time stamp."""
    stamps = bars.select("timestamp", row=pl.int_range(pl.len()), sound=_sound())
    stamped = stamps.filter(pl.col("timestamp").is_not_null())
    repeated = np.zeros(bars.height, dtype=np.bool_)
    if stamped.get_column("timestamp").n_unique() < stamped.height:
        ordered = stamped.sort("timestamp", "sound", maintain_order=True)
        again = ordered.filter(~pl.col("timestamp").is_last_distinct())
        repeated[again.get_column("row").to_numpy()] = True
    return repeated


def _noted_masks(bars: pl.DataFrame, instrument: Instrument) -> dict[str, Mask]:
    band = instrument.price_band or DEFAULT_BAND
    before = pl.col("close").shift(1)
    usable = (before > 0) & before.is_finite() & (pl.col("low") > 0) & pl.col("high").is_finite()
    jump = (pl.col("high") / before - 1 > band) | (1 - pl.col("low") / before > band)
    in_order = bars.with_row_index("row").sort("timestamp", maintain_order=True)
    jumped = in_order.select("row", jump=(usable & jump).fill_null(value=False)).sort("row")
    stamps = bars.get_column("timestamp")
    return {
        "out_of_order": (stamps < stamps.shift(1)).fill_null(value=False).to_numpy(),
        "price_jump": jumped.get_column("jump").to_numpy(),
    }


def _outside(stamps: pl.Series, instrument: Instrument, *, daily: bool) -> Mask:
    """True where a bar starts outside every span of the exchange's session (a day without one, for daily bars)."""
    opens, closes = _session_spans(instrument.closing_auction)
    us = stamps.to_physical().fill_null(0).to_numpy()
    calendar = nse_calendar()
    if daily:
        day = pl.DataFrame({"timestamp": stamps}).select(local_day().to_physical()).to_series().fill_null(0).to_numpy()
        known = np.unique((opens + IST_OFFSET_US) // 86_400_000_000)
        inside = np.isin(day, known)
    else:
        at = np.searchsorted(opens, us, side="right") - 1
        inside = (at >= 0) & (us < closes[np.maximum(at, 0)])
    covered = (us >= day_start_us(calendar.first_day)) & (us < day_start_us(calendar.last_day + timedelta(days=1)))
    outside: Mask = covered & ~inside & stamps.is_not_null().to_numpy()
    return outside


@cache
def _session_spans(closing_auction: bool) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Opens and closes of every known span, microseconds UTC, rising."""
    calendar = nse_calendar()
    table = calendar.table(calendar.first_day, calendar.last_day, closing_auction).sort("open")
    opens, closes = (table.get_column(name).to_physical().to_numpy() for name in ("open", "close"))
    return opens, closes


def _examples(bars: pl.DataFrame, mask: Mask) -> tuple[str, ...]:
    rows = bars.filter(mask).head(_EXAMPLES).select(GUARDED_COLUMNS)
    return tuple(
        f"{_when(stamp)} open {o} high {h} low {low} close {c} volume {v}" for stamp, o, h, low, c, v in rows.rows()
    )


def _when(stamp: datetime | None) -> str:
    return "no time" if stamp is None else f"{stamp.astimezone(IST):%Y-%m-%d %H:%M:%S} IST"
