"""What a user can get wrong, through the real command line: one clear sentence each, and nothing left over."""

import errno
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.engine.market import bars, days

from hermes.cli.app import run
from hermes.data.store import write_bars
from hermes.settings import get_settings

FAILED, USAGE = 1, 2
BACKTEST = ("backtest", "RELIANCE", "--strategy", "RSIStrategy")

Outcome = tuple[int, str, str]
Hermes = Callable[..., Outcome]


@pytest.fixture
def hermes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Hermes:
    """Runs a command line in this process and gives its exit code, what it printed, and what it complained about."""
    monkeypatch.setenv("HERMES_REGISTRY_ENABLED", "false")
    get_settings.cache_clear()

    def call(*words: object) -> Outcome:
        code = run([str(word) for word in words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return call


@pytest.fixture
def reliance(isolation: Path) -> Path:
    """Two days of RELIANCE and one of INFY in the data folder; the path of RELIANCE's file."""
    write_bars(days("2024-01-01", [1000.0, 1010.0], bars_a_day=40), isolation / "minute", "RELIANCE", "by hand")
    write_bars(days("2024-01-01", [1500.0], bars_a_day=40), isolation / "minute", "INFY", "by hand")
    return isolation / "minute" / "RELIANCE" / "2024.parquet"


def everything(folder: Path) -> dict[str, bytes]:
    """Every file's content but the writers' locks: empty, and left for the next writer."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".lock"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def one_sentence(outcome: Outcome, code: int, *parts: str) -> None:
    """The exit code is `code`, standard output is empty, and standard error is one line that has all `parts`."""
    found, out, err = outcome
    assert found == code, err
    assert out == ""
    assert err.startswith("Error: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    for part in parts:
        assert part in err, err


# Names


def test_an_unknown_symbol_names_the_nearest(hermes: Hermes, reliance: Path) -> None:
    one_sentence(
        hermes("backtest", "RELIENCE", "-s", "RSIStrategy"),
        USAGE,
        "Unknown symbol 'RELIENCE'",
        "Did you mean 'RELIANCE'?",
        "hermes data list",
    )
    one_sentence(hermes("data", "info", "INFI"), USAGE, "Unknown symbol 'INFI'", "'INFY'")
    one_sentence(hermes("data", "check", "INFI"), USAGE, "Unknown symbol 'INFI'", "'INFY'")
    one_sentence(hermes(*BACKTEST, "--benchmark", "INFI"), USAGE, "Unknown symbol 'INFI'", "'INFY'")


def test_a_symbol_like_nothing_still_says_where_to_look(hermes: Hermes, reliance: Path) -> None:
    one_sentence(hermes("backtest", "ZZZZZZ", "-s", "RSIStrategy"), USAGE, "'ZZZZZZ'", "hermes data list")


@pytest.mark.parametrize("symbol", ["../../etc/passwd", "A/B", "..", "RELIANCE\0", ""])
def test_a_symbol_never_leaves_the_data_folder(hermes: Hermes, reliance: Path, symbol: str) -> None:
    one_sentence(hermes("backtest", symbol, "-s", "RSIStrategy"), USAGE, "not one an exchange could list")


def test_an_unknown_strategy_names_the_nearest(hermes: Hermes, reliance: Path) -> None:
    one_sentence(
        hermes("backtest", "RELIANCE", "-s", "RSIStratgy"),
        USAGE,
        "Unknown strategy 'RSIStratgy'",
        "Did you mean 'RSIStrategy'",
        "hermes strategies",
    )


@pytest.mark.parametrize(
    ("text", "code", "parts"),
    [
        (None, USAGE, ["mine.py"]),
        ("def broken(:\n", FAILED, ["mine.py"]),
        ("raise RuntimeError('at home')\n", FAILED, ["mine.py", "at home"]),
        ("class Mine:\n    pass\n", USAGE, ["mine.py defines no strategy"]),
    ],
)
def test_a_strategy_file_that_cannot_be_used(
    hermes: Hermes, reliance: Path, tmp_path: Path, text: str | None, code: int, parts: list[str]
) -> None:
    if text is not None:
        (tmp_path / "mine.py").write_text(text)
    one_sentence(hermes("backtest", "RELIANCE", "-s", "mine.py:Mine"), code, *parts)


# Parameters and options


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["-p", "period=1"], ["period", "1", "2"]),
        (["-p", "period=14.5"], ["period", "14.5"]),
        (["-p", "oversold=101"], ["oversold", "101", "100"]),
        (["-p", "oversold=80"], ["oversold (80) must be below overbought (70)"]),
        (["-p", "perod=14"], ["perod", "period"]),
        (["-p", "period=many"], ["period", "many"]),
    ],
)
def test_a_parameter_out_of_bounds_names_it_its_value_and_its_bound(
    hermes: Hermes, reliance: Path, words: list[str], parts: list[str]
) -> None:
    one_sentence(hermes(*BACKTEST, *words), USAGE, *parts)


def test_an_end_before_the_start(hermes: Hermes, reliance: Path) -> None:
    one_sentence(
        hermes(*BACKTEST, "--from", "2024-01-02", "--to", "2024-01-01"),
        USAGE,
        "--to 2024-01-01 is before --from 2024-01-02",
    )


def test_a_day_that_is_none(hermes: Hermes, reliance: Path) -> None:
    one_sentence(hermes(*BACKTEST, "--from", "2024-02-30"), USAGE, "--from", "2024-02-30")
    one_sentence(hermes(*BACKTEST, "--to", "yesterday"), USAGE, "--to", "yesterday")


def test_an_unknown_timeframe_names_the_known(hermes: Hermes, reliance: Path) -> None:
    one_sentence(hermes(*BACKTEST, "-t", "15min"), USAGE, "Unknown timeframe '15min'", "'15m'", "1d")
    one_sentence(hermes("data", "info", "RELIANCE", "-t", "2m"), USAGE, "Unknown timeframe '2m'")


@pytest.mark.parametrize("cash", ["-100000", "0", "nan", "inf", "lots"])
def test_cash_that_is_none(hermes: Hermes, reliance: Path, cash: str) -> None:
    one_sentence(hermes(*BACKTEST, f"--cash={cash}"), USAGE, "--cash must be", cash)


def test_a_wrong_setting_names_the_variable(hermes: Hermes, reliance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERMES_CACHE_MAX_SIZE_MB", "much")
    get_settings.cache_clear()
    one_sentence(hermes(*BACKTEST), USAGE, "HERMES_CACHE_MAX_SIZE_MB", "'much'")


# Data


def test_days_without_bars_name_the_days_there_are(hermes: Hermes, reliance: Path) -> None:
    asked = hermes(*BACKTEST, "--from", "2019-01-01", "--to", "2019-02-01")
    one_sentence(asked, FAILED, "RELIANCE has no 1m bars", "2024-01-01 to 2024-01-02")
    one_sentence(hermes(*BACKTEST, "--from", "2024-01-06"), FAILED, "RELIANCE has no 1m bars from 2024-01-06. Stored:")


def test_no_bars_at_all(hermes: Hermes) -> None:
    one_sentence(hermes(*BACKTEST), USAGE, "Unknown symbol 'RELIANCE'", "hermes data sample", "hermes data import")


def empty(file: Path) -> None:
    file.write_bytes(b"")


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def beheaded(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def foreign(file: Path) -> None:
    file.write_text("date,open,high,low,close\n2024-01-01,1,1,1,1\n")


def other_columns(file: Path) -> None:
    pl.DataFrame({"a": [1], "b": [2]}).write_parquet(file)


def naive_times(file: Path) -> None:
    pl.read_parquet(file).with_columns(pl.col("timestamp").dt.replace_time_zone(None)).write_parquet(file)


def prices_as_text(file: Path) -> None:
    pl.read_parquet(file).with_columns(pl.col("close").cast(pl.String)).write_parquet(file)


def no_rows(file: Path) -> None:
    pl.read_parquet(file).clear().write_parquet(file)


def scrambled(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    middle = len(whole) // 2
    whole[200:middle] = bytes(len(whole[200:middle]))
    file.write_bytes(bytes(whole))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (empty, "is empty (0 bytes)"),
        (truncated, "cannot be read as Parquet"),
        (beheaded, "cannot be read as Parquet"),
        (foreign, "cannot be read as Parquet"),
        (scrambled, "cannot be read as Parquet"),
        (other_columns, "holds no bars: it has no column timestamp, open"),
        (naive_times, "must say their time zone"),
        (prices_as_text, "column 'close' is String, not numbers"),
        (no_rows, "hold no row"),
    ],
)
@pytest.mark.parametrize("command", [BACKTEST, (*BACKTEST, "-t", "1d"), ("data", "check", "RELIANCE")])
def test_a_spoilt_file_is_named_with_what_is_wrong_with_it(
    hermes: Hermes, reliance: Path, command: tuple[str, ...], spoil: Callable[[Path], None], says: str
) -> None:
    spoil(reliance)
    if spoil is no_rows and command[0] == "data":
        # A file without rows breaks no rule of the guard.
        assert hermes(*command)[0] == 0
        return
    one_sentence(hermes(*command), FAILED, says, "" if spoil is no_rows else str(reliance))


def test_one_spoilt_file_does_not_hide_the_others(hermes: Hermes, reliance: Path) -> None:
    truncated(reliance)
    code, out, _ = hermes("backtest", "INFY", "-s", "RSIStrategy", "--json", "-")
    assert code == 0
    assert json.loads(out)["request"]["symbols"] == ["INFY"]


def test_nan_prices_are_left_out_kept_or_refused_as_asked(hermes: Hermes, isolation: Path) -> None:
    high = [100.0] * 40
    high[7] = math.nan
    write_bars(bars("2024-01-02", [100.0] * 40, high=high), isolation / "minute", "NANNY", "by hand")
    command = ("backtest", "NANNY", "-s", "RSIStrategy")
    code, out, _ = hermes(*command, "--json", "-")
    assert code == 0
    dropped = json.loads(out)
    assert len(dropped["equity"]["equity"]) == 39
    assert any("Bad bars were left out. NANNY: 1 of 40 rows are bad" in each for each in dropped["warnings"])
    one_sentence(hermes(*command, "--quality", "keep"), FAILED, "The high of the bar at 2024-01-02 09:22 IST is nan")
    one_sentence(hermes(*command, "--quality", "raise"), FAILED, "NANNY: 1 of 40 rows are bad", "2024-01-02 09:22")
    code, out, err = hermes("data", "check", "NANNY")
    assert (code, err) == (FAILED, "")
    assert "1 of 40 rows are bad" in out


def test_nothing_but_nan_is_no_data(hermes: Hermes, isolation: Path) -> None:
    write_bars(bars("2024-01-02", [math.nan] * 5), isolation / "minute", "NANNY", "by hand")
    one_sentence(hermes("backtest", "NANNY", "-s", "RSIStrategy"), FAILED, "NANNY")


# Nothing half-written


def test_a_data_folder_that_is_a_file(hermes: Hermes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("mine")
    monkeypatch.setenv("HERMES_DATA_ROOT", str(tmp_path / "taken"))
    get_settings.cache_clear()
    before = everything(tmp_path)
    for command in (("data", "sample", "TCS"), BACKTEST, ("data", "list")):
        one_sentence(hermes(*command), USAGE, "HERMES_DATA_ROOT", "taken")
    assert everything(tmp_path) == before


def test_a_folder_of_bars_that_is_a_file(hermes: Hermes, isolation: Path, tmp_path: Path) -> None:
    isolation.mkdir()
    (isolation / "sample").write_text("mine")
    (isolation / "minute").write_text("mine")
    source = tmp_path / "bars.csv"
    bars("2024-01-02", [100.0] * 3).with_columns(pl.col("timestamp").dt.to_string("iso:strict")).write_csv(source)
    before = everything(tmp_path)
    one_sentence(hermes("data", "sample", "TCS"), FAILED, "sample")
    one_sentence(hermes("data", "import", source, "-s", "ABC"), FAILED, "cannot be written", "minute is a file")
    assert everything(tmp_path) == before


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="no folder here that refuses even root")
def test_a_folder_without_permission(hermes: Hermes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERMES_DATA_ROOT", "/sys/hermes")
    get_settings.cache_clear()
    source = tmp_path / "bars.csv"
    source.write_text("date,open,high,low,close\n2024-01-02,1,2,1,1\n")
    one_sentence(hermes("data", "sample", "TCS"), FAILED, "/sys/hermes", "cannot be written")
    one_sentence(hermes("data", "import", source, "-s", "ABC"), FAILED, "/sys/hermes", "cannot be written")


@pytest.mark.parametrize("option", ["--json", "--html", "--csv"])
def test_a_result_that_cannot_be_written_leaves_nothing(
    hermes: Hermes, reliance: Path, tmp_path: Path, option: str
) -> None:
    (tmp_path / "taken").write_text("mine")
    before = everything(tmp_path)
    target = tmp_path / "taken" / "result"
    code, _, err = hermes(*BACKTEST, "-q", option, target)
    assert code in (FAILED, USAGE)
    assert err.count("\n") == 1
    assert "taken" in err
    assert everything(tmp_path) == before


def test_a_disk_that_fills_up_leaves_the_old_file_and_no_other(
    hermes: Hermes, reliance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    source = tmp_path / "bars.parquet"
    bars("2024-01-03", [1.0] * 3, symbol=["RELIANCE"] * 3).write_parquet(source)
    before = everything(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    one_sentence(hermes("data", "import", source), FAILED, "RELIANCE cannot be written: No space left on device")
    one_sentence(hermes("data", "sample", "TCS"), FAILED, "TCS cannot be written: No space left on device")
    code, _, err = hermes(*BACKTEST, "-q", "--json", tmp_path / "result.json")
    assert (code, err.count("\n")) == (FAILED, 1)
    assert everything(tmp_path) == before


IMPORTS: list[tuple[str, list[str], int, list[str]]] = [
    ("", ["-s", "ABC"], FAILED, ["is empty (0 bytes)"]),
    ("open,high,low,close\n", ["-s", "ABC"], FAILED, ["no row"]),
    ("time,price\n2024-01-02 09:15,1\n", ["-s", "ABC"], FAILED, ["has no column open, high, low, close"]),
    ("date,open,high,low,close\n2024-01-02,1,2,1,x\n", ["-s", "ABC"], FAILED, ["Column 'close', row 1: 'x'"]),
    ("date,open,high,low,close\nsoon,1,2,1,1\n", ["-s", "ABC"], FAILED, ["'soon' is not a time"]),
    ("date,open,high,low,close\n2024-01-02 09:15,1,2,1,1\n", ["-s", "ABC"], USAGE, ["--timezone"]),
    ("date,open,high,low,close\n2024-01-02,1,2,1,1\n", [], USAGE, ["--symbol"]),
    ("date,open,high,low,close\n2024-01-02,1,2,1,1\n", ["-s", "../x"], USAGE, ["not one an exchange could list"]),
    ("date,open,high,low,close\n2024-01-02,1,2,1,1\n", ["-s", "ABC", "--label", "middle"], USAGE, ["start, end"]),
]


@pytest.mark.parametrize(("text", "words", "code", "parts"), IMPORTS)
def test_a_file_that_cannot_be_imported_changes_nothing(
    hermes: Hermes, reliance: Path, tmp_path: Path, text: str, words: list[str], code: int, parts: list[str]
) -> None:
    source = tmp_path / "bars.csv"
    source.write_text(text)
    before = everything(tmp_path)
    one_sentence(hermes("data", "import", source, *words), code, *parts)
    assert everything(tmp_path) == before


def test_an_import_of_many_symbols_is_whole_or_nothing(hermes: Hermes, isolation: Path, tmp_path: Path) -> None:
    # The second symbol's place is taken, so the first must not be written either.
    source = tmp_path / "bars.parquet"
    both = [bars("2024-01-02", [100.0] * 3, symbol=[name] * 3) for name in ("AAA", "BBB")]
    pl.concat(both).write_parquet(source)
    (isolation / "minute").mkdir(parents=True)
    (isolation / "minute" / "BBB").write_text("mine")
    before = everything(tmp_path)
    one_sentence(hermes("data", "import", source), FAILED, "BBB")
    assert everything(tmp_path) == before


# The whole process


def process(*words: str, **environment: str) -> Outcome:
    command = [sys.executable, "-m", "hermes", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | environment, check=False, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def test_the_process_ends_with_the_code_and_one_line(reliance: Path) -> None:
    one_sentence(process("backtest", "RELIENCE", "-s", "RSIStrategy"), USAGE, "'RELIANCE'")
    truncated(reliance)
    one_sentence(process(*BACKTEST, HERMES_REGISTRY_ENABLED="false"), FAILED, "cannot be read as Parquet")


def test_a_traceback_is_for_those_who_ask(hermes: Hermes, reliance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truncated(reliance)
    for words in ((*BACKTEST, "--debug"), ("--debug", *BACKTEST)):
        code, _, err = hermes(*words)
        assert code == FAILED
        assert "Traceback (most recent call last)" in err
        assert err.splitlines()[-1].startswith("Error: ")
    monkeypatch.setenv("HERMES_DEBUG", "true")
    get_settings.cache_clear()
    assert "Traceback" in hermes(*BACKTEST)[2]


def test_a_fault_of_our_own_is_one_line_too(hermes: Hermes, reliance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("nobody thought of it")

    # By the module itself: the package exports a function of the module's name.
    monkeypatch.setattr(import_module("hermes.engine.backtest"), "load", fail)
    one_sentence(hermes(*BACKTEST), FAILED, "Unexpected ZeroDivisionError: nobody thought of it", "--debug")
