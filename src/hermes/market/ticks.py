"""Tick sizes, dated: the smallest step of a price, by instrument class and price.

From 2024-06-10 a stock's tick depends on its price, reviewed monthly: the close of a month's last session
sets the tick of the whole next month. Rules are rows of `market/tables/ticks.csv`.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hermes.market.instruments import Instrument, InstrumentType
from hermes.market.table_reader import read_table


@dataclass(frozen=True, slots=True)
class _Rule:
    valid_from: date
    price_from: NDArray[np.float64]
    tick: NDArray[np.float64]

    def of(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.tick[np.searchsorted(self.price_from, prices, side="right") - 1]


@cache
def _rules(instrument_class: str) -> tuple[_Rule, ...]:
    rows = [row for row in read_table("ticks") if instrument_class in row["instruments"].split("|")]
    found = []
    for valid_from in sorted({row["valid_from"] for row in rows}):
        steps = sorted((float(r["price_from"]), float(r["tick"])) for r in rows if r["valid_from"] == valid_from)
        prices, ticks = zip(*steps, strict=True)
        found.append(_Rule(date.fromisoformat(valid_from), np.array(prices), np.array(ticks)))
    return tuple(found)


def _class_of(instrument: Instrument) -> str:
    if instrument.exchange not in ("NSE", "NFO"):
        return ""
    if instrument.type is InstrumentType.FUTURE and instrument.sector == "Index":
        return "index_future"
    return str(instrument.type)


def tick_size(day: date, price: float, instrument: Instrument) -> float:
    """Tick in rupees on `day` for an instrument whose last month-end close was `price` rupees.

    An instrument without dated rules (another exchange, an index) has its own `tick_size`, or 0: no rounding.
    """
    return float(session_ticks(np.array([day], dtype="datetime64[D]"), np.array([price]), instrument)[0])


def session_ticks(
    days: NDArray[np.datetime64], closes: NDArray[np.float64], instrument: Instrument
) -> NDArray[np.float64]:
    """Tick in rupees of every session.

    `days` datetime64[D], rising, and `closes` float64 in rupees (each session's last close), same length.
    The close of the last session before a session's month decides; in the first month the first close does.
    """
    rules = _rules(_class_of(instrument))
    if not rules:
        return np.full(len(days), instrument.tick_size or 0.0)
    reference = _month_end_closes(days, np.asarray(closes, dtype=np.float64))
    ticks = rules[0].of(reference)
    for rule in rules[1:]:
        since = days >= np.datetime64(rule.valid_from)
        if since.any():
            ticks = np.where(since, rule.of(reference), ticks)
    return ticks


def _month_end_closes(days: NDArray[np.datetime64], closes: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(days) == 0:
        return closes
    months = days.astype("datetime64[M]")
    starts = np.flatnonzero(months[1:] != months[:-1]) + 1
    at_review = np.concatenate((closes[:1], closes[starts - 1]))
    month_of_session = np.zeros(len(days), dtype=np.int64)
    month_of_session[starts] = 1
    return at_review[np.cumsum(month_of_session)]
