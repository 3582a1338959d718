from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from hermes.data import DataService
from hermes.data.importer import ImportedSymbol, ImportReport, import_bars
from hermes.data.store import write_bars
from hermes.errors import DataError, HermesError, UnknownNameError, UsageError
from hermes.settings import Settings

Maker = Callable[..., pl.DataFrame]
IST = "Asia/Kolkata"
HEADER = "Date,Open,High,Low,Close,Volume\n"


@pytest.fixture
def settings(isolation: Path) -> Settings:
    return Settings(registry_enabled=False)


def _file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "bars.csv"
    path.write_text(text, encoding=encoding)
    return path


def _only(report: ImportReport) -> ImportedSymbol:
    (found,) = report.symbols
    return found


def _local(settings: Settings, symbol: str, timeframe: str = "1m") -> list[str]:
    frame = DataService(settings).get_market_data(symbol, timeframe=timeframe, quality="keep")
    return frame.get_column("timestamp").dt.convert_time_zone(IST).dt.strftime("%Y-%m-%d %H:%M").to_list()


def test_blanks_are_stripped_and_rows_sorted_and_counted(settings: Settings, tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        HEADER
        + "2016-09-30 09:17:00, 103, 104, 102, 103.5, 30\n"
        + "2016-09-30 09:15:00, 100, 101, 99, 100.5, 10\n"
        + "2016-09-30 09:16:00, 101, 102, 100, 101.5, 20\n"
        + "2016-09-30 09:16:00, 101, 102, 100, 101.75, 21\n",
    )
    report = import_bars(path, settings, symbol="pageind", timezone=IST)
    done = _only(report)
    assert (report.rows, done.symbol, done.rows, done.duplicates, done.out_of_order) == (4, "PAGEIND", 3, 1, 1)
    assert (done.interval, done.first_day, done.last_day) == (1, date(2016, 9, 30), date(2016, 9, 30))
    bars = DataService(settings).get_market_data("PAGEIND", columns=["close", "volume"])
    assert bars.rows() == [(100.5, 10), (101.75, 21), (103.5, 30)]
    assert _local(settings, "PAGEIND")[0] == "2016-09-30 09:15"


def test_naive_times_are_refused_unless_their_zone_is_named(settings: Settings, tmp_path: Path) -> None:
    path = _file(tmp_path, HEADER + "2016-09-30 09:15:00,100,101,99,100,10\n2016-09-30 09:16:00,100,101,99,100,10\n")
    with pytest.raises(UsageError, match=r"do not say their time zone.*--timezone Asia/Kolkata"):
        import_bars(path, settings, symbol="TCS")
    with pytest.raises(UsageError, match="Time zone 'Asia/Nowhere'"):
        import_bars(path, settings, symbol="TCS", timezone="Asia/Nowhere")
    assert not settings.minute_dir.exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-01-02 09:15:00+05:30", "2024-01-02 09:16:00+05:30"),
        ("2024-01-02T09:15:00+0530", "2024-01-02T09:16:00+0530"),
        ("2024-01-02T03:45:00Z", "2024-01-02T03:46:00Z"),
        ("2024-01-02 09:15", "2024-01-02 09:16"),
        ("2024-01-02T09:15:00.000", "2024-01-02T09:16:00.000"),
        ("02-Jan-2024 09:15:00", "02-Jan-2024 09:16:00"),
        ("02-01-2024 09:15", "02-01-2024 09:16"),
        ("02/01/2024 09:15", "02/01/2024 09:16"),
        ("20240102 09:15", "20240102 09:16"),
    ],
)
def test_times_are_understood_in_the_forms_vendors_use(
    settings: Settings, tmp_path: Path, first: str, second: str
) -> None:
    path = _file(tmp_path, HEADER + f"{first},100,101,99,100,10\n{second},100,101,99,100,10\n")
    import_bars(path, settings, symbol="TCS", timezone=IST)
    assert _local(settings, "TCS") == ["2024-01-02 09:15", "2024-01-02 09:16"]


def test_date_and_time_in_two_columns_belong_together(settings: Settings, tmp_path: Path) -> None:
    text = "date,time,open,high,low,close\n20240102,09:15,1,1,1,1\n20240102,09:16,1,1,1,1\n"
    report = import_bars(_file(tmp_path, text), settings, symbol="TCS", timezone=IST)
    assert _local(settings, "TCS") == ["2024-01-02 09:15", "2024-01-02 09:16"]
    assert any("no volume" in note for note in report.notes)


def test_bars_labelled_by_their_end_are_moved_to_their_start(settings: Settings, tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        HEADER + "".join(f"2024-01-02 09:{minute},100,101,99,100,10\n" for minute in (20, 25, 30)),
    )
    report = import_bars(path, settings, symbol="TCS", timezone=IST, label="end")
    assert _only(report).interval == 5
    assert _local(settings, "TCS", "5m") == ["2024-01-02 09:15", "2024-01-02 09:20", "2024-01-02 09:25"]
    with pytest.raises(UnknownNameError, match="label 'middle'"):
        import_bars(path, settings, symbol="TCS", timezone=IST, label="middle")  # type: ignore[arg-type]


def test_longer_bars_are_never_passed_off_as_minutes(settings: Settings, tmp_path: Path) -> None:
    path = _file(tmp_path, HEADER + "".join(f"2024-01-02 09:{m},100,101,99,100,10\n" for m in (15, 20, 25)))
    import_bars(path, settings, symbol="TCS", timezone=IST)
    with pytest.raises(UsageError, match=r"TCS is stored in bars of 5 minutes, so 1m cannot be built. Ask for 5m, 10m"):
        DataService(settings).get_market_data("TCS")
    assert _local(settings, "TCS", "15m") == ["2024-01-02 09:15"]


def _at(settings: Settings, folder: Path, times: list[str], label: Literal["start", "end"] = "start") -> ImportedSymbol:
    text = HEADER + "".join(f"2024-01-{time},100,101,99,100,10\n" for time in times)
    return _only(import_bars(_file(folder, text), settings, symbol="TCS", timezone=IST, label=label))


@pytest.mark.parametrize(
    ("times", "interval"),
    [
        # Trades in some minutes only: most bars are two minutes apart.
        (["02 09:15", "02 09:17", "02 09:19", "02 09:22"], 1),
        (["02 09:15", "02 09:25", "02 09:40", "02 10:00"], 5),
        (["02 09:15", "02 09:30", "02 10:15", "02 11:00"], 15),
        # The pre-open print at 09:08 is no bar of the session, nor is the night between two days.
        (["02 09:08", "02 09:15", "02 09:20", "03 09:08", "03 09:15", "03 09:30"], 5),
        # Two spans of one day: 2024-03-02 is another file; seconds that vendors' clocks are off do not count.
        (["02 09:15:00", "02 09:20:01", "02 09:24:59", "02 09:30:00", "02 09:35:00", "02 09:40:00"], 5),
        # Sunday the 7th had no session: its rows tell nothing while there are others.
        (["02 09:15", "02 10:15", "07 10:00", "07 10:01"], 60),
        (["07 10:00", "07 10:05"], 5),
    ],
)
def test_the_length_of_bars_divides_every_distance_in_a_session(
    settings: Settings, tmp_path: Path, times: list[str], interval: int
) -> None:
    assert _at(settings, tmp_path, times).interval == interval


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["02 09:15", "02 09:17"], r"The bars are 2 minutes apart.*1, 3, 5, 10, 15, 30, 60 or 240"),
        (["02 09:15", "02 10:30", "02 11:45"], "The bars are 75 minutes apart"),
        (["02 09:15:00", "02 09:15:05", "02 09:15:10"], "The bars are 5 seconds apart"),
        (["02 09:15:00", "02 09:15:20", "02 09:15:40"], "The bars are 20 seconds apart"),
    ],
)
def test_bars_of_a_length_that_nothing_can_be_built_from_are_refused(
    settings: Settings, tmp_path: Path, times: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        _at(settings, tmp_path, times)
    assert not settings.data_root.exists()


def test_one_stray_row_does_not_turn_five_minutes_into_one(settings: Settings, tmp_path: Path) -> None:
    times = [f"{day:02d} {hour}:{minute:02d}" for day in (2, 3) for hour in (10, 11, 12) for minute in range(0, 60, 5)]
    with pytest.raises(DataError, match=r"Most bars are 5 minutes apart, but not all: .*2024-01-03 11:07:00 IST"):
        _at(settings, tmp_path, [*times, "03 11:07"])
    # Hours by the clock, which the session's first bar does not keep.
    clock = [
        f"{day:02d} {time}" for day in (2, 3, 4, 5, 8, 9) for time in ("09:15", *(f"{h}:00" for h in range(10, 16)))
    ]
    with pytest.raises(DataError, match=r"Most bars are 60 minutes apart, but not all: .*2024-01-02 10:00:00 IST"):
        _at(settings, tmp_path, clock)


def test_an_hour_that_the_close_cuts_short_is_moved_by_its_own_length(settings: Settings, tmp_path: Path) -> None:
    times = [f"{day} {time}" for day in ("02", "03") for time in ("10:15", "11:15", "14:15", "15:15", "15:30")]
    assert _at(settings, tmp_path, times, "end").interval == 60
    assert _local(settings, "TCS", "1h")[:5] == [
        f"2024-01-02 {time}" for time in ("09:15", "10:15", "13:15", "14:15", "15:15")
    ]


def test_the_pause_between_two_spans_of_a_day_is_no_distance_between_bars(settings: Settings, tmp_path: Path) -> None:
    # Saturday 2024-03-02 traded from 09:15 to 10:00 and from 11:30 to 12:30.
    times = ("09:15", "09:30", "09:45", "11:32", "11:47", "12:17")
    text = HEADER + "".join(f"2024-03-02 {time},100,101,99,100,10\n" for time in times)
    done = _only(import_bars(_file(tmp_path, text), settings, symbol="TCS", timezone=IST))
    assert done.interval == 15


def test_bare_days_become_daily_bars_labelled_by_the_open(settings: Settings, tmp_path: Path) -> None:
    path = _file(tmp_path, HEADER + "2023-11-10,1,2,1,2,5\n2023-11-12,2,3,2,3,5\n2023-11-13,3,4,3,4,5\n")
    done = _only(import_bars(path, settings, symbol="TCS", adjusted=True))
    assert done.interval is None
    assert done.files == (settings.daily_dir / "TCS" / "2023.parquet",)
    # The 12th was Muhurat trading, from 18:15.
    assert _local(settings, "TCS", "1d") == ["2023-11-10 09:15", "2023-11-12 18:15", "2023-11-13 09:15"]
    source = DataService(settings).describe("TCS", "1d")
    assert (source.official_daily, source.adjusted, source.origin) == (True, True, "import of bars.csv")


def test_a_lone_bar_with_a_time_is_a_minute_and_one_bar_a_day_is_daily(settings: Settings, tmp_path: Path) -> None:
    lone = _file(tmp_path, HEADER + "2024-01-02 09:15:00,1,1,1,1,1\n")
    assert _only(import_bars(lone, settings, symbol="TCS", timezone=IST)).interval == 1
    odd = _file(tmp_path, HEADER + "2024-01-02 12:01:00,1,1,1,1,1\n2024-01-03 12:01:00,1,1,1,1,1\n")
    assert _only(import_bars(odd, settings, symbol="TCS", timezone=IST)).interval is None
    assert _local(settings, "TCS", "1d") == ["2024-01-02 09:15", "2024-01-03 09:15"]


def test_a_file_of_many_symbols_is_split(settings: Settings, tmp_path: Path) -> None:
    text = "symbol,datetime,open,high,low,close,volume,oi\n" + "".join(
        f"{symbol},2024-01-02 09:{minute},100,101,99,100,10,7\n" for minute in (15, 16) for symbol in ("TCS", "m&m")
    )
    report = import_bars(_file(tmp_path, text), settings, timezone=IST)
    assert [(each.symbol, each.rows) for each in report.symbols] == [("M&M", 2), ("TCS", 2)]
    bars = DataService(settings).get_market_data(["TCS", "M&M"], columns=["symbol", "oi"])
    assert bars.rows() == [("M&M", 7), ("M&M", 7), ("TCS", 7), ("TCS", 7)]


def test_one_symbol_can_be_picked_or_renamed(settings: Settings, tmp_path: Path) -> None:
    text = "code,date,open,high,low,close\n" + "".join(
        f"{symbol},2024-01-02 09:{minute},1,1,1,1\n" for minute in (15, 16) for symbol in ("TCS", "INFY")
    )
    path = _file(tmp_path, text)
    assert _only(import_bars(path, settings, symbol="INFY", timezone=IST)).symbol == "INFY"
    with pytest.raises(UnknownNameError, match=r"Unknown symbol 'TSC'\. Did you mean 'TCS'\?"):
        import_bars(path, settings, symbol="TSC", timezone=IST)
    path.write_text(text.replace("INFY", "TCS"))
    assert _only(import_bars(path, settings, symbol="RELIANCE", timezone=IST)).symbol == "RELIANCE"


def test_two_imports_of_overlapping_days_are_merged(settings: Settings, tmp_path: Path, bars: Maker) -> None:
    for first, last in ((date(2024, 1, 1), date(2024, 1, 3)), (date(2024, 1, 3), date(2024, 1, 4))):
        bars(first, last).write_parquet(tmp_path / "part.parquet")
        import_bars(tmp_path / "part.parquet", settings, symbol="TCS")
    assert DataService(settings).get_market_data("TCS").height == 4 * 375


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", DataError, "is empty"),
        (HEADER, DataError, "no row"),
        ("020117,640.00,644.75\n030117,644.00,658.00\n", DataError, "no column open, high, low, close"),
        ("Open,High,Low,Close\n1,1,1,1\n", DataError, "no column of times"),
        (HEADER + "2024-01-02 09:15,1,1,1,1,1\n2024-01-02 soon,1,1,1,1,1\n", DataError, "row 2: '2024-01-02 soon'"),
        (HEADER + "yesterday,1,1,1,1,1\n", DataError, "row 1: 'yesterday' is not a time"),
        (HEADER + "2024-01-02 09:15,1,1,1,1,1\n2024-01-02 09:16,1,1,1,abc,1\n", DataError, "row 2: 'abc' is not a num"),
        (HEADER + "2024-01-02 09:15:00,1,1,1,1,1\n2024-01-02 09:15:30,1,1,1,1,1\n", DataError, "30 seconds apart"),
        ("Open,open,high,low,close,date\n1,1,1,1,1,2024-01-02\n", DataError, "two columns of the same name"),
        ("symbol,date,open,high,low,close\n../x,2024-01-02,1,1,1,1\n", UsageError, r"\.\./x"),
        (
            "symbol,date,open,high,low,close\nTCS,2024-01-02,1,1,1,1\n,2024-01-03,1,1,1,1\n",
            DataError,
            "names no symbol",
        ),
    ],
)
def test_a_file_that_cannot_be_understood_writes_nothing(
    settings: Settings, tmp_path: Path, text: str, kind: type[HermesError], message: str
) -> None:
    named = None if text.startswith("symbol") else "TCS"
    with pytest.raises(kind, match=message):
        import_bars(_file(tmp_path, text), settings, symbol=named, timezone=IST)
    assert not settings.data_root.exists()


def test_a_file_must_exist_and_be_a_table(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        import_bars(tmp_path / "absent.csv", settings, symbol="TCS")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(DataError, match="cannot be read as a table"):
        import_bars(tmp_path / "torn.parquet", settings, symbol="TCS")
    with pytest.raises(UsageError, match="Name the symbol with --symbol"):
        import_bars(_file(tmp_path, HEADER + "2024-01-02,1,1,1,1,1\n"), settings)


def test_if_one_symbol_cannot_be_written_none_is(settings: Settings, tmp_path: Path, bars: Maker) -> None:
    settings.minute_dir.mkdir(parents=True)
    bars(date(2024, 1, 1), date(2024, 1, 1)).write_parquet(settings.minute_dir / "TCS.parquet")
    text = "symbol,date,open,high,low,close\n" + "".join(
        f"{symbol},2024-01-02 09:{m},1,1,1,1\n" for symbol in ("INFY", "TCS") for m in (15, 16)
    )
    with pytest.raises(DataError, match="TCS is stored in"):
        import_bars(_file(tmp_path, text), settings, timezone=IST)
    assert [each.name for each in settings.minute_dir.iterdir()] == ["TCS.parquet"]


@pytest.mark.parametrize("stored", ["five minutes", "adjusted", "synthetic", "torn", "no bars"])
def test_if_one_symbol_does_not_fit_what_is_stored_none_is_written(
    settings: Settings, tmp_path: Path, bars: Maker, stored: str
) -> None:
    day = date(2023, 1, 2)
    (path,) = write_bars(
        bars(day, day),
        settings.minute_dir,
        "TCS",
        "synthetic-sample seed=1" if stored == "synthetic" else "test",
        adjusted=stored == "adjusted",
        interval=5 if stored == "five minutes" else 1,
    )
    if stored == "torn":
        path.write_bytes(b"PAR1")
    if stored == "no bars":
        pl.DataFrame({"x": [1]}).write_parquet(path)
    text = "symbol,date,open,high,low,close\n" + "".join(
        f"{symbol},2024-01-02 09:{m},1,1,1,1\n" for symbol in ("INFY", "TCS", "ACC") for m in (15, 16)
    )
    with pytest.raises(DataError, match=r"TCS.2023\.parquet"):
        import_bars(_file(tmp_path, text), settings, timezone=IST)
    assert [each.name for each in settings.minute_dir.iterdir()] == ["TCS"]


def test_empty_price_cells_are_kept_for_the_guard_to_report(settings: Settings, tmp_path: Path) -> None:
    path = _file(tmp_path, HEADER + "2024-01-02 09:15,1,1,1,1,1\n2024-01-02 09:16,1,1,1,,1\n")
    import_bars(path, settings, symbol="TCS", timezone=IST)
    assert DataService(settings).quality("TCS").count("missing") == 1


def _parquet(folder: Path, **columns: object) -> Path:
    path = folder / "bars.parquet"
    times = [datetime(2024, 1, 2, 9, 15), datetime(2024, 1, 2, 9, 16)]
    prices = {name: [1.0, 1.0] for name in ("open", "high", "low", "close")}
    pl.DataFrame({"date": times, **prices, "volume": [1, 2], **columns}).write_parquet(path)
    return path


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"volume": [1.0, float("inf")]}, r"Column 'volume', row 2: inf is no count"),
        ({"volume": [-float("inf"), 1.0]}, r"Column 'volume', row 1: -inf is no count"),
        ({"volume": [1.0, 1e20]}, r"Column 'volume', row 2: 1e\+20 is no count"),
        ({"volume": [1.0, -1e20]}, r"Column 'volume', row 2: -1e\+20 is no count"),
        ({"oi": [1.0, 9.3e18]}, r"Column 'oi', row 2: 9.3e\+18 is no count"),
        ({"volume": [[1], [2]]}, r"Column 'volume' is List\(Int64\), not numbers"),
        ({"volume": [{"a": 1}, {"a": 2}]}, "Column 'volume' is Struct.*, not numbers"),
        ({"open": [b"1", b"2"]}, "Column 'open' is Binary, not numbers"),
        ({"open": [time(1), time(2)]}, "Column 'open' is Time, not numbers"),
        ({"date": [date(2024, 1, 1), None]}, "Column 'date', row 2 has no time"),
        ({"date": pl.Series([None, None], dtype=pl.Date)}, "Column 'date', row 1 has no time"),
        ({"date": pl.Series([2**62, 0]).cast(pl.Datetime("us"))}, "Column 'date', row 1: .* outside the years 1800"),
        ({"date": pl.Series([0, 2**62]).cast(pl.Datetime("ms"))}, "Column 'date', row 2: .* outside the years 1800"),
        (
            {"date": pl.Series([0, -(2**62)]).cast(pl.Datetime("us", "UTC"))},
            "Column 'date', row 2: .* outside the years 1800",
        ),
        ({"date": pl.Series([0, 2**31 - 1]).cast(pl.Date)}, "Column 'date', row 2: .* outside the years 1800"),
        ({"date": pl.Series([-(2**31), 0]).cast(pl.Date)}, "Column 'date', row 1: .* outside the years 1800"),
        ({"symbol": [["A"], ["B"]]}, r"Column 'symbol' is List\(String\), not names"),
    ],
)
def test_a_parquet_cell_that_cannot_be_meant_is_named(
    settings: Settings, tmp_path: Path, columns: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        import_bars(_parquet(tmp_path, **columns), settings, symbol="TCS", timezone=IST)
    assert not settings.data_root.exists()


@pytest.mark.parametrize("cell", ["inf", "1e20", "1e400"])
def test_a_volume_that_no_file_can_hold_is_named_in_text_too(settings: Settings, tmp_path: Path, cell: str) -> None:
    path = _file(tmp_path, HEADER + f"2024-01-02 09:15,1,1,1,1,1\n2024-01-02 09:16,1,1,1,1,{cell}\n")
    with pytest.raises(DataError, match=r"Column 'volume', row 2: .* is no count"):
        import_bars(path, settings, symbol="TCS", timezone=IST)


def test_a_volume_of_nan_is_a_missing_one_for_the_guard_to_report(settings: Settings, tmp_path: Path) -> None:
    path = _parquet(tmp_path, volume=[1.0, float("nan")])
    import_bars(path, settings, symbol="TCS", timezone=IST)
    service = DataService(settings)
    assert service.quality("TCS").count("missing") == 1
    assert service.get_market_data("TCS", columns=["volume"]).rows() == [(1,)]


def test_words_in_categories_are_read_as_words(settings: Settings, tmp_path: Path) -> None:
    path = _parquet(
        tmp_path,
        date=pl.Series(["2024-01-02 09:15", "2024-01-02 09:16"]).cast(pl.Categorical()),
        close=pl.Series(["1", "2.5"]).cast(pl.Categorical()),
        symbol=pl.Series(["TCS", "TCS"]).cast(pl.Categorical()),
    )
    assert _only(import_bars(path, settings, timezone=IST)).rows == 2
    assert DataService(settings).get_market_data("TCS", quality="keep").get_column("close").to_list() == [1.0, 2.5]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\n\n\n", b"\xef\xbb\xbf\r\n", b"  "])
def test_a_file_of_marks_and_blanks_is_empty(settings: Settings, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"bars\.csv is empty"):
        import_bars(path, settings, symbol="TCS")


def test_an_empty_time_zone_is_none(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="do not say their time zone"):
        import_bars(_parquet(tmp_path), settings, symbol="TCS", timezone="")


@pytest.mark.realdata
def test_the_vendors_raw_files(settings: Settings, real_data: Path) -> None:
    folder = real_data / "nse/minute_2016/raw_unsorted"
    first = _only(import_bars(folder / "PAGEIND_minute29.csv", settings, timezone=IST))
    assert (first.symbol, first.rows, first.first_day, first.last_day) == (
        "PAGEIND", 18 * 375, date(2016, 8, 16), date(2016, 9, 9),
    )  # fmt: skip
    assert first.out_of_order > 0
    second = _only(import_bars(folder / "PAGEIND_minute.csv", settings, symbol="PAGEIND", timezone=IST))
    assert (second.rows, second.first_day) == (375, date(2016, 9, 30))
    service = DataService(settings)
    assert service.quality("PAGEIND").clean
    assert service.get_market_data("PAGEIND", timeframe="1d").height == 19


@pytest.mark.realdata
def test_the_many_symbol_file_of_2016(settings: Settings, real_data: Path) -> None:
    path = real_data / "nse/minute_2016/minute_2016_20symbols.parquet"
    report = import_bars(path, settings, timezone=IST)
    assert len(report.symbols) == 19
    assert {each.rows for each in report.symbols} == {18 * 375}
    raw = pl.read_parquet(path).filter(pl.col("symbol") == "RELIANCE").sort("date")
    bars = DataService(settings).get_market_data("RELIANCE")
    assert bars.select("open", "high", "low", "close", "volume").equals(
        raw.select("open", "high", "low", "close", "volume")
    )


@pytest.mark.realdata
def test_index_minutes_of_2021_labelled_by_their_end(settings: Settings, real_data: Path) -> None:
    path = real_data / "nse/index_minute_2021/nifty_banknifty_2021.parquet"
    import_bars(path, settings, symbol="NIFTY", timezone=IST, label="end")
    service = DataService(settings)
    # Outside: the pre-open print of each day and what was labelled after 15:30.
    assert {each.kind for each in service.quality("NIFTY").problems} == {"outside_session"}
    bars = service.get_market_data("NIFTY", columns=["timestamp"])
    per_day = bars.group_by(pl.col("timestamp").dt.convert_time_zone(IST).dt.date().alias("day")).len().sort("len")
    assert per_day.get_column("len").max() == 375
    muhurat = per_day.filter(pl.col("day") == date(2021, 11, 4))
    assert 55 <= muhurat.get_column("len")[0] <= 60
    outage = bars.filter(pl.col("timestamp").dt.convert_time_zone(IST).dt.date() == date(2021, 2, 24))
    assert outage.get_column("timestamp").dt.convert_time_zone(IST).dt.strftime("%H:%M")[-1] == "16:59"


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "interval", "rows"),
    [
        ("BankNiftyFut-Sep-1min-20200911.csv", 1, 2254),
        ("Nifty-Index-5min-20200914.csv", 5, 1616),
        ("NiftyFut-Aug-5min.csv", 5, 1374),
        ("reliance_1day_broken_time.csv", None, 3856),
    ],
)
def test_odd_files_are_understood(
    settings: Settings, real_data: Path, name: str, interval: int | None, rows: int
) -> None:
    path = real_data / "nse/importer_oddities" / name
    done = _only(import_bars(path, settings, symbol="ODD", timezone=IST))
    assert (done.interval, done.rows) == (interval, rows)
    frame = DataService(settings).get_market_data("ODD", timeframe="1d" if interval is None else "1h")
    assert frame.select((pl.col("low") <= pl.col("high")).all()).item()


@pytest.mark.realdata
def test_kite_five_minute_bars_with_an_offset(settings: Settings, real_data: Path) -> None:
    done = _only(import_bars(real_data / "nse/reliance_5m_2025/RELIANCE_5minute.csv", settings, symbol="RELIANCE"))
    assert (done.interval, done.rows, done.first_day) == (5, 5112, date(2025, 8, 25))
    bars = DataService(settings).get_market_data("RELIANCE", date(2025, 10, 21), date(2025, 10, 21), "5m")
    # Muhurat trading, 13:45-14:45.
    assert bars.height == 12
    assert _local(settings, "RELIANCE", "1h").count("2025-10-21 13:45") == 1
