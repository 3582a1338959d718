import json
from pathlib import Path

import pytest
from tests.cli.conftest import Hermes

from hermes.cli.strategies import allowed
from hermes.settings import get_settings

BUILT_IN = (
    "BollingerBandsStrategy",
    "MACDStrategy",
    "MTFTrendFollowingStrategy",
    "OpeningRangeBreakout",
    "PairsTrade",
    "RSIStrategy",
    "SMACrossover",
)

OWN = '''
import polars as pl
from pydantic import Field
from hermes.strategy import Strategy

class Breakout(Strategy):
    """Long above the highest close."""

    span: int = Field(20, gt=1, lt=500, description="bars looked back")

    def signals(self) -> pl.Expr:
        return pl.col("close") >= pl.col("close").rolling_max(self.span)
'''


def test_the_built_in_strategies_are_listed(hermes: Hermes) -> None:
    for words in (["strategies"], ["strategies", "list"]):
        done = hermes(*words)
        assert done.code == 0
        for name in BUILT_IN:
            assert name in done.out


def test_the_list_as_json_has_each_schema(hermes: Hermes) -> None:
    rows = json.loads(hermes("strategies", "--json").out)
    assert [row["name"] for row in rows] == list(BUILT_IN)
    (rsi,) = [row for row in rows if row["name"] == "RSIStrategy"]
    assert rsi["parameters"]["properties"]["period"]["default"] == 14
    modes = {row["name"]: row["modes"] for row in rows}
    assert modes["RSIStrategy"] == ["vector", "event"]
    assert modes["PairsTrade"] == ["event"]


def test_the_list_tells_which_engines_can_run_each(hermes: Hermes) -> None:
    modes = {line.split()[0]: line.split() for line in hermes("strategies").out.splitlines() if line.strip()}
    assert "vector+event" in modes["RSIStrategy"]
    assert "event" in modes["OpeningRangeBreakout"]


def test_the_example_of_a_strategy_with_orders_of_its_own_runs_in_event_mode(hermes: Hermes) -> None:
    shown = hermes("strategies", "show", "OpeningRangeBreakout").out
    assert "hermes backtest SYMBOL --strategy OpeningRangeBreakout --mode event --param minutes=15" in shown
    assert "--mode" not in hermes("strategies", "show", "RSIStrategy").out


def test_one_strategy_with_its_bounds(hermes: Hermes) -> None:
    done = hermes("strategies", "show", "RSIStrategy")
    assert done.code == 0
    assert "overbought" in done.out
    assert ">= 2" in done.out
    assert "hermes backtest SYMBOL --strategy RSIStrategy --param period=14" in done.out
    schema = json.loads(hermes("strategies", "show", "RSIStrategy", "--json").out)
    assert schema["properties"]["period"]["minimum"] == 2


def test_an_unknown_strategy_names_the_nearest(hermes: Hermes) -> None:
    done = hermes("strategies", "show", "MACDStratgy")
    assert done.code == 2
    assert "'MACDStrategy'" in done.err


def test_a_strategy_of_ones_own(hermes: Hermes, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "rules.py").write_text(OWN)
    (folder / "broken.py").write_text("import nothing_of_that_name\n")
    shown = hermes("strategies", "show", f"{folder / 'rules.py'}:Breakout")
    assert "> 1, < 500" in shown.out
    done = hermes("backtest", "RELIANCE", "-s", f"{folder / 'rules.py'}:Breakout", "-t", "1d", "-p", "span=5")
    assert done.code == 0, done.err
    assert "Breakout span=5" in done.out
    monkeypatch.setenv("HERMES_STRATEGY_DIR", str(folder))
    get_settings.cache_clear()
    listed = hermes("strategies")
    assert "Breakout" in listed.out
    assert "broken.py" in listed.err


@pytest.mark.parametrize("words", [["strategies"], ["strategies", "--json"]])
def test_a_folder_of_strategies_that_is_none_is_a_warning_here(
    hermes: Hermes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("HERMES_STRATEGY_DIR", str(tmp_path / "absent"))
    get_settings.cache_clear()
    done = hermes(*words)
    assert done.code == 0
    assert done.err.strip() == f"Not readable: {tmp_path / 'absent'}: HERMES_STRATEGY_DIR names no folder."
    assert all(name in done.out for name in BUILT_IN)


def test_a_folder_of_strategies_that_is_none_fails_the_doctor(
    hermes: Hermes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERMES_STRATEGY_DIR", str(tmp_path / "absent"))
    get_settings.cache_clear()
    done = hermes("doctor", "--json")
    assert done.code == 1
    (failed,) = [each for each in json.loads(done.out) if each["state"] == "failed"]
    assert failed["detail"] == f"{tmp_path / 'absent'}: HERMES_STRATEGY_DIR names no folder."
    assert "file" not in failed["remedy"]


def test_bounds_are_read_from_the_schema() -> None:
    assert allowed({"minimum": 2, "maximum": 500}) == ">= 2, <= 500"
    assert allowed({"exclusiveMinimum": 0, "exclusiveMaximum": 1}) == "> 0, < 1"
    assert allowed({"enum": ["a", "b"]}) == "a, b"
    assert allowed({}) == ""
