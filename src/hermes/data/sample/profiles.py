"""What each symbol of the sample looks like: a starting level, a volume, a share of the market's moves."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Profile:
    """The shape of one synthetic symbol.

    Levels and volumes are round numbers near those of January 2024, so that the sample looks familiar;
    no other number of it is real.

    Attributes:
        symbol: exchange symbol.
        start_price: rupees before the first session.
        daily_volume: shares on an average full session.
        beta: share of the market factor in the symbol's returns.
        own_volatility: annualised standard deviation of what neither market nor sector explains.
    """

    symbol: str
    start_price: float
    daily_volume: int
    beta: float
    own_volatility: float


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by symbol, from ``profiles.csv``.

    It holds more symbols than the index has, because the index's members change.
    """
    text = files("hermes.data.sample").joinpath("profiles.csv").read_text(encoding="utf-8")
    return {
        row["symbol"]: Profile(
            symbol=row["symbol"],
            start_price=float(row["start_price"]),
            daily_volume=int(row["daily_volume"]),
            beta=float(row["beta"]),
            own_volatility=float(row["own_volatility"]),
        )
        for row in csv.DictReader(text.splitlines())
    }
