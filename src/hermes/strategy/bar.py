"""One bar, as a streaming strategy sees it."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hermes.market.sessions import IST_OFFSET_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US = 86_400_000_000
_MINUTE_US = 60_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Bar(NamedTuple):
    """One closed bar of one symbol: prices in rupees, volume and open interest in shares or contracts.

    `start_us` is the bar's start in microseconds since 1970 UTC; the properties give it as people write it. A tuple,
    because nothing else is made as fast: a year of minutes is 93,750 of them.
    """

    symbol: str
    start_us: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    oi: float = 0.0

    @property
    def timestamp(self) -> datetime:
        """The bar's start, timezone-aware UTC."""
        return _EPOCH + timedelta(microseconds=self.start_us)

    @property
    def session(self) -> date:
        """The exchange-local day of the bar."""
        return date.fromordinal((self.start_us + IST_OFFSET_US) // _DAY_US + _EPOCH_DAY)

    @property
    def minute(self) -> int:
        """Whole minutes from the exchange's local midnight to the bar's start: 555 is 09:15."""
        return (self.start_us + IST_OFFSET_US) % _DAY_US // _MINUTE_US
