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
