"""Times as a trader in India reads them: inside everything is UTC, a report shows IST."""

from datetime import date, datetime

from hermes.market.sessions import IST


def local_time(stamp: datetime) -> str:
    """A UTC time as IST to the minute: "24-01-15 09:30"."""
    return stamp.astimezone(IST).strftime("%y-%m-%d %H:%M")


def day_of(stamp: datetime) -> date:
    """The exchange-local day of a UTC time."""
    return stamp.astimezone(IST).date()
