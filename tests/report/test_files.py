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
    assert whole["metrics"]["final_equity"] == pytest.approx(result.metrics.final_equity, abs=5e-7)
    assert whole["metrics"]["trades"] == result.trades.height
    assert len(whole["trades"]) == result.trades.height
    assert "NaN" not in text
    assert "Infinity" not in text


def test_csv_into_a_folder_that_is_made(result: BacktestResult, tmp_path: Path) -> None:
    paths = write_csv(tmp_path / "out" / "run", result)
    assert sorted(path.name for path in paths) == ["equity.csv", "fills.csv", "rejections.csv", "trades.csv"]
    fills = pl.read_csv(tmp_path / "out" / "run" / "fills.csv")
    assert fills.height == result.fills.height
    assert fills["price"].to_list() == pytest.approx(result.fills["price"].to_list(), abs=5e-7)
    first = result.fills["timestamp"][0]
    assert fills["timestamp"][0] == first.strftime("%Y-%m-%dT%H:%M:%SZ")


MONEY = ("price", "stt", "gst", "charges", "entry_price", "exit_price", "gross", "net", "equity", "cash")
METRICS = ("final_equity", "total_charges", "stt", "gst", "expectancy", "average_win", "worst_trade")


def _decimals(value: float) -> int:
    return len(repr(value).partition(".")[2])


def test_money_in_files_is_free_of_the_noise_of_floating_point(result: BacktestResult, tmp_path: Path) -> None:
    # The sums themselves carry it, so that the files have something to leave out.
    assert max(map(_decimals, result.fills["charges"])) > 6
    assert max(map(_decimals, result.equity["cash"])) > 6
    whole = json.loads(json_text(result))
    write_csv(tmp_path, result)
    for name in ("trades", "fills", "equity"):
        frame, table = getattr(result, name), pl.read_csv(tmp_path / f"{name}.csv")
        rows = whole[name]
        for column in sorted({*MONEY} & {*frame.columns}):
            listed = rows[column] if isinstance(rows, dict) else [row[column] for row in rows]
            for written in (listed, table[column].to_list()):
                assert written == [round(each, 6) for each in frame[column]], (name, column)
    for metric in METRICS:
        assert whole["metrics"][metric] == round(getattr(result.metrics, metric), 6)
    # A share is no money: its digits stay.
    assert pl.read_csv(tmp_path / "trades.csv")["return"].to_list() == result.trades["return"].to_list()
    assert whole["metrics"]["total_return"] == result.metrics.total_return
    assert [row["mae"] for row in whole["trades"]] == result.trades["mae"].to_list()


def test_csv_as_a_file_has_the_trades_and_its_neighbours_the_rest(result: BacktestResult, tmp_path: Path) -> None:
    write_csv(tmp_path / "rsi.csv", result)
    names = sorted(path.name for path in tmp_path.glob("*.csv"))
    assert names == ["rsi.csv", "rsi.equity.csv", "rsi.fills.csv", "rsi.rejections.csv"]
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


def test_own_orders_have_a_file_and_their_prices_no_noise(several: BacktestResult, tmp_path: Path) -> None:
    paths = write_csv(tmp_path, several)
    assert sorted(path.stem for path in paths) == ["equity", "fills", "orders", "rejections", "trades"]
    orders, rejections = pl.read_csv(tmp_path / "orders.csv"), pl.read_csv(tmp_path / "rejections.csv")
    assert orders["status"].to_list() == several.orders["status"].to_list()
    assert orders["average_price"].to_list() == several.orders["average_price"].round(6).to_list()
    assert rejections["reason"].to_list() == several.rejections["reason"].to_list()
    assert rejections.height == orders.filter(pl.col("status") == "rejected").height > 0
    assert set(pl.read_csv(tmp_path / "trades.csv")["symbol"]) == {"INFY", "TCS"}
    rows = json.loads(json_text(several))["orders"]
    assert [row["average_price"] for row in rows] == orders["average_price"].to_list()


def test_a_run_without_orders_does_not_leave_those_of_an_earlier_one(
    several: BacktestResult, result: BacktestResult, tmp_path: Path
) -> None:
    write_csv(tmp_path, several)
    write_csv(tmp_path, result)
    assert pl.read_csv(tmp_path / "orders.csv").height == 0
