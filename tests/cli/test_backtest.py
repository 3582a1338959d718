import csv
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Hermes

RUN = ("backtest", "RELIANCE", "-s", "RSIStrategy", "-t", "15m", "--from", "2024-01-01", "--to", "2024-03-28")


def test_a_backtest_prints_its_numbers_and_its_warnings(hermes: Hermes, sample: Path) -> None:
    done = hermes(*RUN, "-p", "period=10")
    assert done.code == 0
    assert "RSIStrategy period=10, overbought=70, oversold=30" in done.out
    assert "₹1,00,000.00" in done.out
    assert "WARNING Synthetic sample" in done.out
    assert "\x1b" not in done.out
    assert max(len(line.rstrip()) for line in done.out.splitlines()) <= 80


def test_optimistic_fills_are_warned_about(hermes: Hermes, sample: Path) -> None:
    done = hermes(*RUN, "--fill-at", "close")
    assert done.code == 0
    assert sum("WARNING" in line for line in done.out.splitlines()) >= 2


def test_json_on_standard_output_is_alone_there(hermes: Hermes, sample: Path) -> None:
    done = hermes(*RUN, "--json", "-")
    assert done.code == 0
    whole = json.loads(done.out)
    assert whole["request"]["start_date"] == "2024-01-01"
    assert whole["metrics"]["initial_cash"] == 100_000


def test_all_files_at_once(hermes: Hermes, sample: Path, tmp_path: Path) -> None:
    done = hermes(*RUN, "-q", "--json", tmp_path / "r.json", "--html", tmp_path / "r.html", "--csv", tmp_path / "out")
    assert done.code == 0
    assert done.out == ""
    trades = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["trades"]
    with (tmp_path / "out" / "trades.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(trades)
    assert [float(row["net"]) for row in rows] == [trade["net"] for trade in trades]
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_options_reach_the_request(hermes: Hermes, sample: Path, tmp_path: Path) -> None:
    rates = tmp_path / "rates.json"
    rates.write_text('{"commission_per_share": 0.01}')
    options = ["--cash", "500000", "--product", "mis", "--leverage", "2", "--slippage", "0.0005", "--stop-loss", "0.02"]
    options += ["--take-profit", "0.04", "--trailing-stop", "0.03", "--max-position", "0.5", "--max-daily-loss", "0.1"]
    options += ["--cooldown", "3", "--intrabar", "optimistic", "--max-volume-share", "none", "--charges", str(rates)]
    options += ["--no-ticks", "--lot-size", "5", "--sizing", "percent_equity=0.4", "--risk-free-rate", "0.06"]
    done = hermes(*RUN, *options, "--json", "-")
    assert done.code == 0, done.err
    request = json.loads(done.out)["request"]
    assert request["initial_cash"] == 500_000
    assert (request["product"], request["leverage"], request["slippage"]) == ("MIS", 2, 0.0005)
    assert request["max_volume_share"] is None
    assert request["tick_rounding"] is False
    assert request["sizing"] == {"mode": "percent_equity", "fraction": 0.4}
    assert request["charges"] == {"commission_per_share": 0.01}
    assert request["risk"]["stop_loss_pct"] == 0.02
    assert request["risk"]["trailing_stop_pct"] == 0.03
    assert request["risk"]["cooldown_bars"] == 3


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["backtest", "RELIANC", "-s", "RSIStrategy"], ["Unknown symbol 'RELIANC'", "'RELIANCE'"]),
        (["backtest", "../x", "-s", "RSIStrategy"], ["'../x'"]),
        (["backtest", "RELIANCE", "-s", "RSIStratgy"], ["Unknown strategy 'RSIStratgy'", "'RSIStrategy'"]),
        ([*RUN, "TCS", "--mode", "vector"], ["--mode vector takes one symbol, not 2", "--mode event"]),
        ([*RUN, "RELIANCE"], ["SYMBOL: RELIANCE is named twice"]),
        ([*RUN, "--mode", "evnt"], ["--mode must be 'vector' or 'event', not evnt."]),
        (
            ["backtest", "RELIANCE", "-s", "PairsTrade", "--mode", "vector"],
            ["PairsTrade defines no signals()", "event"],
        ),
        (["backtest", "RELIANCE"], ["--strategy", "hermes backtest --help"]),
        ([*RUN, "-p", "period=1"], ["period", "1", "2"]),
        ([*RUN, "-p", "perod=3"], ["perod"]),
        ([*RUN, "-p", "period"], ["--param 'period' is not NAME=VALUE"]),
        ([*RUN, "-p", "period=3", "-p", "period=4"], ["--param period is given twice"]),
        ([*RUN, "--cash", "-5"], ["--cash must be greater than 0, not -5."]),
        ([*RUN, "--cash", "nan"], ["--cash must be a finite number, not nan."]),
        ([*RUN, "--cash", "much"], ["--cash must be a valid number, not much."]),
        ([*RUN, "-t", "7m"], ["Unknown timeframe '7m'", "15m"]),
        ([*RUN, "--stop-loss", "1.5"], ["--stop-loss must be less than 1, not 1.5."]),
        ([*RUN, "--product", "NRML"], ["--product must be 'CNC' or 'MIS', not NRML."]),
        ([*RUN, "--leverage", "2"], ["CNC is paid in full", "leverage"]),
        ([*RUN, "--sizing", "martingale"], ["Unknown sizing 'martingale'", "percent_equity"]),
        ([*RUN, "--sizing", "percent_equity=-1"], ["--sizing percent_equity:fraction", "-1"]),
        ([*RUN, "--sizing", "all_in=3"], ["--sizing 'all_in=3'"]),
        ([*RUN, "--sizing", "fixed_fractional"], ["--stop-loss"]),
        ([*RUN, "--charges", "zeroda"], ["--charges 'zeroda'", "'zerodha'"]),
        ([*RUN, "--charges", "absent.json"], ["--charges absent.json", "No such file"]),
        ([*RUN, "--fill-at", "open"], ["--fill-at must be 'next_open' or 'close', not open."]),
        ([*RUN, "--commission", "-1"], ["--commission", "greater than or equal to 0"]),
        ([*RUN, "--max-volume-share", "2"], ["--max-volume-share", "2"]),
        ([*RUN, "--html", "absent/r.html"], ["--html", "does not exist"]),
        ([*RUN, "--nonsense"], ["--nonsense"]),
        (["backtest", "RELIANCE", "-s", "RSIStrategy", "--from", "2024-13-01"], ["--from '2024-13-01' is not a day"]),
        (
            ["backtest", "RELIANCE", "-s", "RSIStrategy", "--from", "2024-03-01", "--to", "2024-02-01"],
            ["--to 2024-02-01 is before --from 2024-03-01"],
        ),
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
    assert "Traceback" not in done.err
    assert "pydantic" not in done.err
    for part in parts:
        assert part in done.err


def test_days_without_bars_fail_with_1(hermes: Hermes, sample: Path) -> None:
    done = hermes("backtest", "RELIANCE", "-s", "RSIStrategy", "--from", "2019-01-01", "--to", "2019-02-01")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "RELIANCE" in done.err


def test_without_any_bars_it_says_what_to_run(hermes: Hermes) -> None:
    done = hermes("backtest", "RELIANCE", "-s", "RSIStrategy")
    assert done.code == 2
    assert "hermes data sample" in done.err


def test_a_traceback_is_shown_only_when_asked_for(hermes: Hermes, sample: Path) -> None:
    done = hermes("backtest", "RELIANC", "-s", "RSIStrategy", "--debug")
    assert done.code == 2
    assert "Traceback" in done.err
    assert "Error: Unknown symbol" in done.err


def test_a_failing_run_writes_no_file(hermes: Hermes, sample: Path, tmp_path: Path) -> None:
    done = hermes("backtest", "RELIANC", "-s", "RSIStrategy", "--html", tmp_path / "r.html")
    assert done.code == 2
    assert not (tmp_path / "r.html").exists()


PAIR = ("backtest", "TCS", "INFY", "-s", "PairsTrade", "--product", "mis", "-t", "15m", "--to", "2024-02-29")


def test_two_symbols_share_an_account_and_the_engine_is_chosen_aloud(hermes: Hermes, pair: Path) -> None:
    done = hermes(*PAIR)
    assert done.code == 0, done.err
    assert done.err.splitlines()[0] == "Event mode: PairsTrade has no signals(), it sends orders of its own."
    assert "INFY, TCS\n" in done.out
    assert "By symbol" in done.out
    assert "Own orders: " in done.out
    assert max(len(line.rstrip()) for line in done.out.splitlines()) <= 80


def test_targets_of_several_symbols_choose_event_mode_too(hermes: Hermes, pair: Path) -> None:
    words = ("backtest", "INFY", "TCS", "-s", "RSIStrategy", "-t", "1h", "--sizing", "percent_equity=0.4")
    done = hermes(*words, "--json", "-")
    assert done.code == 0, done.err
    assert done.err.splitlines()[0] == "Event mode: 2 symbols share one account."
    whole = json.loads(done.out)
    assert whole["request"]["mode"] == "event"
    assert [part["symbol"] for part in whole["parts"]] == ["INFY", "TCS"]
    assert {trade["symbol"] for trade in whole["trades"]} == {"INFY", "TCS"}


def test_an_engine_that_was_asked_for_is_not_announced(hermes: Hermes, sample: Path) -> None:
    answers = [hermes(*RUN, "--mode", mode, "--json", "-") for mode in ("vector", "event")]
    assert [each.code for each in answers] == [0, 0]
    assert all("Event mode" not in each.err for each in answers)
    vector, event = (json.loads(each.out) for each in answers)
    assert (vector["request"]["mode"], event["request"]["mode"]) == ("vector", "event")
    assert vector["fills"] == event["fills"]
    assert vector["equity"] == event["equity"]


def test_files_of_two_symbols(hermes: Hermes, pair: Path, tmp_path: Path) -> None:
    done = hermes(*PAIR, "-q", "--html", tmp_path / "pair.html", "--csv", tmp_path / "out")
    assert done.code == 0, done.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "equity.csv",
        "fills.csv",
        "orders.csv",
        "rejections.csv",
        "trades.csv",
    ]
    assert "INFY, TCS" in (tmp_path / "pair.html").read_text(encoding="utf-8")
    assert "Warning: INFY, TCS: Synthetic sample" in done.err


def test_long_work_in_event_mode_tells_bars_and_their_rate(
    hermes: Hermes, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.cli.progress.QUIET_SECONDS", 0.0)
    done = hermes("backtest", "RELIANCE", "-s", "RSIStrategy", "--mode", "event", "--to", "2024-02-29", "-q")
    assert done.code == 0
    assert re.search(r"Testing RSIStrategy on RELIANCE [\d,]+/[\d,]+ bars, [\d,]+/s\n", done.err)


BROKEN = """
from hermes.strategy import Strategy


class Broken(Strategy):
    def on_bar(self, bar):
        self.ratio(bar.close - bar.close)

    def ratio(self, spread):
        return 1 / spread
"""


def test_where_a_strategy_raises_its_author_sees_it_below_one_sentence(
    hermes: Hermes, sample: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(BROKEN)
    done = hermes("backtest", "RELIANCE", "-s", tmp_path / "own.py", "--html", tmp_path / "r.html")
    assert done.code == 1
    assert done.out == ""
    announced, sentence, *trace = done.err.splitlines()
    assert announced.startswith("Event mode: Broken")
    where = "Broken.on_bar failed at RELIANCE 2024-01-01 09:15 IST"
    assert sentence == f"Error: {where}: ZeroDivisionError: float division by zero"
    assert trace[0] == "Traceback (most recent call last):"
    assert [line.strip() for line in trace if "own.py" in line or "return" in line] == [
        f'File "{tmp_path / "own.py"}", line 7, in on_bar',
        f'File "{tmp_path / "own.py"}", line 10, in ratio',
        "return 1 / spread",
    ]
    assert "hermes/engine" not in done.err
    assert not (tmp_path / "r.html").exists()


SLOW = """
import time
from pathlib import Path

from hermes.strategy import Strategy


class Slow(Strategy):
    def on_bar(self, bar):
        Path("running").touch()
        time.sleep(0.02)
"""


def test_an_interrupt_ends_a_long_run_with_130_and_nothing_half_written(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    words = ["backtest", "RELIANCE", "-s", "slow.py", "--html", "r.html", "--json", "r.json", "--csv", "out"]
    code = "import sys; from hermes.cli.app import main; main(sys.argv[1:])"
    before = {path.name for path in tmp_path.iterdir()} | {"__pycache__", "running"}
    running = subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    waited = time.monotonic()
    while not (tmp_path / "running").exists() and time.monotonic() - waited < 60 and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert err.splitlines()[-1] == "Error: Interrupted."
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} <= before
