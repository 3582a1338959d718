from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from hermes.data.resample import resample
from hermes.errors import UnknownNameError


def _frame(rows: list[tuple[str, str, float]]) -> pl.DataFrame:
    """Bars of (symbol, IST time, close); open is close - 1, high close + 2, low close - 2, volume 10, oi = close."""
    return pl.DataFrame(
        {
            "symbol": [symbol for symbol, _, _ in rows],
            "timestamp": [datetime.fromisoformat(f"{when}+05:30").astimezone(UTC) for _, when, _ in rows],
            "close": [close for _, _, close in rows],
        },
        schema_overrides={"timestamp": pl.Datetime("us", "UTC")},
    ).select(
        "symbol",
        "timestamp",
        open=pl.col("close") - 1,
        high=pl.col("close") + 2,
        low=pl.col("close") - 2,
        close="close",
        volume=pl.lit(10, pl.Int64),
        oi=pl.col("close").cast(pl.Int64),
    )


def _starts(frame: pl.DataFrame) -> list[str]:
    local = frame.get_column("timestamp").dt.convert_time_zone("Asia/Kolkata")
    return local.dt.strftime("%Y-%m-%d %H:%M").to_list()


def test_a_bucket_takes_first_open_highest_lowest_last_close_and_all_volume() -> None:
    frame = _frame(
        [
            ("A", "2024-01-02 09:15", 10.0),
            ("A", "2024-01-02 09:17", 14.0),
            ("A", "2024-01-02 09:29", 8.0),
            ("A", "2024-01-02 09:30", 20.0),
        ]
    )
    made = resample(frame, "15m")
    assert _starts(made) == ["2024-01-02 09:15", "2024-01-02 09:30"]
    assert made.select("open", "high", "low", "close", "volume", "oi").row(0) == (9.0, 16.0, 6.0, 8.0, 30, 8)
    assert made.schema == frame.schema


def test_hours_start_at_the_open_and_the_last_one_is_shorter() -> None:
    frame = _frame(
        [("A", f"2024-01-02 {when}", 10.0) for when in ("09:15", "10:14", "10:15", "15:14", "15:15", "15:29")]
    )
    assert _starts(resample(frame, "1h")) == [f"2024-01-02 {when}" for when in ("09:15", "10:15", "14:15", "15:15")]
    assert _starts(resample(frame, "4h")) == ["2024-01-02 09:15", "2024-01-02 13:15"]


def test_missing_minutes_make_no_bar_and_sessions_are_never_joined() -> None:
    frame = _frame([("A", "2024-01-02 15:29", 10.0), ("A", "2024-01-03 09:15", 11.0), ("A", "2024-01-03 12:00", 12.0)])
    assert _starts(resample(frame, "30m")) == ["2024-01-02 15:15", "2024-01-03 09:15", "2024-01-03 11:45"]


def test_muhurat_is_anchored_at_its_own_open() -> None:
    # 2023-11-12 traded 18:15-19:15 only, 2024-11-01 18:00-19:00.
    frame = _frame([("A", f"2023-11-12 {when}", 10.0) for when in ("18:15", "18:59", "19:00", "19:14")])
    assert _starts(resample(frame, "15m")) == ["2023-11-12 18:15", "2023-11-12 18:45", "2023-11-12 19:00"]
    assert _starts(resample(frame, "1h")) == ["2023-11-12 18:15"]
    assert _starts(resample(_frame([("A", "2024-11-01 18:40", 1.0)]), "1d")) == ["2024-11-01 18:00"]


def test_a_day_is_labelled_by_the_open_even_if_its_first_minute_is_missing() -> None:
    frame = _frame([("A", "2024-01-02 09:20", 10.0), ("A", "2024-01-02 15:29", 12.0)])
    assert _starts(resample(frame, "1d")) == ["2024-01-02 09:15"]


def test_a_week_runs_from_monday_and_holds_the_saturday_session() -> None:
    # 2024-01-15 is a Monday; Saturday 2024-01-20 traded, Monday 2024-01-22 did not.
    frame = _frame([("A", f"2024-01-{day} 09:15", float(day)) for day in (15, 19, 20, 23)])
    made = resample(frame, "1w")
    assert _starts(made) == ["2024-01-15 09:15", "2024-01-23 09:15"]
    assert made.get_column("close").to_list() == [20.0, 23.0]


def test_days_the_calendar_does_not_know_are_anchored_at_a_quarter_past_nine() -> None:
    assert _starts(resample(_frame([("A", "1999-03-01 10:20", 1.0)]), "1h")) == ["1999-03-01 10:15"]


def test_symbols_are_kept_apart_and_in_order() -> None:
    frame = _frame([(each, f"2024-01-02 09:{minute}", 10.0) for each in ("A", "B") for minute in (15, 16, 30)])
    made = resample(frame, "15m")
    assert made.get_column("symbol").to_list() == ["A", "A", "B", "B"]
    assert made.get_column("volume").to_list() == [20, 10, 20, 10]


def test_only_the_columns_there_are_come_back() -> None:
    frame = _frame([("A", "2024-01-02 09:15", 10.0), ("A", "2024-01-02 09:16", 11.0)]).select("timestamp", "close")
    assert resample(frame, "5m").to_dict(as_series=False)["close"] == [11.0]


def test_one_minute_and_no_bars_come_back_as_they_are() -> None:
    frame = _frame([("A", "2024-01-02 09:15", 10.0)])
    assert resample(frame, "1m") is frame
    assert resample(frame.clear(), "15m").is_empty()


def test_an_unknown_timeframe_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown timeframe '7m'\..*Allowed: 1m, 3m"):
        resample(_frame([("A", "2024-01-02 09:15", 1.0)]), "7m")


@pytest.mark.realdata
@pytest.mark.parametrize("timeframe", ["5m", "1h", "1d", "1w"])
def test_it_equals_a_plain_loop_over_real_bars(real_data: Path, timeframe: str) -> None:
    raw = pl.read_parquet(real_data / "nse/minute_2016/minute_2016_20symbols.parquet")
    raw = raw.filter(pl.col("symbol").is_in(["PAGEIND", "RELIANCE"])).sort("symbol", "date")
    stamp = pl.col("date").dt.replace_time_zone("Asia/Kolkata").dt.convert_time_zone("UTC")
    frame = raw.select("symbol", stamp.alias("timestamp"), "open", "high", "low", "close", "volume")
    expected: dict[tuple[str, object], list[float]] = {}
    for symbol, when, o, h, low, c, v in raw.select(
        "symbol", "date", "open", "high", "low", "close", "volume"
    ).iter_rows():
        day: date = when.date()
        minutes = when.hour * 60 + when.minute - 555
        bucket: object = {
            "5m": (day, minutes // 5),
            "1h": (day, minutes // 60),
            "1d": day,
            "1w": day.isocalendar()[:2],
        }[timeframe]
        row = expected.setdefault((symbol, bucket), [o, h, low, c, 0])
        row[1], row[2], row[3], row[4] = max(row[1], h), min(row[2], low), c, row[4] + v
    made = resample(frame, timeframe).select("open", "high", "low", "close", "volume")
    assert [list(row) for row in made.rows()] == list(expected.values())


def test_a_bucket_before_the_open_does_not_reach_over_midnight() -> None:
    frame = _frame([("A", "2024-01-02 23:50", 1.0), ("A", "2024-01-03 00:05", 2.0), ("A", "2024-01-03 00:20", 3.0)])
    assert _starts(resample(frame, "1h")) == ["2024-01-02 23:15", "2024-01-03 00:00", "2024-01-03 00:15"]
