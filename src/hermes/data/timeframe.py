"""The lengths of bars that Hermes knows."""

from enum import StrEnum

from hermes.errors import UnknownNameError


class Timeframe(StrEnum):
    """Length of a bar. Intraday ones are anchored at the session's open; a week is an ISO week of sessions."""

    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M10 = "10m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"
    W1 = "1w"

    @property
    def minutes(self) -> int | None:
        """Length in minutes; None for a day or a week, whose length the session calendar gives."""
        return _MINUTES.get(self)

    @property
    def intraday(self) -> bool:
        """True where several bars make a session."""
        return self in _MINUTES

    @classmethod
    def parse(cls, text: str) -> "Timeframe":
        """The timeframe named `text`, such as "15m". Raises UnknownNameError (nearest names included)."""
        try:
            return cls(text.strip().lower())
        except ValueError:
            known = [each.value for each in cls]
            raise UnknownNameError("timeframe", text, known, f"Allowed: {', '.join(known)}.") from None


_MINUTES = {
    Timeframe.M1: 1,
    Timeframe.M3: 3,
    Timeframe.M5: 5,
    Timeframe.M10: 10,
    Timeframe.M15: 15,
    Timeframe.M30: 30,
    Timeframe.H1: 60,
    Timeframe.H4: 240,
}
