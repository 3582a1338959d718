"""Strategies by name, by file, from the folder and from packages; parameters that are wrong."""

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from hermes.errors import StrategyError, UnknownNameError, UsageError
from hermes.settings import get_settings
from hermes.strategy import create_strategy, list_strategies, sources, strategy_problems

SOURCE = '''
import polars as pl
from pydantic import Field
from hermes.strategy import Strategy


class Breakout(Strategy):
    """Long above a level.

    More.
    """

    level: float = Field(10.0, gt=0, description="price")

    def signals(self):
        return pl.col("close") > self.level


class _Hidden(Breakout):
    pass
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mine"
    path.mkdir()
    monkeypatch.setenv("HERMES_STRATEGY_DIR", str(path))
    get_settings.cache_clear()
    return path


def test_the_built_in_strategies_are_listed_with_their_first_line() -> None:
    found = {each.name: each for each in list_strategies()}
    assert list(found) == [
        "BollingerBandsStrategy",
        "MACDStrategy",
        "MTFTrendFollowingStrategy",
        "OpeningRangeBreakout",
        "PairsTrade",
        "RSIStrategy",
        "SMACrossover",
    ]
    assert found["SMACrossover"].doc.startswith("Long while the fast average")
    assert {each.origin for each in found.values()} == {"built-in"}
    assert found["SMACrossover"].modes == ("vector", "event")
    assert found["PairsTrade"].modes == ("event",)
    assert strategy_problems() == []


def test_a_misspelt_strategy_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown strategy 'RSIStratgy'. Did you mean 'RSIStrategy'"):
        create_strategy("RSIStratgy")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"period": 1}, r"period = 1 is not allowed: it must be a whole number >= 2 and <= 10000 \(default 14\)"),
        ({"period": "many"}, "period = 'many' is not allowed: it must be a whole number"),
        (
            {"perod": 3},
            r"there is no parameter 'perod'. Did you mean 'period' or 'oversold'\? It has period, overbought, oversold",
        ),
        ({"oversold": float("inf")}, "oversold = inf is not allowed: it must be a number >= 0 and <= 100"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value_and_bounds(params: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        create_strategy("RSIStrategy", params)


def test_parameters_may_be_texts() -> None:
    assert create_strategy("RSIStrategy", {"period": "7"}).model_dump()["period"] == 7


def test_a_file_gives_its_class_by_name_or_as_its_only_one(tmp_path: Path) -> None:
    path = tmp_path / "rules.py"
    path.write_text(SOURCE)
    assert type(create_strategy(f"{path}:Breakout", {"level": 5})).__name__ == "Breakout"
    assert create_strategy(str(path)).model_dump() == {"level": 10.0}
    path.write_text(SOURCE.replace("10.0", "11.0"))
    assert create_strategy(str(path)).model_dump() == {"level": 11.0}
    with pytest.raises(UnknownNameError, match=r"Did you mean 'Breakout'"):
        create_strategy(f"{path}:Brakout")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x = 1", UsageError, "defines no strategy"),
        ("1 / 0", StrategyError, "rules.py cannot be loaded: ZeroDivisionError: division by zero"),
        ("class A(", StrategyError, "rules.py cannot be loaded: SyntaxError"),
        ("raise SystemExit(3)", StrategyError, "cannot be loaded: SystemExit"),
        (SOURCE + "\n\nclass Second(Breakout):\n    pass\n", UsageError, "defines Breakout, Second. Name the one"),
    ],
)
def test_a_file_that_gives_no_single_strategy_says_why(
    tmp_path: Path, text: str, error: type[Exception], message: str
) -> None:
    path = tmp_path / "rules.py"
    path.write_text(text)
    with pytest.raises(error, match=message):
        create_strategy(str(path))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(UsageError, match=r"There is no strategy file 'no/such\.py'"):
        create_strategy("no/such.py:Breakout")


def test_a_needed_parameter_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "rules.py"
    path.write_text(SOURCE.replace("Field(10.0, gt", "Field(gt"))
    with pytest.raises(UsageError, match=r"the parameter 'level' is needed: a number > 0"):
        create_strategy(str(path))


def test_the_folder_adds_its_strategies_and_reports_what_it_cannot(folder: Path) -> None:
    (folder / "good.py").write_text(SOURCE)
    (folder / "bad.py").write_text("import nothing_of_that_name")
    (folder / "taken.py").write_text(SOURCE.replace("Breakout", "RSIStrategy"))
    found = {each.name: each for each in list_strategies()}
    assert found["Breakout"].origin == str(folder / "good.py")
    assert found["Breakout"].doc == "Long above a level."
    assert found["RSIStrategy"].origin == "built-in"
    assert create_strategy("Breakout", {"level": 3}).model_dump() == {"level": 3.0}
    problems = {Path(each.origin).name: each.error for each in strategy_problems()}
    assert "ModuleNotFoundError" in problems["bad.py"]
    assert "'RSIStrategy' is taken by built-in" in problems["taken.py"]
    with pytest.raises(UnknownNameError, match=r"Did you mean 'Breakout'.*bad.py cannot be loaded"):
        create_strategy("Breakot")


def test_a_folder_that_is_none_is_a_problem_and_no_failure(folder: Path) -> None:
    folder.rmdir()
    assert [each.error for each in strategy_problems()] == ["HERMES_STRATEGY_DIR names no folder."]
    assert create_strategy("RSIStrategy")


def test_installed_packages_add_theirs_and_report_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("Borrowed", "hermes.strategy.builtin:SMACrossover", sources.GROUP),
        EntryPoint("Broken", "no_such_package:Thing", sources.GROUP),
        EntryPoint("Other", "pathlib:Path", sources.GROUP),
    ]
    monkeypatch.setattr(sources, "entry_points", lambda group: EntryPoints(points).select(group=group))
    assert "Borrowed" in {each.name for each in list_strategies()}
    errors = " ".join(each.error for each in strategy_problems())
    assert "no_such_package:Thing cannot be loaded: ModuleNotFoundError" in errors
    assert "pathlib:Path is no hermes.strategy.Strategy" in errors


def test_a_dangling_link_is_one_problem_and_the_other_files_load(folder: Path) -> None:
    (folder / "good.py").write_text(SOURCE)
    (folder / "gone.py").symlink_to(folder / "nowhere.py")
    (folder / "odd.py").mkdir()
    assert "Breakout" in {each.name for each in list_strategies()}
    assert create_strategy("Breakout").model_dump() == {"level": 10.0}
    problems = strategy_problems()
    assert [Path(each.origin).name for each in problems] == ["gone.py", "odd.py"]
    assert "a link to" in problems[0].error
    assert "nowhere.py" in problems[0].error
    assert "a folder, not a Python file" in problems[1].error


def test_hidden_files_are_none_of_the_authors_strategies(folder: Path) -> None:
    (folder / "good.py").write_text(SOURCE)
    # An editor's lock: a link to nothing that names its owner. And a copy that another one keeps.
    (folder / ".#good.py").symlink_to("me@host.123:456")
    (folder / ".good.py").write_text("raise RuntimeError\n")
    assert "Breakout" in {each.name for each in list_strategies()}
    assert strategy_problems() == []


def test_a_file_that_cannot_be_read_is_one_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "good.py").write_text(SOURCE)
    (folder / "locked.py").write_text(SOURCE)
    real = Path.read_bytes

    def read_bytes(self: Path) -> bytes:
        if self.name == "locked.py":
            raise PermissionError(13, "Permission denied")
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert "Breakout" in {each.name for each in list_strategies()}
    assert [each.error for each in strategy_problems()] == [
        f"{folder / 'locked.py'} cannot be read: Permission denied."
    ]


def test_a_folder_that_cannot_be_read_is_one_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def iterdir(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert len(list_strategies()) == 7
    assert [each.error for each in strategy_problems()] == [f"{folder} cannot be read: Permission denied."]
