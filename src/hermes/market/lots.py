"""Lot sizes, dated: how many units one contract holds. Cash equities trade in units of one."""

import re
from datetime import date
from functools import cache

from hermes.market.instruments import Instrument, InstrumentType
from hermes.market.table_reader import read_table

_UNDERLYING = re.compile(r"([A-Z0-9&\-]*?[A-Z&\-])(?=\d{2}(?:[A-Z]{3}|\d|O\d|N\d|D\d))")


def lot_size(instrument: Instrument, day: date) -> int:
    """Units per lot of `instrument` on `day`.

    Futures and options of an underlying in `market/tables/lots.csv` take the dated row (new lots start with
    new contracts, so near a change an old contract may still have the old one); everything else its own
    `lot_size`.
    """
    if instrument.type not in (InstrumentType.FUTURE, InstrumentType.OPTION):
        return instrument.lot_size
    found = _UNDERLYING.match(instrument.symbol)
    lot = instrument.lot_size
    for valid_from, size in _rows(found.group(1) if found else instrument.symbol):
        if valid_from <= day:
            lot = size
    return lot


@cache
def _rows(underlying: str) -> tuple[tuple[date, int], ...]:
    rows = (row for row in read_table("lots") if row["underlying"] == underlying)
    return tuple(sorted((date.fromisoformat(row["valid_from"]), int(row["lot"])) for row in rows))
