import warnings
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import exchange_calendars
import polars as pl
import pytest

from hermes.market.sessions import IST, IST_OFFSET_US, nse_calendar
from hermes.market.table_reader import read_table

Differences = dict[date, str]


def documented(calendar: str) -> Differences:
    found: Differences = {}
    for row in read_table("calendar_differences"):
        if row["calendar"] == calendar:
            day, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
            while day <= last:
                found[day] = row["difference"]
                day += timedelta(days=1)
    return found


@pytest.fixture(scope="module")
def xbom_hours() -> dict[date, tuple[object, object]]:
    with warnings.catch_warnings():  # exchange_calendars itself uses what pandas deprecates
        warnings.simplefilter("ignore")
        schedule = exchange_calendars.get_calendar("XBOM", start="2009-01-01", end="2026-12-31").schedule
        opens = [each.to_pydatetime() for each in schedule["open"]]
        closes = [each.to_pydatetime() for each in schedule["close"]]
        days = [each.date() for each in schedule.index]
    return {day: (o, c) for day, o, c in zip(days, opens, closes, strict=True) if day.year >= 2010}


def test_the_calendar_differs_from_xbom_exactly_where_documented(
    xbom_hours: dict[date, tuple[object, object]],
) -> None:
    calendar = nse_calendar()
    ours = {each.day: each for each in calendar.sessions(calendar.first_day, calendar.last_day)}
    found: Differences = dict.fromkeys(ours.keys() - xbom_hours.keys(), "session_here")
    found |= dict.fromkeys(xbom_hours.keys() - ours.keys(), "closed_here")
    for day in ours.keys() & xbom_hours.keys():
        if ours[day].spans != (xbom_hours[day],):
            found[day] = "hours"
    weekdays_and_sessions = {day: kind for day, kind in documented("XBOM").items() if day in ours or day in xbom_hours}
    assert dict(sorted(found.items())) == dict(sorted(weekdays_and_sessions.items()))


def test_every_difference_has_a_reason() -> None:
    rows = read_table("calendar_differences")
    assert rows
    assert all(len(row["reason"]) > 20 for row in rows)
    assert {row["difference"] for row in rows} == {"session_here", "closed_here", "hours"}


@pytest.mark.realdata
def test_the_calendar_differs_from_the_published_holiday_list_exactly_where_documented(
    real_data: Path,
) -> None:
    lines = (real_data / "nse" / "calendar_truth" / "holidays.csv").read_text(encoding="utf-8").splitlines()
    listed = {date.fromisoformat(line[:10]) for line in lines[1:]}
    listed = {day for day in listed if day.year >= 2010 and day.weekday() < 5}
    ours = {day for day in nse_calendar().holidays if day.year <= 2022}
    found = dict.fromkeys(listed - ours, "session_here") | dict.fromkeys(ours - listed, "closed_here")
    assert found == documented("NSE holiday list 2007-2022")


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["traded_on_holidays.csv", "traded_on_weekends.csv"])
def test_special_sessions_are_the_days_that_really_traded(real_data: Path, name: str) -> None:
    lines = (real_data / "nse" / "calendar_truth" / name).read_text(encoding="utf-8").splitlines()
    traded = {date.fromisoformat(line[:10]) for line in lines[1:] if line >= "2010"}
    calendar = nse_calendar()
    assert {day for day in traded if not calendar.is_session(day)} == set()
    if name == "traded_on_weekends.csv":
        assert {day for day in calendar.days(date(2010, 1, 1), date(2022, 12, 31)) if day.weekday() > 4} == traded


def iso_days(path: Path) -> Iterable[date]:
    return (date.fromisoformat(line[:10]) for line in path.read_text(encoding="utf-8").splitlines()[1:])


@pytest.fixture(scope="module")
def traded_days(real_data: Path) -> dict[str, set[date]]:
    nse = real_data / "nse"
    found = {
        path.stem: {
            datetime.strptime(line[1:7], "%d%m%y").date()  # noqa: DTZ007 - a date has no zone
            for line in path.read_text(encoding="utf-8").splitlines()
        }
        for path in (nse / "daily_2017_2022_unadjusted").glob("*.csv")
    }
    for path in (*(nse / "reliance_adjusted").glob("*.csv"), *(nse / "reliance_5m_2025").glob("*.csv")):
        found[path.stem] = set(iso_days(path))
    minutes = pl.read_parquet(nse / "minute_2016" / "minute_2016_20symbols.parquet")
    found["minute_2016"] = set(minutes["date"].dt.date().unique())
    index = pl.read_parquet(nse / "index_minute_2021" / "nifty_banknifty_2021.parquet")
    found["index_2021"] = set(index["ts"].dt.date().unique())
    return found


@pytest.mark.realdata
def test_every_day_with_real_bars_is_a_session(traded_days: dict[str, set[date]]) -> None:
    calendar = nse_calendar()
    unknown = {
        name: strays
        for name, days in traded_days.items()
        if (strays := {day for day in days if not calendar.is_session(day)})
    }
    assert unknown == {}


@pytest.mark.realdata
def test_every_session_of_2011_to_2022_has_real_bars_in_some_file(traded_days: dict[str, set[date]]) -> None:
    traded = set().union(*traded_days.values())
    sessions = nse_calendar().days(date(2011, 1, 3), date(2022, 11, 7))
    assert [day for day in sessions if day not in traded] == []
    assert len(sessions) > 2_900


@pytest.mark.realdata
def test_complete_files_have_every_session_but_the_vendors_two_gaps(
    traded_days: dict[str, set[date]],
) -> None:
    calendar = nse_calendar()
    for name in ("TCS", "M&M", "HDFCBANK"):
        sessions = set(calendar.days(date(2017, 1, 2), date(2022, 2, 28)))
        assert sessions - traded_days[name] == {date(2018, 1, 2), date(2021, 8, 10)}
    assert set(calendar.days(date(2021, 1, 1), date(2021, 12, 31))) == traded_days["index_2021"]


def outside(frame: pl.DataFrame, stamp: str) -> pl.DataFrame:
    utc = pl.col(stamp) - pl.duration(microseconds=IST_OFFSET_US)
    bars = frame.select(at=utc.dt.replace_time_zone("UTC").dt.cast_time_unit("us")).unique().sort("at")
    day = (pl.col("at") + pl.duration(microseconds=IST_OFFSET_US)).dt.date()
    spans = nse_calendar().table(date(2010, 1, 1), date(2026, 12, 31))
    within = (
        bars.with_columns(day=day)
        .join(spans, on="day", how="inner")
        .filter((pl.col("at") >= pl.col("open")) & (pl.col("at") < pl.col("close")))
    )
    return bars.join(within.select("at"), on="at", how="anti")


@pytest.mark.realdata
def test_real_intraday_bars_lie_inside_the_sessions(real_data: Path) -> None:
    nse = real_data / "nse"
    minutes = pl.read_parquet(nse / "minute_2016" / "minute_2016_20symbols.parquet")
    assert outside(minutes, "date").height == 0
    five = pl.read_csv(nse / "reliance_5m_2025" / "RELIANCE_5minute.csv")
    five = five.select(at=pl.col("date").str.slice(0, 19).str.to_datetime(time_unit="us"))
    assert outside(five, "at").height == 0


@pytest.mark.realdata
def test_quarter_hours_outside_are_the_pre_open_and_post_close_of_special_saturdays(real_data: Path) -> None:
    path = real_data / "nse" / "reliance_adjusted" / "reliance_15min_data.csv"
    stamps = pl.read_csv(path).select(at=pl.col("datetime").str.to_datetime(time_unit="us"))
    strays = outside(stamps, "at")["at"].dt.convert_time_zone(str(IST))
    assert set(strays.dt.date()) == {
        date(2012, 1, 7),
        date(2012, 3, 3),
        date(2012, 4, 28),
        date(2012, 9, 8),
        date(2013, 5, 11),
        date(2014, 3, 22),
    }
    assert set(strays.dt.strftime("%H:%M")) == {"11:06", "11:07", "12:51", "12:52"}


@pytest.mark.realdata
def test_the_outage_and_the_gaps_of_2021_are_seen_in_the_bars(real_data: Path) -> None:
    path = real_data / "nse" / "index_minute_2021" / "nifty_banknifty_2021.parquet"
    # Labels of this file are the END of the minute, and rows run two minutes over the close.
    ends = pl.read_parquet(path).filter(pl.col("symbol") == "NIFTY").select(pl.col("ts"))
    outage = ends.filter(pl.col("ts").dt.date() == date(2021, 2, 24))["ts"].dt.strftime("%H:%M").to_list()
    assert {"15:46", "16:59", "17:00"} <= set(outage)
    assert not any("11:40" < each < "15:38" for each in outage)
    short = ends.filter(pl.col("ts").dt.date() == date(2021, 7, 23))["ts"].dt.strftime("%H:%M")
    assert short.max() == "15:32"
    stock = (real_data / "nse" / "reliance_adjusted" / "reliance_15min_data.csv").read_text(encoding="utf-8")
    assert sum(line.startswith("2021-07-23") for line in stock.splitlines()) == 25
