import json
from pathlib import Path

import polars as pl
import pytest

from hermes.engine import BacktestResult
from hermes.errors import HermesError
from hermes.report.files import json_text, write_csv, write_text


def test_json_is_the_whole_result_with_numbers_as_numbers(result: BacktestResult) -> None:
    text = json_text(result)
    assert text.endswith("}\n")
    whole = json.loads(text)
    assert whole["metrics"]["final_equity"] == result.metrics.final_equity
    assert whole["metrics"]["trades"] == result.trades.height
    assert len(whole["trades"]) == result.trades.height
    assert "NaN" not in text
    assert "Infinity" not in text


def test_csv_into_a_folder_that_is_made(result: BacktestResult, tmp_path: Path) -> None:
    paths = write_csv(tmp_path / "out" / "run", result)
    assert sorted(path.name for path in paths) == ["equity.csv", "fills.csv", "trades.csv"]
    fills = pl.read_csv(tmp_path / "out" / "run" / "fills.csv")
    assert fills.height == result.fills.height
    assert fills["price"].to_list() == result.fills["price"].to_list()
    first = result.fills["timestamp"][0]
    assert fills["timestamp"][0] == first.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_csv_as_a_file_has_the_trades_and_its_neighbours_the_rest(result: BacktestResult, tmp_path: Path) -> None:
    write_csv(tmp_path / "rsi.csv", result)
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["rsi.csv", "rsi.equity.csv", "rsi.fills.csv"]
    assert pl.read_csv(tmp_path / "rsi.csv").height == result.trades.height
    assert pl.read_csv(tmp_path / "rsi.equity.csv").height == result.candles.height


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")
    write_text(target, "new ₹")
    assert target.read_text(encoding="utf-8") == "new ₹"
    assert [path.name for path in tmp_path.glob("*report*")] == ["report.html"]


def test_a_target_that_cannot_be_written_is_one_clear_failure(result: BacktestResult, tmp_path: Path) -> None:
    with pytest.raises(HermesError, match="cannot be written: No such file"):
        write_text(tmp_path / "absent" / "report.html", "x")
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(HermesError, match=r"taken cannot be made"):
        write_csv(tmp_path / "taken", result)
    folder = tmp_path / "report.html"
    folder.mkdir()
    with pytest.raises(HermesError, match="cannot be written"):
        write_text(folder, "x")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
