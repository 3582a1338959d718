from datetime import UTC, date, datetime
from io import StringIO

import pytest
from rich.console import Console

from hermes.report.verification import show_verification
from hermes.research.verify import Check, Difference, Outcome, Settling, Verification, VerifiedBars


def shown(found: Verification, width: int = 80) -> str:
    out = StringIO()
    show_verification(found, console=Console(file=out, width=width, highlight=False))
    return out.getvalue()


def verification(*checks: Check, **changed: object) -> Verification:
    bars = VerifiedBars(
        symbol="TCS",
        first_day=date(2024, 1, 1),
        last_day=date(2024, 1, 31),
        bars=8_250,
        warmup_bars=2_000,
        cuts=60,
        synthetic=False,
    )
    fields = {"strategy": "my/rules.py:Peek", "params": {"span": 20}, "timeframe": "1m", "full": False, "seed": 4}
    return Verification.model_validate({**fields, "bars": (bars,), "checks": checks, **changed})


def difference(**changed: object) -> Difference:
    fields = {
        "symbol": "TCS",
        "timestamp": datetime(2024, 1, 15, 4, 0, tzinfo=UTC),
        "column": "signal",
        "whole": 1,
        "other": None,
        "known_until": datetime(2024, 1, 15, 4, 5, tzinfo=UTC),
        "bars_ahead": 6,
    }
    return Difference.model_validate({**fields, **changed})


def test_the_heading_says_what_was_run_on_what() -> None:
    text = shown(verification())
    assert "Peek span=20" in text
    assert "TCS, 2024-01-01 to 2024-01-31: 8,250 bars of 1m, 2,000 before them to warm" in text
    assert "synthetic" not in text
    assert "Cut at 60 bars: a sample (seed 4)" in text
    assert "every bar" in shown(verification(full=True))


def test_a_failed_check_shows_the_first_bar_in_indian_time_and_both_values() -> None:
    check = Check(
        name="truncation", title="Future cut off", outcome=Outcome.FAILED, summary="x", differences=(difference(),)
    )
    lines = shown(verification(check)).splitlines()
    assert any(line.split() == ["24-01-15", "09:30", "signal", "1", "–", "01-15", "09:35"] for line in lines)
    assert "This strategy failed." in lines


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        ("repeat", ("First run", "Again")),
        ("engines", ("Vector", "Event")),
        ("warmup", ("Whole history", "Later beginning")),
    ],
)
def test_the_two_values_are_named_after_what_was_compared(name: str, headings: tuple[str, str]) -> None:
    check = Check(
        name=name, title="T", outcome=Outcome.FAILED, summary="x", differences=(difference(known_until=None),)
    )
    assert all(each in shown(verification(check)) for each in headings)


def test_many_differences_are_cut_short_and_symbols_are_named_where_there_are_several() -> None:
    differences = tuple(difference(column=f"c{place}", symbol=f"S{place % 2}") for place in range(9))
    check = Check(name="noise", title="N", outcome=Outcome.FAILED, summary="x", differences=differences)
    text = shown(verification(check))
    assert "... 3 more; --json lists each" in text
    assert "Symbol" in text
    assert "Future is noise" in text


def test_the_warm_up_says_what_never_settled() -> None:
    rows = (
        Settling(symbol="TCS", column="rsi", timeframe="1m", needed=198, tried=5_000, declared=140),
        Settling(symbol="TCS", column="obv", timeframe="1m", needed=None, tried=5_000, declared=140),
    )
    check = Check(name="warmup", title="Warm-up", outcome=Outcome.WARNED, summary="x", settling=rows)
    lines = shown(verification(check)).splitlines()
    assert any(line.split() == ["rsi", "198", "140", "1m"] for line in lines)
    assert any(line.split() == ["obv", "over", "5,000", "140", "1m"] for line in lines)
    assert "No check failed." in lines
