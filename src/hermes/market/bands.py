"""Daily price bands: between which prices a stock may trade in a session.

The band is a share of the previous close. Stocks with derivatives have no fixed band (their 10 % operating
range is widened during the day), and neither have indices, futures and options here: their bounds are NaN.
"""

from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hermes.market.instruments import Instrument
from hermes.market.table_reader import read_table
from hermes.market.ticks import session_ticks

_SLACK = 1e-6
"""In ticks: float64 noise that must not push a bound that lies on a tick one tick inside."""


def session_bands(
    days: NDArray[np.datetime64], closes: NDArray[np.float64], instrument: Instrument
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest price of every session in rupees, two float64 arrays as long as `days`.

    `days` datetime64[D], rising, and `closes` float64 in rupees (each session's last close). Bounds come
    from the previous session's close and lie on a tick inside the band. NaN for the first session and where
    no band applies.
    """
    closes = np.asarray(closes, dtype=np.float64)
    previous = np.full(len(days), np.nan)
    previous[1:] = closes[:-1]
    share = _shares(days, instrument)
    lower, upper = previous * (1.0 - share), previous * (1.0 + share)
    ticks = session_ticks(days, closes, instrument)
    on_grid = ticks > 0
    step = np.where(on_grid, ticks, 1.0)
    return (
        np.where(on_grid, np.round(np.ceil(lower / step - _SLACK) * step, 4), lower),
        np.where(on_grid, np.round(np.floor(upper / step + _SLACK) * step, 4), upper),
    )


def _shares(days: NDArray[np.datetime64], instrument: Instrument) -> NDArray[np.float64]:
    shares = np.full(len(days), np.nan)
    if instrument.exchange == "NSE":
        usual = "derivatives" if instrument.has_derivatives else str(instrument.type)
        for valid_from, share in _usual_shares(usual):
            shares[days >= np.datetime64(valid_from)] = share
        if instrument.price_band is not None:
            shares[:] = instrument.price_band
        for day, most in _special_shares(str(instrument.type)):
            on_day = days == np.datetime64(day)
            shares[on_day] = np.fmin(shares[on_day], most)
    elif instrument.price_band is not None:
        shares[:] = instrument.price_band
    return shares


@cache
def _usual_shares(instrument_class: str) -> tuple[tuple[date, float], ...]:
    return tuple(
        (date.fromisoformat(row["valid_from"]), float(row["band"]))
        for row in read_table("bands")
        if instrument_class in row["instruments"].split("|")
    )


@cache
def _special_shares(instrument_type: str) -> tuple[tuple[date, float], ...]:
    return tuple(
        (date.fromisoformat(row["day"]), float(row["band"]))
        for row in read_table("special_bands")
        if instrument_type in row["instruments"].split("|")
    )
