import pytest

from hermes.cli import progress
from hermes.cli.progress import counted, working


def test_short_work_off_a_terminal_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with counted("Making") as step:
        step("A", 1, 1)
    with working("Testing"):
        pass
    assert capsys.readouterr().err == ""


def test_long_work_off_a_terminal_says_a_line_each_tenth(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    with counted("Making") as step:
        for done in range(1, 101):
            step("A", done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Making 10/100"
    assert lines[-1] == "Making 100/100"
    assert len(lines) == 10


def test_work_known_to_be_long_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    with working("Compiling", announce=True):
        pass
    assert capsys.readouterr().err == "Compiling\n"


def test_a_terminal_sees_a_bar_with_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with counted("Making") as step:
        step("RELIANCE", 1, 2)
    with working("Testing"):
        pass
    err = capsys.readouterr().err
    assert "Making RELIANCE" in err
    assert "1/2" in err
    assert "Testing" in err


def test_a_unit_adds_the_rate_counted_from_the_first_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([100.0, 100.5, 102.0, 104.0])
    monkeypatch.setattr("hermes.cli.progress.time.monotonic", lambda: next(seconds))
    with counted("Testing", unit="bars") as step:
        step("", 1_000, 10_000)  # prepared until now
        step("", 3_000, 10_000)  # under a second: nothing is said
        step("", 5_000, 10_000)
        step("", 9_000, 10_000)
    assert capsys.readouterr().err.splitlines() == [
        "Testing 5,000/10,000 bars, 2,000/s",
        "Testing 9,000/10,000 bars, 2,000/s",
    ]


def test_square_brackets_in_a_name_are_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with counted("Testing [red]Rule[/red]") as step:
        step("", 1, 2)
    assert "[red]Rule[/red]" in capsys.readouterr().err
