from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from hermes.data import DataService
from hermes.data.bars import BAR_COLUMNS, BAR_SCHEMA
from hermes.data.provider import LocalProvider, StoredSeries, span_of_days
from hermes.data.store import write_bars
from hermes.errors import DataError
from hermes.settings import Settings

Maker = Callable[..., pl.DataFrame]
ALWAYS = span_of_days(None, None)


def _series(provider: LocalProvider, symbol: str) -> StoredSeries:
    found = provider.series(symbol)
    assert found is not None
    return found


def _destroy(path: Path, keep: Callable[[str, int], bool]) -> int:
    """Overwrite the pages of every column chunk that `keep` (name, row group) does not protect; return how many."""
    footer = pq.ParquetFile(path).metadata
    content = bytearray(path.read_bytes())
    destroyed = 0
    for group in range(footer.num_row_groups):
        for column in range(footer.num_columns):
            chunk = footer.row_group(group).column(column)
            if keep(chunk.path_in_schema, group):
                continue
            start = chunk.data_page_offset
            if chunk.has_dictionary_page and chunk.dictionary_page_offset:
                start = min(start, chunk.dictionary_page_offset)
            content[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
            destroyed += 1
    path.write_bytes(content)
    return destroyed


def test_columns_that_are_not_asked_for_are_not_decoded(bars: Maker, minute_dir: Path) -> None:
    (path,) = write_bars(bars(date(2024, 1, 1), date(2024, 3, 29)), minute_dir, "TCS", "test")
    assert _destroy(path, lambda name, _: name in ("timestamp", "close")) > 0
    provider = LocalProvider(minute_dir)
    read = provider.read(_series(provider, "TCS"), ALWAYS, ("timestamp", "close"))
    assert read.get_column("close")[0] == 100.0
    with pytest.raises(DataError, match=r"2024\.parquet cannot be read as Parquet"):
        provider.read(_series(provider, "TCS"), ALWAYS, ("open",))


def test_row_groups_outside_the_days_asked_for_are_not_decoded(bars: Maker, minute_dir: Path) -> None:
    frame = bars(date(2024, 1, 1), date(2024, 12, 31))
    (path,) = write_bars(frame, minute_dir, "TCS", "test")
    groups = pq.ParquetFile(path).metadata.num_row_groups
    assert groups >= 3
    _destroy(path, lambda _, group: group == groups - 1)
    provider = LocalProvider(minute_dir)
    read = provider.read(_series(provider, "TCS"), span_of_days(date(2024, 12, 30), None), BAR_COLUMNS)
    assert read.drop("symbol").equals(frame.tail(750))
    with pytest.raises(DataError):
        provider.read(_series(provider, "TCS"), span_of_days(date(2024, 1, 1), None), BAR_COLUMNS)


def test_yearly_files_of_other_years_are_not_even_opened(bars: Maker, minute_dir: Path) -> None:
    frame = bars(date(2022, 12, 29), date(2024, 1, 2))
    paths = write_bars(frame, minute_dir, "TCS", "test")
    assert [each.name for each in paths] == ["2022.parquet", "2023.parquet", "2024.parquet"]
    paths[0].write_bytes(b"not a Parquet file")
    paths[2].write_bytes(b"")
    provider = LocalProvider(minute_dir)
    read = provider.read(_series(provider, "TCS"), span_of_days(date(2023, 1, 1), date(2023, 12, 31)), ("close",))
    # 246 sessions in 2023: 245 of 375 minutes and Muhurat's 60.
    assert read.height == 245 * 375 + 60
    with pytest.raises(DataError, match=r"2024\.parquet is empty \(0 bytes\)"):
        provider.read(_series(provider, "TCS"), span_of_days(date(2023, 1, 1), None), ("close",))


def test_days_are_exchange_local_and_both_inclusive(bars: Maker, minute_dir: Path) -> None:
    write_bars(bars(date(2024, 1, 1), date(2024, 1, 5)), minute_dir, "TCS", "test")
    provider = LocalProvider(minute_dir)
    read = provider.read(_series(provider, "TCS"), span_of_days(date(2024, 1, 2), date(2024, 1, 3)), ("timestamp",))
    local = read.get_column("timestamp").dt.convert_time_zone("Asia/Kolkata").dt.strftime("%d %H:%M")
    assert (read.height, local[0], local[-1]) == (750, "02 09:15", "03 15:29")


def test_one_file_a_symbol_is_read_under_any_spelling_of_its_columns(bars: Maker, minute_dir: Path) -> None:
    minute_dir.mkdir(parents=True)
    frame = bars(date(2024, 1, 1), date(2024, 1, 1)).drop("oi")
    foreign = frame.select(
        pl.col("timestamp").dt.cast_time_unit("ms").dt.convert_time_zone("Asia/Kolkata").alias("Date"),
        pl.col("open").cast(pl.Float32).alias("Open"),
        pl.col("high").alias("HIGH"),
        pl.col("low").alias("Low"),
        pl.col("close").alias("Close"),
        pl.col("volume").cast(pl.Int32).alias("Volume"),
    )
    foreign.write_parquet(minute_dir / "M%26M.parquet")
    provider = LocalProvider(minute_dir)
    assert provider.symbols() == ["M&M"]
    read = provider.read(_series(provider, "M&M"), span_of_days(date(2024, 1, 1), date(2024, 1, 1)), BAR_COLUMNS)
    assert read.schema == BAR_SCHEMA
    assert read.get_column("timestamp").equals(frame.get_column("timestamp"))
    assert read.select("symbol", "close", "oi").row(0) == ("M&M", 100.0, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PAR1 and then nothing", "cannot be read as Parquet"),
        (b"date,open\n1,2\n", "cannot be read as Parquet"),
    ],
)
def test_a_file_that_is_no_parquet_file_is_named(minute_dir: Path, content: bytes, message: str) -> None:
    minute_dir.mkdir(parents=True)
    (minute_dir / "TCS.parquet").write_bytes(content)
    provider = LocalProvider(minute_dir)
    for call in (lambda s: provider.read(s, ALWAYS, BAR_COLUMNS), provider.facts):
        with pytest.raises(DataError, match=message) as caught:
            call(_series(provider, "TCS"))
        assert "TCS.parquet" in str(caught.value)


def test_a_truncated_file_is_named(bars: Maker, minute_dir: Path) -> None:
    (path,) = write_bars(bars(date(2024, 1, 1), date(2024, 1, 5)), minute_dir, "TCS", "test")
    path.write_bytes(path.read_bytes()[:-100])
    provider = LocalProvider(minute_dir)
    with pytest.raises(DataError, match="cut short"):
        provider.read(_series(provider, "TCS"), ALWAYS, BAR_COLUMNS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"close": None}, "it has no column close"),
        ({"timestamp": pl.col("timestamp").dt.replace_time_zone(None)}, "time stamps must say their time zone"),
        ({"timestamp": pl.col("timestamp").dt.epoch()}, "time stamps must say their time zone"),
        ({"open": pl.col("open").cast(pl.String)}, "column 'open' is String, not numbers"),
    ],
)
def test_a_parquet_file_of_something_else_says_what_is_wrong(
    bars: Maker, minute_dir: Path, change: dict[str, pl.Expr | None], message: str
) -> None:
    minute_dir.mkdir(parents=True)
    frame = bars(date(2024, 1, 1), date(2024, 1, 1))
    for name, expression in change.items():
        frame = frame.drop(name) if expression is None else frame.with_columns(expression.alias(name))
    frame.write_parquet(minute_dir / "TCS.parquet")
    provider = LocalProvider(minute_dir)
    with pytest.raises(DataError, match=message):
        provider.read(_series(provider, "TCS"), ALWAYS, BAR_COLUMNS)


def test_the_identity_follows_every_change_of_a_file(bars: Maker, minute_dir: Path) -> None:
    write_bars(bars(date(2024, 1, 1), date(2024, 1, 5)), minute_dir, "TCS", "test")
    provider = LocalProvider(minute_dir)
    before = _series(provider, "TCS").identity
    assert _series(provider, "TCS").identity == before
    write_bars(bars(date(2024, 1, 8), date(2024, 1, 8)), minute_dir, "TCS", "test")
    after = _series(provider, "TCS").identity
    write_bars(bars(date(2025, 1, 1), date(2025, 1, 1)), minute_dir, "TCS", "test")
    assert len({before, after, _series(provider, "TCS").identity}) == 3


def test_a_symbol_in_both_layouts_is_refused(bars: Maker, minute_dir: Path) -> None:
    frame = bars(date(2024, 1, 1), date(2024, 1, 1))
    write_bars(frame, minute_dir, "TCS", "test")
    frame.write_parquet(minute_dir / "TCS.parquet")
    with pytest.raises(DataError, match="TCS is stored twice"):
        LocalProvider(minute_dir).series("TCS")


def test_symbols_lists_both_layouts_and_passes_over_what_is_none(bars: Maker, minute_dir: Path) -> None:
    frame = bars(date(2024, 1, 1), date(2024, 1, 1))
    write_bars(frame, minute_dir, "M&M", "test")
    frame.write_parquet(minute_dir / "INFY.parquet")
    (minute_dir / ".INFY.parquet.1.tmp").write_bytes(b"x")
    (minute_dir / ".hidden.parquet").write_bytes(b"x")
    (minute_dir / "notes.txt").write_text("x")
    (minute_dir / "EMPTY").mkdir()
    (minute_dir / "%2E%2E%2Fx.parquet").write_bytes(b"x")
    assert LocalProvider(minute_dir).symbols() == ["INFY", "M&M"]


def test_an_absent_folder_is_an_empty_store(tmp_path: Path) -> None:
    provider = LocalProvider(tmp_path / "nowhere")
    assert provider.is_empty()
    assert provider.symbols() == []
    assert provider.series("TCS") is None


def test_facts_come_from_footer_and_time_stamps(bars: Maker, minute_dir: Path) -> None:
    frame = bars(date(2023, 12, 29), date(2024, 1, 1))
    write_bars(frame, minute_dir, "TCS", "vendor X", adjusted=True, interval=5)
    provider = LocalProvider(minute_dir)
    facts = provider.facts(_series(provider, "TCS"))
    assert (facts.rows, facts.origin, facts.adjusted, facts.interval) == (750, "vendor X", True, 5)
    # 2023-12-29 09:15 and 2024-01-01 15:29 IST.
    assert (facts.first_us, facts.last_us) == (1_703_821_500_000_000, 1_704_103_140_000_000)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"interval": 5}, r"TCS would have bars of different lengths \(hermes\.interval\): 1 in .*; 5 in .*2024"),
        ({"adjusted": True}, r"different adjustments for corporate actions .*: false in .*2023.*; true in .*2024"),
        ({"origin": "synthetic-sample seed=1"}, r"synthetic bars beside real ones: real in .*; synthetic in .*2024"),
    ],
)
def test_years_that_do_not_belong_together_are_refused(
    bars: Maker, minute_dir: Path, tmp_path: Path, other: dict[str, Any], message: str
) -> None:
    write_bars(bars(date(2023, 12, 29), date(2023, 12, 29)), minute_dir, "TCS", "test")
    (path,) = write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), tmp_path, "TCS", **{"origin": "test", **other})
    path.rename(minute_dir / "TCS/2024.parquet")
    provider = LocalProvider(minute_dir)
    with pytest.raises(DataError, match=message) as caught:
        provider.facts(_series(provider, "TCS"))
    assert "move the others away" in str(caught.value)


def test_what_only_a_later_file_states_counts_for_all(bars: Maker, minute_dir: Path) -> None:
    write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)), minute_dir, "TCS", "test", adjusted=True, interval=5)
    bars(date(2023, 1, 2), date(2023, 1, 2)).write_parquet(minute_dir / "TCS/2023.parquet")
    provider = LocalProvider(minute_dir)
    facts = provider.facts(_series(provider, "TCS"))
    assert (facts.adjusted, facts.interval) == (True, 5)


def test_a_file_named_by_a_year_that_holds_another_is_refused(bars: Maker, minute_dir: Path) -> None:
    # A financial year: days of 2024 would be found by a read of both years and not by one of 2024 alone.
    folder = minute_dir / "TCS"
    folder.mkdir(parents=True)
    bars(date(2023, 12, 29), date(2024, 1, 1)).write_parquet(folder / "2023.parquet")
    provider = LocalProvider(minute_dir)
    with pytest.raises(DataError, match=r"TCS/2023\.parquet holds bars of 2024.*[Rr]ename it"):
        provider.facts(_series(provider, "TCS"))
    (folder / "2023.parquet").rename(folder / "FY2023.parquet")
    assert provider.facts(_series(provider, "TCS")).rows == 750
    read = provider.read(_series(provider, "TCS"), span_of_days(date(2024, 1, 1), None), ("close",))
    assert read.height == 375


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
@pytest.mark.parametrize(
    ("start", "end", "rows"),
    [
        (date(1, 1, 1), None, 375),
        (date(1600, 1, 1), date(2100, 1, 1), 375),
        (date(1, 1, 1), date(9999, 12, 31), 375),
        (date(1, 1, 1), date(1, 1, 2), 0),
        (date(2500, 1, 1), None, 0),
        (date(9999, 12, 31), date(9999, 12, 31), 0),
    ],
)
def test_days_out_of_reach_of_a_files_unit_of_time_have_no_bars(
    bars: Maker, minute_dir: Path, unit: Literal["ns", "us", "ms"], start: date, end: date | None, rows: int
) -> None:
    minute_dir.mkdir(parents=True)
    frame = bars(date(2024, 1, 1), date(2024, 1, 1)).with_columns(pl.col("timestamp").dt.cast_time_unit(unit))
    frame.write_parquet(minute_dir / "TCS.parquet")
    provider = LocalProvider(minute_dir)
    assert provider.read(_series(provider, "TCS"), span_of_days(start, end), BAR_COLUMNS).height == rows


@pytest.mark.parametrize("stamp", [2**62, -(2**62), 4_102_444_800_000_000 * 3])
def test_time_stamps_that_no_bar_can_have_are_refused(bars: Maker, minute_dir: Path, stamp: int) -> None:
    minute_dir.mkdir(parents=True)
    row = pl.int_range(pl.len()) == 5
    bars(date(2024, 1, 1), date(2024, 1, 1)).with_columns(
        pl.when(row).then(pl.lit(stamp).cast(pl.Datetime("us", "UTC"))).otherwise("timestamp").alias("timestamp")
    ).write_parquet(minute_dir / "TCS.parquet")
    service = DataService(Settings(registry_enabled=False))
    for ask in (service.get_market_data, service.quality, service.describe, service.get_date_range):
        with pytest.raises(DataError, match=r"TCS\.parquet holds time stamps outside the years 1800 to 2200"):
            ask("TCS")


def test_no_spoilt_byte_of_a_file_is_more_than_an_error_that_names_it(bars: Maker, minute_dir: Path) -> None:
    (path,) = write_bars(bars(date(2024, 1, 1), date(2024, 1, 1)).head(20), minute_dir, "TCS", "test")
    sound, provider, chance = path.read_bytes(), LocalProvider(minute_dir), np.random.default_rng(1)
    named = 0
    for _ in range(400):
        spoilt = bytearray(sound)
        for _ in range(int(chance.integers(1, 7))):
            spoilt[int(chance.integers(len(spoilt)))] = int(chance.integers(256))
        path.write_bytes(spoilt)
        series = _series(provider, "TCS")
        for ask in (lambda s: provider.read(s, ALWAYS, BAR_COLUMNS), provider.facts):
            try:
                ask(series)
            except DataError as error:
                named += str(path) in str(error)
    assert named > 400


def test_names_that_no_symbol_gives_are_passed_over_and_told(bars: Maker, minute_dir: Path) -> None:
    frame = bars(date(2024, 1, 1), date(2024, 1, 1))
    write_bars(frame, minute_dir, "TCS", "test")
    for name in ("tcs", "T%43S", "M&M", "m%26m", "NIFTY 50", " TCS", "%2E%2E%2Fx"):
        frame.write_parquet(minute_dir / f"{name}.parquet")
    write_bars(frame, minute_dir, "INFY", "test")
    (minute_dir / "INFY").rename(minute_dir / "infy")
    (minute_dir / "hdfc").mkdir()
    (minute_dir / "SBIN.parquet").mkdir()
    frame.write_parquet(minute_dir / "SBIN.parquet/part-0.parquet")
    provider = LocalProvider(minute_dir)
    assert provider.symbols() == ["TCS"]
    for symbol in provider.symbols():
        assert provider.series(symbol) is not None
    assert not provider.is_empty()
    assert [Path(each).name for each in provider.misnamed("M&M")] == ["M&M.parquet", "m%26m.parquet"]
    assert [Path(each).name for each in provider.misnamed("INFY")] == ["infy"]
    assert provider.misnamed("HDFC") == ()
    assert [Path(each).name for each in provider.misnamed("SBIN")] == ["SBIN.parquet"]
    assert provider.series("SBIN") is None
    service = DataService(Settings(registry_enabled=False))
    with pytest.raises(DataError, match=r"minute/M&M\.parquet is not read as bars of M&M: rename it to M%26M\.parquet"):
        service.get_market_data("M&M")
    with pytest.raises(DataError, match=r"minute/SBIN\.parquet is not read as bars of SBIN: rename it to SBIN\."):
        service.get_market_data("SBIN")
    with pytest.raises(DataError, match=r"minute/infy is not read as bars of INFY: rename it to INFY\."):
        service.get_market_data("infy")
    assert [each.symbol for each in service.list_instruments()] == ["TCS"]
