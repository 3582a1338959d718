import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.cli.conftest import Hermes

from hermes.data.store import write_bars
from hermes.settings import get_settings


def test_a_sample_is_made_once(hermes: Hermes, isolation: Path) -> None:
    first = hermes("data", "sample", "tcs")
    assert first.code == 0
    assert "1 symbols, 2024-01-01 to 2024-12-31" in first.out
    assert "Synthetic sample" in first.out
    files = {path: path.stat().st_mtime_ns for path in (isolation / "sample").rglob("*.parquet")}
    assert files
    again = hermes("data", "sample", "TCS")
    assert "already" in again.out
    assert {path: path.stat().st_mtime_ns for path in (isolation / "sample").rglob("*.parquet")} == files


def test_a_symbol_outside_the_sample_is_refused(hermes: Hermes) -> None:
    done = hermes("data", "sample", "RELIANC")
    assert done.code == 2
    assert "'RELIANCE'" in done.err


def test_the_list_says_what_is_synthetic(hermes: Hermes, sample: Path) -> None:
    done = hermes("data", "list")
    assert done.code == 0
    assert "RELIANCE" in done.out
    assert "2024-01-01" in done.out
    assert "Synthetic sample" in done.out
    (row,) = json.loads(hermes("data", "list", "relian", "--json").out)
    assert row["symbol"] == "RELIANCE"
    assert row["synthetic"] is True
    assert row["rows"] > 90_000


def test_an_empty_list_says_what_to_do(hermes: Hermes, sample: Path) -> None:
    assert "No symbol with bars is like 'zzzz'" in hermes("data", "list", "zzzz").out


def test_no_bars_at_all(hermes: Hermes) -> None:
    assert "hermes data sample" in hermes("data", "list").out
    done = hermes("data", "check")
    assert done.code == 2
    assert "hermes data sample" in done.err


def test_one_symbol_is_described(hermes: Hermes, sample: Path) -> None:
    done = hermes("data", "info", "reliance")
    assert done.code == 0
    assert "synthetic" in done.out
    facts = json.loads(hermes("data", "info", "RELIANCE", "--json").out)
    assert facts["first_day"] == "2024-01-01"
    assert facts["adjusted"] is False
    assert hermes("data", "info", "NOPE").code == 2
    assert hermes("data", "info", "RELIANCE", "-t", "2m").code == 2


def test_clean_bars_pass_the_check(hermes: Hermes, sample: Path) -> None:
    done = hermes("data", "check", "RELIANCE")
    assert done.code == 0
    assert "no problem found" in done.out


CSV = "datetime,open,high,low,close,volume\n"


def test_an_import_then_a_check_that_fails(hermes: Hermes, tmp_path: Path, isolation: Path) -> None:
    rows = ["2024-01-15 09:15:00,100,101,99,100.5,10", "2024-01-15 09:16:00,100,90,99,100.5,10"]
    source = tmp_path / "bars.csv"
    source.write_text(CSV + "\n".join(rows) + "\n")
    refused = hermes("data", "import", source, "--symbol", "ABC")
    assert refused.code == 2
    assert "timezone" in refused.err.lower()
    assert not list(isolation.rglob("*.parquet"))
    done = hermes("data", "import", source, "--symbol", "ABC", "--timezone", "Asia/Kolkata")
    assert done.code == 0, done.err
    assert "ABC: 2 bars of 1 min, 2024-01-15 to 2024-01-15" in done.out
    checked = hermes("data", "check")
    assert checked.code == 1
    assert "inconsistent" in checked.out
    (report,) = json.loads(hermes("data", "check", "ABC", "--json").out)
    assert report["bad_rows"] == 1


def test_a_wrong_label_is_refused(hermes: Hermes, tmp_path: Path) -> None:
    source = tmp_path / "bars.csv"
    source.write_text(CSV)
    done = hermes("data", "import", source, "--label", "middle")
    assert done.code == 2
    assert "'middle'" in done.err


@pytest.mark.parametrize("content", [b"", b"PAR1 truncated", b"\x00\x01"])
def test_a_foreign_parquet_file_is_one_line(hermes: Hermes, isolation: Path, content: bytes) -> None:
    folder = isolation / "minute"
    folder.mkdir(parents=True)
    (folder / "ABC.parquet").write_bytes(content)
    for words in (["data", "info", "ABC"], ["backtest", "ABC", "-s", "RSIStrategy"], ["data", "check"]):
        done = hermes(*words)
        assert done.code == 1, words
        assert done.err.splitlines()[-1].startswith("Error: ")
        assert "ABC" in done.err
        assert "Traceback" not in done.err


def test_real_bars_end_the_sample(hermes: Hermes, sample_root: Path, isolation: Path) -> None:
    from hermes.data import DataService
    from hermes.settings import Settings

    bars = DataService(Settings(data_root=sample_root, registry_enabled=False)).get_market_data("RELIANCE").head(375)
    write_bars(bars, get_settings().minute_dir, "RELIANCE", origin="test", adjusted=False)
    done = hermes("data", "list")
    assert "Synthetic" not in done.out
    assert "375" in done.out


def test_a_spoilt_file_is_a_row_of_its_own_and_hides_no_other(hermes: Hermes, isolation: Path) -> None:
    frame = pl.DataFrame(
        {
            "timestamp": [datetime(2024, 1, 2, 3, 45, tzinfo=UTC)],
            "open": [100.0], "high": [101.0], "low": [99.0], "close": [100.0], "volume": [10], "oi": [0],
        }
    )  # fmt: skip
    write_bars(frame, isolation / "minute", "GOOD", origin="test")
    (isolation / "minute" / "BAD.parquet").write_bytes(b"PAR1 not really")
    listed = hermes("data", "list")
    assert listed.code == 1
    assert "GOOD" in listed.out
    assert "unreadable" in listed.out
    assert "BAD.parquet" in listed.err
    rows = {row["symbol"]: row for row in json.loads(hermes("data", "list", "--json").out)}
    assert rows["GOOD"]["rows"] == 1
    assert "BAD.parquet" in rows["BAD"]["error"]
    checked = hermes("data", "check")
    assert checked.code == 1
    assert "GOOD" in checked.out
    assert "BAD.parquet" in checked.err


def test_a_symbol_with_daily_bars_only_is_listed_and_checked(hermes: Hermes, isolation: Path) -> None:
    frame = pl.DataFrame(
        {
            "timestamp": [datetime(2024, 1, 2, 3, 45, tzinfo=UTC)],
            "open": [100.0], "high": [101.0], "low": [99.0], "close": [100.0], "volume": [10], "oi": [0],
        }
    )  # fmt: skip
    write_bars(frame, isolation / "daily", "DAILY", origin="test", interval=None)
    listed = hermes("data", "list")
    assert (listed.code, listed.err) == (0, "")
    assert "DAILY" in listed.out
    assert hermes("data", "check").code == 0


@pytest.fixture
def both(isolation: Path) -> Path:
    """Two minutes of a day, and two years of daily bars: a first day in each."""
    prices = {"open": 100.0, "high": 101.0, "low": 99.0, "close": 100.0, "volume": 10, "oi": 0}
    minutes = [datetime(2024, 1, 2, 3, 45, tzinfo=UTC), datetime(2024, 1, 2, 3, 46, tzinfo=UTC)]
    days = [datetime(year, 1, 2, 3, 45, tzinfo=UTC) for year in (2023, 2024, 2025)]
    for folder, stamps, interval in (("minute", minutes, 1), ("daily", days, None)):
        frame = pl.DataFrame([{"timestamp": each, **prices} for each in stamps])
        write_bars(frame, isolation / folder, "BOTH", origin=f"{folder} vendor", interval=interval)
    return isolation


def test_minutes_and_daily_bars_of_a_symbol_are_both_listed(hermes: Hermes, both: Path) -> None:
    listed = hermes("data", "list")
    assert (listed.code, listed.err) == (0, "")
    rows = [line.split() for line in listed.out.splitlines() if line.startswith("BOTH")]
    assert rows == [["BOTH", "1m", "2", "2024-01-02", "2024-01-02"], ["BOTH", "1d", "3", "2023-01-02", "2025-01-02"]]
    found = json.loads(hermes("data", "list", "--json").out)
    assert [(row["symbol"], row["interval"], row["official_daily"], row["rows"]) for row in found] == [
        ("BOTH", 1, False, 2),
        ("BOTH", None, True, 3),
    ]
    assert both.is_dir()


def test_minutes_and_daily_bars_of_a_symbol_are_both_described(hermes: Hermes, both: Path) -> None:
    done = hermes("data", "info", "BOTH")
    assert (done.code, done.err) == (0, "")
    for word in ("minute vendor", "daily vendor", "2023-01-02", "2025-01-02"):
        assert word in done.out
    facts = json.loads(hermes("data", "info", "BOTH", "--json").out)
    assert (facts["symbol"], facts["rows"], facts["origin"]) == ("BOTH", 2, "minute vendor")
    assert (facts["daily"]["rows"], facts["daily"]["origin"]) == (3, "daily vendor")
    assert json.loads(hermes("data", "info", "BOTH", "-t", "1w", "--json").out)["origin"] == "daily vendor"
    assert "daily" not in json.loads(hermes("data", "info", "BOTH", "-t", "5m", "--json").out)
    assert both.is_dir()


def test_one_spoilt_kind_of_bars_hides_not_the_other(hermes: Hermes, both: Path) -> None:
    (both / "minute" / "BOTH" / "2024.parquet").write_bytes(b"")
    for words in (("data", "list"), ("data", "info", "BOTH")):
        done = hermes(*words)
        assert done.code == 1
        assert "2024.parquet is empty" in done.err
        assert done.err.count("is empty") == 1
        assert "2025-01-02" in done.out


def test_a_symbol_with_daily_bars_only_is_described(hermes: Hermes, both: Path) -> None:
    (both / "minute" / "BOTH" / "2024.parquet").unlink()
    facts = json.loads(hermes("data", "info", "BOTH", "--json").out)
    assert (facts["rows"], facts["official_daily"]) == (3, True)


def test_both_kinds_of_bars_are_checked(hermes: Hermes, both: Path) -> None:
    bad = pl.read_parquet(both / "daily" / "BOTH" / "2025.parquet").with_columns(close=pl.lit(-1.0))
    write_bars(bad, both / "daily", "BOTH", origin="daily vendor", interval=None, replace=True)
    done = hermes("data", "check", "BOTH")
    assert done.code == 1
    assert "BOTH: 2 rows, no problem found" in done.out
    assert "BOTH: 1 of 3 rows are bad" in done.out
    assert [row["rows"] for row in json.loads(hermes("data", "check", "--json").out)] == [2, 3]
