from datetime import UTC, date, datetime, time

import polars as pl
import pytest

from hermes.market.sessions import IST, IST_OFFSET_US, SessionKind, nse_calendar, square_off_time


def ist(day: date, moment: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(moment), IST)


def hours(day: date, closing_auction: bool = False) -> list[tuple[str, str]]:
    session = nse_calendar().session(day, closing_auction)
    assert session is not None
    return [
        (start.astimezone(IST).strftime("%H:%M"), end.astimezone(IST).strftime("%H:%M")) for start, end in session.spans
    ]


def test_a_normal_session_has_375_minutes_from_0915_ist_in_utc() -> None:
    session = nse_calendar().session(date(2024, 6, 3))
    assert session is not None
    assert session.kind is SessionKind.NORMAL
    assert session.open == datetime(2024, 6, 3, 3, 45, tzinfo=UTC)
    assert session.close == datetime(2024, 6, 3, 10, 0, tzinfo=UTC)
    assert session.minutes == 375


def test_the_market_opened_at_nine_until_the_opening_auction_came() -> None:
    assert hours(date(2010, 10, 15)) == [("09:00", "15:30")]
    assert hours(date(2010, 10, 18)) == [("09:15", "15:30")]


def test_closing_auction_ends_continuous_trading_early_for_its_class_from_its_day() -> None:
    friday, monday = date(2026, 7, 31), date(2026, 8, 3)
    assert hours(friday, closing_auction=True) == [("09:15", "15:30")]
    assert hours(monday, closing_auction=True) == [("09:15", "15:15")]
    assert hours(monday, closing_auction=False) == [("09:15", "15:30")]
    session = nse_calendar().session(monday, closing_auction=True)
    assert session is not None
    assert session.minutes == 360


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2010, 11, 5), "18:00", "19:00"),
        (date(2011, 10, 26), "16:45", "18:00"),
        (date(2012, 11, 13), "15:45", "17:00"),
        (date(2013, 11, 3), "18:15", "19:30"),
        (date(2014, 10, 23), "18:30", "19:30"),
        (date(2015, 11, 11), "17:45", "18:45"),
        (date(2016, 10, 30), "18:30", "19:30"),
        (date(2017, 10, 19), "18:30", "19:30"),
        (date(2018, 11, 7), "17:30", "18:30"),
        (date(2019, 10, 27), "18:15", "19:15"),
        (date(2020, 11, 14), "18:15", "19:15"),
        (date(2021, 11, 4), "18:15", "19:15"),
        (date(2022, 10, 24), "18:15", "19:15"),
        (date(2023, 11, 12), "18:15", "19:15"),
        (date(2024, 11, 1), "18:00", "19:00"),
        (date(2025, 10, 21), "13:45", "14:45"),
        (date(2026, 11, 8), "18:15", "19:15"),
    ],
)
def test_every_year_has_its_muhurat_session(day: date, opens: str, closes: str) -> None:
    session = nse_calendar().session(day)
    assert session is not None
    assert session.kind is SessionKind.MUHURAT
    assert hours(day) == [(opens, closes)]


@pytest.mark.parametrize("day", [date(2015, 2, 28), date(2020, 2, 1), date(2025, 2, 1), date(2026, 2, 1)])
def test_budget_weekends_are_full_sessions(day: date) -> None:
    session = nse_calendar().session(day)
    assert session is not None
    assert (session.kind, session.minutes) == (SessionKind.BUDGET, 375)


def test_disaster_recovery_saturdays_of_2024() -> None:
    assert hours(date(2024, 1, 20)) == [("09:15", "15:30")]
    assert hours(date(2024, 3, 2)) == [("09:15", "10:00"), ("11:30", "12:30")]
    assert hours(date(2024, 5, 18)) == [("09:15", "10:00"), ("11:30", "12:30")]


def test_the_outage_day_has_two_spans_and_ends_at_five() -> None:
    day = date(2021, 2, 24)
    assert hours(day) == [("09:15", "11:40"), ("15:45", "17:00")]
    session = nse_calendar().session(day)
    assert session is not None
    assert session.minutes == 145 + 75
    assert session.close == ist(day, "17:00")


def test_the_day_of_index_gaps_in_july_2021_was_a_normal_session() -> None:
    assert hours(date(2021, 7, 23)) == [("09:15", "15:30")]


@pytest.mark.parametrize(
    "day", [date(2024, 1, 22), date(2024, 5, 20), date(2024, 6, 1), date(2026, 10, 20), date(2013, 11, 15)]
)
def test_holidays_and_plain_weekends_have_no_session(day: date) -> None:
    assert not nse_calendar().is_session(day)
    assert nse_calendar().session(day) is None


def test_days_outside_the_calendar_are_unknown_and_have_no_session() -> None:
    calendar = nse_calendar()
    assert (calendar.first_day, calendar.last_day) == (date(2010, 1, 1), date(2026, 12, 31))
    for day in (date(2009, 12, 31), date(2027, 1, 4)):
        assert not calendar.covers(day)
        assert calendar.session(day) is None
    assert calendar.covers(date(2024, 6, 2))


def test_sessions_of_a_range_include_both_ends() -> None:
    found = nse_calendar().sessions(date(2024, 1, 19), date(2024, 1, 23))
    assert [each.day for each in found] == [date(2024, 1, 19), date(2024, 1, 20), date(2024, 1, 23)]


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2024, 1, 23), 1, date(2024, 1, 20)),
        (date(2024, 1, 22), 1, date(2024, 1, 20)),
        (date(2024, 1, 23), 2, date(2024, 1, 19)),
        (date(2024, 1, 23), 0, date(2024, 1, 23)),
        (date(2010, 1, 5), 100, date(2010, 1, 4)),
    ],
)
def test_counting_sessions_backwards(day: date, n: int, expected: date) -> None:
    assert nse_calendar().previous_sessions(day, n) == expected


@pytest.mark.parametrize(
    ("year", "sessions"),
    # NSE's own yearly counts of trading days in the cash market, Muhurat and Saturdays included.
    [(2016, 247), (2017, 248), (2018, 246), (2019, 245), (2020, 252), (2021, 248), (2022, 248), (2023, 246)],
)
def test_sessions_a_year(year: int, sessions: int) -> None:
    assert len(nse_calendar().days(date(year, 1, 1), date(year, 12, 31))) == sessions


def test_the_table_has_one_row_a_span_in_utc() -> None:
    table = nse_calendar().table(date(2024, 3, 1), date(2024, 3, 4))
    assert table.schema == {
        "day": pl.Date,
        "open": pl.Datetime("us", "UTC"),
        "close": pl.Datetime("us", "UTC"),
    }
    utc = [tuple(moment.strftime("%d %H:%M") for moment in row[1:]) for row in table.rows()]
    assert utc == [
        ("01 03:45", "01 10:00"),
        ("02 03:45", "02 04:30"),
        ("02 06:00", "02 07:00"),
        ("04 03:45", "04 10:00"),
    ]
    assert table["day"].to_list() == [date(2024, 3, 1), date(2024, 3, 2), date(2024, 3, 2), date(2024, 3, 4)]


def test_the_table_agrees_with_the_sessions_and_is_empty_where_there_are_none() -> None:
    calendar = nse_calendar()
    start, end = date(2020, 12, 1), date(2026, 12, 31)
    spans = [(each.day, *span) for each in calendar.sessions(start, end, closing_auction=True) for span in each.spans]
    assert calendar.table(start, end, closing_auction=True).rows() == spans
    assert calendar.table(date(2024, 1, 27), date(2024, 1, 28)).height == 0


def test_the_offset_is_the_zones() -> None:
    for year in (2010, 2018, 2026):
        offset = ist(date(year, 7, 1), "12:00").utcoffset()
        assert offset is not None
        assert offset.total_seconds() * 1_000_000 == IST_OFFSET_US


@pytest.mark.parametrize(
    ("day", "closing_auction", "derivatives", "expected"),
    [
        (date(2024, 6, 3), False, False, time(15, 20)),
        (date(2024, 6, 3), True, False, time(15, 20)),
        (date(2024, 6, 3), True, True, time(15, 25)),
        (date(2026, 7, 31), True, False, time(15, 20)),
        (date(2026, 8, 3), True, False, time(15, 10)),
        (date(2026, 8, 3), False, False, time(15, 20)),
        (date(2024, 11, 1), False, False, time(18, 50)),
        (date(2025, 10, 21), False, False, time(14, 35)),
        (date(2021, 2, 24), False, False, time(16, 50)),
        (date(2024, 3, 2), False, False, time(12, 20)),
        (date(2025, 2, 1), False, False, time(15, 20)),
        (date(2026, 11, 8), True, False, time(19, 10)),
        (date(2024, 6, 2), False, False, time(15, 20)),
    ],
)
def test_square_off_is_dated_by_symbol_class_and_moves_with_special_sessions(
    day: date, closing_auction: bool, derivatives: bool, expected: time
) -> None:
    assert square_off_time(day, closing_auction, derivatives) == expected
