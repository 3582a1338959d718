import json
from pathlib import Path

import pytest
from tests.cli.conftest import Hermes

RUN = ("verify", "SMACrossover", "-p", "fast=5", "-p", "slow=20", "--samples", "10")
CHEAT = """
import polars as pl
from hermes.strategy import Strategy

class Peek(Strategy):
    def signals(self):
        return pl.col("close").shift(-1) > pl.col("close")
"""


@pytest.fixture
def cheat(tmp_path: Path) -> Path:
    path = tmp_path / "cheat.py"
    path.write_text(CHEAT)
    return path


def test_a_strategy_that_passes_is_a_table_and_exit_0(hermes: Hermes, sample: Path) -> None:
    done = hermes(*RUN)
    assert done.code == 0, done.err
    assert "SMACrossover fast=5, slow=20" in done.out
    assert "synthetic sample" in done.out
    assert "No check failed." in done.out
    assert "sma_slow" in done.out
    assert "\x1b" not in done.out
    assert max(len(line.rstrip()) for line in done.out.splitlines()) <= 80


def test_a_cheat_of_the_users_own_is_shown_with_its_first_bar_and_exit_1(
    hermes: Hermes, sample: Path, cheat: Path
) -> None:
    done = hermes("verify", f"{cheat}:Peek", "--from", "2024-06-03", "--to", "2024-06-04", "--samples", "8")
    assert done.code == 1
    assert done.err == ""
    assert "FAILED" in done.out
    assert "This strategy failed." in done.out
    assert "First bar (IST)" in done.out


def test_json_on_standard_output_is_alone_there_and_the_code_still_tells(
    hermes: Hermes, sample: Path, cheat: Path
) -> None:
    done = hermes("verify", cheat, "--json", "-", "--samples", "8", "--from", "2024-06-03", "--to", "2024-06-04")
    assert done.code == 1
    report = json.loads(done.out)
    assert report["passed"] is False
    assert report["bars"][0]["synthetic"] is True
    outcomes = {each["name"]: each["outcome"] for each in report["checks"]}
    assert outcomes["repeat"] == "passed"
    assert outcomes["truncation"] == outcomes["noise"] == "failed"
    assert report["checks"][1]["differences"][0]["bars_ahead"] == 1


def test_a_quiet_run_writes_its_file_and_no_table(hermes: Hermes, sample: Path, tmp_path: Path) -> None:
    done = hermes(*RUN, "--quiet", "--json", tmp_path / "r.json", "-t", "15m", "--symbol", "RELIANCE")
    assert (done.code, done.out) == (0, "")
    assert "Wrote" in done.err
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["timeframe"] == "15m"


def test_every_bar_can_be_cut(hermes: Hermes, sample: Path) -> None:
    done = hermes(*RUN, "-t", "1h", "--from", "2024-12-30", "--full", "--json", "-")
    used = json.loads(done.out)["bars"][0]
    assert done.code == 0
    assert used["bars"] - 1 <= used["cuts"] <= used["bars"] + 8


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["verify"], ["strategy", "hermes verify --help"]),
        (["verify", "RSIStratgy"], ["Unknown strategy 'RSIStratgy'", "'RSIStrategy'"]),
        (["verify", "absent.py"], ["absent.py"]),
        (["verify", "SMACrossover", "-p", "fast=0"], ["fast = 0", ">= 1"]),
        ([*RUN, "--symbol", "RELIANC"], ["Unknown symbol 'RELIANC'", "'RELIANCE'"]),
        ([*RUN, "--symbol", "../x"], ["'../x'"]),
        ([*RUN, "-t", "7m"], ["Unknown timeframe '7m'", "15m"]),
        (["verify", "RSIStrategy", "--samples", "0"], ["--samples", "equal to 1"]),
        ([*RUN, "--seed", "-1"], ["--seed", "equal to 0"]),
        ([*RUN, "--from", "yesterday"], ["--from 'yesterday' is not a day"]),
        ([*RUN, "--from", "2024-03-01", "--to", "2024-02-01"], ["--to 2024-02-01 is before --from 2024-03-01"]),
        ([*RUN, "--json", "absent/r.json"], ["--json", "does not exist"]),
    ],
)
def test_a_wrong_word_is_one_clear_line_and_exit_2(
    hermes: Hermes, sample: Path, words: list[str], parts: list[str]
) -> None:
    done = hermes(*words)
    assert done.code == 2, done.err
    assert done.out == ""
    assert done.err.startswith("Error: ")
    assert done.err.count("\n") == 1
    for part in parts:
        assert part in done.err


def test_help_has_examples(hermes: Hermes) -> None:
    done = hermes("verify", "--help")
    assert done.code == 0
    assert "hermes verify" in done.out.partition("Examples:")[2]
