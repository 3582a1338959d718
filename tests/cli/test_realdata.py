import csv
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Hermes

pytestmark = pytest.mark.realdata


def test_real_minute_bars_from_the_file_to_the_report(hermes: Hermes, real_data: Path, tmp_path: Path) -> None:
    source = real_data / "nse" / "minute_2016" / "minute_2016_20symbols.parquet"
    done = hermes("data", "import", source, "--timezone", "Asia/Kolkata")
    assert done.code == 0, done.err
    assert "RELIANCE: 6,750 bars of 1 min, 2016-08-16 to 2016-09-09" in done.out
    assert len(json.loads(hermes("data", "list", "--json").out)) == 19
    assert hermes("data", "check", "RELIANCE").code == 0
    report = tmp_path / "report.html"
    words = ["backtest", "RELIANCE", "-s", "RSIStrategy", "-t", "5m", "--product", "MIS", "--json", "-", "--html"]
    done = hermes(*words, report)
    assert done.code == 0, done.err
    whole = json.loads(done.out)
    assert whole["parts"][0]["source"]["synthetic"] is False
    assert whole["metrics"]["sessions"] == 18
    assert whole["metrics"]["bars"] == 18 * 75
    assert not any("ynthetic" in each for each in whole["warnings"])
    assert "market data" in report.read_text(encoding="utf-8")


def test_an_index_without_volume_can_be_tested(hermes: Hermes, real_data: Path) -> None:
    source = real_data / "nse" / "index_minute_2021" / "nifty_banknifty_2021.parquet"
    done = hermes("data", "import", source, "--timezone", "Asia/Kolkata", "--label", "end", "--symbol", "NIFTY")
    assert done.code == 0, done.err
    done = hermes("backtest", "NIFTY", "-s", "SMACrossover", "-t", "1h", "--charges", "none", "--lot-size", "0")
    assert done.code == 0, done.err
    assert "NIFTY" in done.out


def test_daily_bars_with_an_ampersand(hermes: Hermes, real_data: Path, tmp_path: Path) -> None:
    text = (real_data / "nse" / "daily_2017_2022_unadjusted" / "M&M.csv").read_text(encoding="utf-8")
    lines = ["date,open,high,low,close,volume"]
    for day, opened, high, low, close, _, volume, *_ in csv.reader(text.splitlines()):
        lines.append(f"20{day[4:]}-{day[2:4]}-{day[:2]},{opened},{high},{low},{close},{volume}")
    source = tmp_path / "mm.csv"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert hermes("data", "import", source, "--symbol", "M&M").code == 0
    report = tmp_path / "mm.html"
    done = hermes("backtest", "M&M", "-s", "SMACrossover", "-t", "1d", "--html", report)
    assert done.code == 0, done.err
    assert "M&amp;M" in report.read_text(encoding="utf-8")
