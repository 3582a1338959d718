from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from hermes.data.quality import apply_policy, check_bars
from hermes.data.reports import QualityReport
from hermes.errors import QualityError
from hermes.market.instruments import Instrument

Maker = Callable[..., pl.DataFrame]
TCS = Instrument("TCS")
DAY = date(2024, 1, 2)


def _with(frame: pl.DataFrame, row: int, **values: Any) -> pl.DataFrame:
    here = pl.int_range(pl.len()) == row
    return frame.with_columns(
        pl.when(here).then(pl.lit(value, dtype=frame.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    )


def _kinds(report: QualityReport) -> dict[str, int]:
    return {each.kind: each.count for each in report.problems}


def test_clean_bars_have_no_problem(bars: Maker) -> None:
    report = check_bars(bars(date(2024, 1, 1), date(2024, 12, 31)), TCS, "id")
    assert report.clean
    assert report.summary() == f"TCS: {report.rows:,} rows, no problem found"
    assert check_bars(bars(DAY, DAY).clear(), TCS, "id").clean


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"close": float("nan")}, "missing"),
        ({"open": None}, "missing"),
        ({"high": float("inf")}, "missing"),
        ({"volume": None}, "missing"),
        ({"low": 0.0}, "non_positive"),
        ({"low": -5.0}, "non_positive"),
        ({"volume": -1}, "non_positive"),
        ({"high": 100.0, "low": 99.0, "open": 100.5, "close": 99.5}, "inconsistent"),
        ({"low": 100.3}, "inconsistent"),
    ],
)
def test_one_bad_row_is_found_shown_and_dropped(bars: Maker, values: dict[str, Any], kind: str) -> None:
    frame = _with(bars(DAY, DAY), 7, **values)
    report = check_bars(frame, TCS, "id")
    assert _kinds(report) == {kind: 1}
    assert (report.rows, report.bad_rows) == (375, 1)
    assert report.problems[0].examples[0].startswith("2024-01-02 09:22:00 IST open ")
    assert report.problems[0].meaning
    dropped = apply_policy(frame, report, "drop", TCS)
    assert dropped.equals(bars(DAY, DAY).filter(pl.int_range(pl.len()) != 7))
    assert apply_policy(frame, report, "keep", TCS).height == 375
    with pytest.raises(QualityError, match=rf"TCS: 1 of 375 rows are bad \(1 {kind}\)"):
        apply_policy(frame, report, "raise", TCS)


def test_examples_are_few_and_the_count_is_whole(bars: Maker) -> None:
    report = check_bars(bars(DAY, DAY).with_columns(volume=pl.lit(-1, pl.Int64)), TCS, "id")
    assert (report.count("non_positive"), len(report.problems[0].examples)) == (375, 5)


def test_bars_before_the_open_after_the_close_and_on_holidays_are_outside(bars: Maker) -> None:
    frame = bars(DAY, DAY)
    moved = pl.concat(
        [
            frame.head(1).with_columns(pl.datetime(2024, 1, 2, 3, 38, time_zone="UTC").alias("timestamp")),
            frame,
            frame.tail(1).with_columns(pl.datetime(2024, 1, 2, 10, 0, time_zone="UTC").alias("timestamp")),
            # Republic Day.
            frame.tail(1).with_columns(pl.datetime(2024, 1, 26, 5, 0, time_zone="UTC").alias("timestamp")),
        ]
    )
    report = check_bars(moved, TCS, "id")
    assert _kinds(report) == {"outside_session": 3}
    assert apply_policy(moved, report, "drop", TCS).equals(frame)


def test_shares_with_derivatives_close_earlier_since_the_closing_auction(bars: Maker) -> None:
    day = date(2026, 8, 3)
    assert check_bars(bars(day, day), TCS, "id").clean
    assert _kinds(check_bars(bars(day, day), Instrument("TCS", has_derivatives=True), "id")) == {"outside_session": 15}


def test_days_the_calendar_does_not_know_are_not_held_against_it(bars: Maker) -> None:
    frame = bars(DAY, DAY).with_columns(pl.col("timestamp").dt.offset_by("-30y"))
    assert check_bars(frame, TCS, "id").clean


def test_of_duplicates_the_last_row_stays(bars: Maker) -> None:
    frame = bars(DAY, DAY)
    again = frame.slice(3, 1).with_columns(volume=pl.lit(777, pl.Int64))
    twice = pl.concat([frame.head(4), again, frame.slice(4)])
    report = check_bars(twice, TCS, "id")
    assert _kinds(report) == {"duplicate": 1}
    dropped = apply_policy(twice, report, "drop", TCS)
    assert (dropped.height, dropped.get_column("volume")[3]) == (375, 777)


@pytest.mark.parametrize(
    "wrong",
    [{"close": float("nan")}, {"volume": None}, {"low": -1.0}, {"high": 1.0}, {"open": float("inf")}],
)
def test_a_bad_duplicate_takes_no_good_bar_away(bars: Maker, wrong: dict[str, Any]) -> None:
    frame = bars(DAY, DAY)
    bad = _with(frame.slice(3, 1), 0, **wrong)
    for spoilt in (
        pl.concat([frame.head(4), bad, bad, frame.slice(4)]),
        pl.concat([frame.head(3), bad, frame.slice(3), bad]),
    ):
        report = check_bars(spoilt, TCS, "id")
        assert (report.count("duplicate"), report.bad_rows) == (2, 2)
        assert apply_policy(spoilt, report, "drop", TCS).equals(frame)


def test_of_good_and_bad_duplicates_the_last_good_one_stays(bars: Maker) -> None:
    frame = bars(DAY, DAY)
    first, second, bad = (
        _with(frame.slice(3, 1), 0, **each) for each in ({"volume": 777}, {"volume": 778}, {"close": None})
    )
    mixed = pl.concat([frame.head(3), bad, first, second, bad, frame.slice(4)])
    report = check_bars(mixed, TCS, "id")
    dropped = apply_policy(mixed, report, "drop", TCS)
    assert dropped.slice(3, 1).equals(second)
    assert (dropped.height, report.bad_rows, report.count("duplicate"), report.count("missing")) == (375, 3, 3, 2)
    only_bad = pl.concat([frame.head(3), bad, bad, frame.slice(4)])
    report = check_bars(only_bad, TCS, "id")
    assert (report.bad_rows, report.count("duplicate")) == (2, 1)
    assert apply_policy(only_bad, report, "drop", TCS).height == 374


def test_rows_out_of_order_are_reported_and_sorted(bars: Maker) -> None:
    frame = bars(DAY, DAY)
    swapped = pl.concat([frame.slice(1, 1), frame.slice(0, 1), frame.slice(2)])
    report = check_bars(swapped, TCS, "id")
    assert _kinds(report) == {"out_of_order": 1}
    assert report.bad_rows == 0
    for policy in ("drop", "keep"):
        assert apply_policy(swapped, report, policy, TCS).equals(frame)


def test_a_jump_over_the_band_is_reported_and_kept(bars: Maker) -> None:
    # A 1:2 split between two days.
    frame = pl.concat([bars(DAY, DAY, 1000.0), bars(date(2024, 1, 3), date(2024, 1, 3), 500.0)])
    report = check_bars(frame, TCS, "id")
    assert _kinds(report) == {"price_jump": 1}
    assert report.problems[0].examples[0].startswith("2024-01-03 09:15:00 IST")
    assert apply_policy(frame, report, "drop", TCS).height == 750
    # 1 % moves are jumps where the band is narrower.
    assert (
        check_bars(_with(frame.head(375), 9, high=1012.0), Instrument("TCS", price_band=0.01), "id").count("price_jump")
        == 1
    )


def test_daily_bars_are_checked_against_days_of_trading() -> None:
    days = [date(2024, 1, 19), date(2024, 1, 20), date(2024, 1, 21), date(2024, 1, 22)]
    frame = pl.DataFrame({"day": days}).select(
        pl.col("day")
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("Asia/Kolkata")
        .dt.convert_time_zone("UTC")
        .alias("timestamp"),
        *(pl.lit(10.0).alias(name) for name in ("open", "high", "low", "close")),
        pl.lit(1, pl.Int64).alias("volume"),
    )
    # The 20th was a Saturday with a session, the 21st a Sunday, the 22nd a holiday.
    report = check_bars(frame, TCS, "id", daily=True)
    assert _kinds(report) == {"outside_session": 2}


def test_a_row_with_two_defects_counts_once_as_bad(bars: Maker) -> None:
    frame = _with(bars(DAY, DAY), 7, low=-1.0, high=99.0)
    report = check_bars(frame, TCS, "id")
    assert _kinds(report) == {"non_positive": 1, "inconsistent": 1}
    assert report.bad_rows == 1
