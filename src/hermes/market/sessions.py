"""When NSE's cash market trades: a dated calendar of sessions from 2010 on.

Regular hours, special sessions (Muhurat, Budget days on weekends, test and disaster-recovery Saturdays, the
outage of 2021-02-24) and holidays are rows of `market/tables/`. Where this calendar differs from
exchange_calendars' XBOM the day and the reason are in `tables/calendar_differences.csv`. Session times are
those of continuous trading: pre-open, closing auction and post-close are not in them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hermes.market.table_reader import read_table

if TYPE_CHECKING:
    import polars as pl

IST = ZoneInfo("Asia/Kolkata")
IST_OFFSET_US = 19_800_000_000
"""Microseconds by which India is ahead of UTC: constant since 1945, so vector work can add it."""

Spans = tuple[tuple[time, time], ...]


class SessionKind(StrEnum):
    """Why a session is as it is."""

    NORMAL = "normal"
    MUHURAT = "muhurat"
    BUDGET = "budget"
    SATURDAY = "saturday"
    DISASTER_RECOVERY = "disaster_recovery"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day. `spans` are rising (open, close) pairs of continuous trading, UTC, close exclusive."""

    day: date
    kind: SessionKind
    spans: tuple[tuple[datetime, datetime], ...]

    @property
    def open(self) -> datetime:
        """Start of the first span, UTC: the start label of the day's first minute bar."""
        return self.spans[0][0]

    @property
    def close(self) -> datetime:
        """End of the last span, UTC: one minute after the start label of the day's last minute bar."""
        return self.spans[-1][1]

    @property
    def minutes(self) -> int:
        """How many minute bars the session can have, over all spans."""
        return sum(round((end - start).total_seconds()) for start, end in self.spans) // 60


class SessionCalendar:
    """The sessions of one exchange, for ordinary symbols and for those in the closing auction.

    `hours` are rows (valid_from, closing_auction, open, close), `special` maps a day to its kind and IST
    spans. Days before `first_day` or after `last_day` are unknown: `covers` is False for them and they have
    no session.
    """

    def __init__(
        self,
        first_day: date,
        last_day: date,
        holidays: Mapping[date, str],
        hours: Sequence[tuple[date, bool, time, time]],
        special: Mapping[date, tuple[SessionKind, Spans]],
    ) -> None:
        self.first_day = first_day
        self.last_day = last_day
        self.holidays = dict(holidays)
        self._hours = sorted(hours)
        self._special = dict(special)
        self._tables: dict[bool, pl.DataFrame] = {}
        every = (first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1))
        self._days = [day for day in every if day in self._special or (day.weekday() < 5 and day not in self.holidays)]

    def covers(self, day: date) -> bool:
        """True where the calendar knows whether `day` trades."""
        return self.first_day <= day <= self.last_day

    def is_session(self, day: date) -> bool:
        """True if the exchange trades on `day`; False also for days the calendar does not cover."""
        at = bisect_left(self._days, day)
        return at < len(self._days) and self._days[at] == day

    def session(self, day: date, closing_auction: bool = False) -> Session | None:
        """The session of `day`, or None where there is none. `closing_auction` picks the class of stocks with
        derivatives, whose continuous trading ends at 15:15 IST from 2026-08-03."""
        if not self.is_session(day):
            return None
        kind, spans = self._spans(day, closing_auction)
        return Session(day, kind, tuple((_utc(day, start), _utc(day, end)) for start, end in spans))

    def sessions(self, start: date, end: date, closing_auction: bool = False) -> tuple[Session, ...]:
        """Every session from `start` to `end`, both inclusive."""
        found = (self.session(day, closing_auction) for day in self.days(start, end))
        return tuple(each for each in found if each is not None)

    def days(self, start: date, end: date) -> Sequence[date]:
        """The days that trade from `start` to `end`, both inclusive, rising."""
        return self._days[bisect_left(self._days, start) : bisect_right(self._days, end)]

    def previous_sessions(self, day: date, n: int) -> date:
        """The day `n` sessions before `day` (n = 1: the last one before it), or the first known session."""
        return self._days[max(0, bisect_left(self._days, day) - n)]

    def table(self, start: date, end: date, closing_auction: bool = False) -> "pl.DataFrame":
        """The spans from `start` to `end` (inclusive) as a frame, one row per span, rising: day (Date),
        open and close (Datetime µs UTC; close is exclusive)."""
        import polars as pl

        if closing_auction not in self._tables:
            self._tables[closing_auction] = self._whole_table(closing_auction)
        return self._tables[closing_auction].filter(pl.col("day").is_between(start, end))

    def _whole_table(self, closing_auction: bool) -> "pl.DataFrame":
        import polars as pl

        rows = [(day, *span) for day in self._days for span in self._spans(day, closing_auction)[1]]
        frame = pl.DataFrame(
            {
                "day": [row[0] for row in rows],
                "open": [row[1].hour * 60 + row[1].minute for row in rows],
                "close": [row[2].hour * 60 + row[2].minute for row in rows],
            },
            schema={"day": pl.Date, "open": pl.Int64, "close": pl.Int64},
        )
        midnight = pl.col("day").cast(pl.Datetime("us")) - pl.duration(microseconds=IST_OFFSET_US)
        return frame.with_columns(
            (midnight + pl.duration(minutes=pl.col(name))).dt.replace_time_zone("UTC").alias(name)
            for name in ("open", "close")
        )

    def regular_close(self, day: date, closing_auction: bool) -> time:
        """When continuous trading would end on `day` (IST) were it a normal session."""
        return self._regular(day, closing_auction)[1]

    def _regular(self, day: date, closing_auction: bool) -> tuple[time, time]:
        found = (self._hours[0][2], self._hours[0][3])
        for valid_from, auction, opens, closes in self._hours:
            if valid_from <= day and (closing_auction or not auction):
                found = (opens, closes)
        return found

    def _spans(self, day: date, closing_auction: bool) -> tuple[SessionKind, Spans]:
        if day in self._special:
            return self._special[day]
        return SessionKind.NORMAL, (self._regular(day, closing_auction),)


def _utc(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, IST).astimezone(ZoneInfo("UTC"))


def _special_rows(rows: Iterable[Mapping[str, str]]) -> dict[date, tuple[SessionKind, Spans]]:
    found: dict[date, tuple[SessionKind, Spans]] = {}
    for row in rows:
        day = date.fromisoformat(row["day"])
        span = (time.fromisoformat(row["open"]), time.fromisoformat(row["close"]))
        found[day] = (SessionKind(row["kind"]), (*found.get(day, (None, ()))[1], span))
    return found


@cache
def nse_calendar() -> SessionCalendar:
    """NSE's cash market, 2010-01-01 to the last year in the holiday table."""
    holidays = {date.fromisoformat(row["day"]): row["name"] for row in read_table("holidays")}
    hours = [
        (
            date.fromisoformat(row["valid_from"]),
            row["symbols"] == "closing_auction",
            time.fromisoformat(row["open"]),
            time.fromisoformat(row["close"]),
        )
        for row in read_table("session_hours")
    ]
    return SessionCalendar(
        first_day=min(holidays).replace(month=1, day=1),
        last_day=max(holidays).replace(month=12, day=31),
        holidays=holidays,
        hours=hours,
        special=_special_rows(read_table("special_sessions")),
    )


@cache
def square_off_time(day: date, closing_auction: bool = False, derivatives: bool = False) -> time:
    """When a broker squares off MIS positions on `day`, IST.

    `derivatives` is for futures and options, `closing_auction` for stocks in the closing auction (15:10 from
    2026-08-03, a choice until brokers publish one). In a special session it comes as long before the close
    of the last span as it does on a normal day of that date, which is what Zerodha announced for Muhurat in
    2020 and 2022 (ten minutes before the close).
    """
    symbols = "derivatives" if derivatives else "closing_auction" if closing_auction else "all"
    rows = _square_off_rows()
    regular = rows[0][2]
    for valid_from, applies_to, moment in rows:
        if valid_from <= day and applies_to in ("all", symbols):
            regular = moment
    calendar = nse_calendar()
    session = calendar.session(day, closing_auction)
    if session is None or session.kind is SessionKind.NORMAL:
        return regular
    lead = datetime.combine(day, calendar.regular_close(day, closing_auction)) - datetime.combine(day, regular)
    return (session.close.astimezone(IST) - lead).time()


@cache
def _square_off_rows() -> tuple[tuple[date, str, time], ...]:
    rows = read_table("square_off")
    return tuple(
        (date.fromisoformat(row["valid_from"]), row["symbols"], time.fromisoformat(row["time"])) for row in rows
    )
