from datetime import date
from importlib.resources import files

import pytest

from hermes.market.table_reader import read_table

TABLES = sorted(
    each.name.removesuffix(".csv")
    for each in (files("hermes.market") / "tables").iterdir()
    if each.name.endswith(".csv")
)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_complete_dated_and_names_its_source(name: str) -> None:
    rows = read_table(name)
    assert rows
    for row in rows:
        assert None not in row, row  # a comma too many
        assert all(value is not None for value in row.values()), row
        assert row.get("source") or row.get("reason"), row
        for column in {"valid_from", "day", "first_day", "last_day"} & row.keys():
            date.fromisoformat(row[column])


def test_holidays_are_weekdays_listed_once_in_order() -> None:
    days = [date.fromisoformat(row["day"]) for row in read_table("holidays")]
    assert days == sorted(set(days))
    assert all(day.weekday() < 5 for day in days)
    assert {day.year for day in days} == set(range(2010, 2027))


def test_spans_of_special_sessions_rise_and_end_after_they_start() -> None:
    spans = [(row["day"], row["open"], row["close"]) for row in read_table("special_sessions")]
    assert spans == sorted(spans)
    assert all(opens < closes for _, opens, closes in spans)


def test_a_charge_is_stated_once_per_segment_and_day() -> None:
    keys = [
        (segment, row["item"], row["valid_from"])
        for row in read_table("charges")
        for segment in row["segments"].split("|")
    ]
    assert len(keys) == len(set(keys))
