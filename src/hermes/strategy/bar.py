"""One bar, as a streaming strategy sees it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bar:
    """One closed bar of one symbol: `timestamp` is its start in UTC, prices are in rupees, volume in shares."""

    symbol: str
    timestamp: datetime
    open: float
    high: float
    low: float
    close: float
    volume: int
    oi: int = 0
