import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Hermes

from hermes.cli import app as application
from hermes.cli.failures import explain, sentence
from hermes.errors import DataError, UsageError
from hermes.version import __version__

HERMES = [sys.executable, "-c", "from hermes.cli.app import main; main()"]
HEAVY = ("polars", "numba", "numpy", "pydantic", "sqlalchemy", "rich")


def test_the_version(hermes: Hermes) -> None:
    done = hermes("--version")
    assert (done.code, done.out) == (0, f"hermes {__version__}\n")


def test_no_words_is_help(hermes: Hermes) -> None:
    done = hermes()
    assert done.code == 2
    for command in ("backtest", "data", "strategies", "doctor"):
        assert command in done.err


@pytest.mark.parametrize(
    "words",
    [
        ["backtest"],
        ["data", "sample"],
        ["data", "list"],
        ["data", "info"],
        ["data", "check"],
        ["data", "import"],
        ["strategies"],
        ["strategies", "list"],
        ["strategies", "show"],
        ["doctor"],
    ],
)
def test_every_command_shows_examples(hermes: Hermes, words: list[str]) -> None:
    done = hermes(*words, "--help")
    assert done.code == 0
    assert f"hermes {words[0]}" in done.out.partition("Examples:")[2]


@pytest.mark.parametrize(
    ("words", "part"), [(["bactest"], "bactest"), (["data", "nothing"], "nothing"), (["--x"], "--x")]
)
def test_an_unknown_word_is_one_line_with_the_way_to_help(hermes: Hermes, words: list[str], part: str) -> None:
    done = hermes(*words)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert part in done.err
    assert "--help" in done.err


def test_debug_may_stand_anywhere_but_not_after_two_dashes() -> None:
    assert application._without_debug(["backtest", "--debug", "X"]) == (["backtest", "X"], True)
    assert application._without_debug(["x", "--", "--debug"]) == (["x", "--", "--debug"], False)


def test_help_loads_nothing_heavy() -> None:
    probe = (
        "import sys; from hermes.cli.app import run; run(['--help']); "
        f"sys.exit(str([each for each in {HEAVY} if each in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"


def test_a_closed_pipe_is_quiet() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        done = subprocess.run([*HERMES, "--help"], stdout=closed, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 1


def test_an_interrupt_is_one_line_and_130(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from hermes.cli import doctor\n"
        "from hermes.cli.app import main\n"
        "def wait():\n    print('ready', flush=True)\n    time.sleep(30)\n    yield\n"
        "doctor._CHECKS.clear(); doctor._CHECKS['wait'] = wait\n"
        "main(['doctor'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err == "Error: Interrupted.\n"


def test_each_failure_has_one_line_and_its_code() -> None:
    assert explain(UsageError("two\n  lines")) == ("two lines", 2)
    assert explain(DataError("no")) == ("no", 1)
    assert explain(KeyboardInterrupt()) == ("Interrupted.", 130)
    assert explain(FileNotFoundError(2, "No such file or directory", "x.csv")) == (
        "No such file or directory: x.csv.",
        1,
    )
    assert explain(MemoryError())[1] == 1
    message, code = explain(ZeroDivisionError("by zero"))
    assert (message, code) == ("Unexpected ZeroDivisionError: by zero. Run it again with --debug to see where.", 1)


def test_a_refused_request_names_option_bound_and_value() -> None:
    from pydantic import ValidationError

    from hermes.engine import BacktestRequest

    with pytest.raises(ValidationError) as caught:
        BacktestRequest.model_validate({"symbol": "TCS", "initial_cash": 0, "slippage": 0.7, "extra": 1})
    assert sentence(caught.value).split(". ") == [
        "--strategy is missing",
        "--cash must be greater than 0, not 0",
        "--slippage must be less than 0.5, not 0.7",
        "extra is not known.",
    ]


def test_every_field_of_the_request_has_an_option() -> None:
    from hermes.cli.failures import OPTIONS
    from hermes.engine import BacktestRequest, RiskLimits

    nested = {f"risk.{name}" for name in RiskLimits.model_fields}
    assert set(BacktestRequest.model_fields) - {"risk"} | nested == set(OPTIONS)


def test_every_option_named_in_a_message_exists(hermes: Hermes) -> None:
    from hermes.cli.failures import OPTIONS

    offered = hermes("backtest", "--help").out
    for option in OPTIONS.values():
        assert option.lower() in offered.lower(), option


def test_colour_obeys_the_terminal(hermes: Hermes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert hermes("nonsense").err.startswith("Error: ")
    monkeypatch.delenv("NO_COLOR")
    assert hermes("nonsense").err.startswith("\x1b[1;31mError:\x1b[0m ")


def test_a_variable_can_ask_for_tracebacks(hermes: Hermes, monkeypatch: pytest.MonkeyPatch) -> None:
    from hermes.settings import get_settings

    assert "Traceback" not in hermes("strategies", "show", "Nothing").err
    monkeypatch.setenv("HERMES_DEBUG", "1")
    get_settings.cache_clear()
    assert "Traceback" in hermes("strategies", "show", "Nothing").err


def test_a_wrong_variable_is_one_line(hermes: Hermes, monkeypatch: pytest.MonkeyPatch) -> None:
    from hermes.settings import get_settings

    monkeypatch.setenv("HERMES_LOG_LEVEL", "LOUD")
    get_settings.cache_clear()
    done = hermes("data", "list")
    assert done.code == 2
    assert "HERMES_LOG_LEVEL" in done.err
    assert done.err.count("\n") == 1
