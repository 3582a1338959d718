"""The documents say what is: names exist, links lead somewhere, examples run, generated pages are current."""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree as ET

import pytest
import typer.main

PROJECT = Path(__file__).parents[1]
GUIDE = PROJECT / "docs" / "user-guide"
PAGES = sorted(
    [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")],
)
STATES = {"here", "partly", "not yet built"}
ROWS = {f"E{n}" for n in range(1, 17)} | {f"W{n}" for n in range(1, 13)} | {f"P{n}" for n in range(1, 8)}

# Variables that programs around Hermes read, not Hermes itself.
OTHER_VARIABLES = {"HERMES_TEST_DATA"}
# Written like modules, but keys of a file's metadata, an entry-point group and a file.
NO_MODULES = {"hermes.origin", "hermes.adjusted", "hermes.interval", "hermes.strategies", "hermes.sqlite"}
# Named as planned.
PLANNED_COMMANDS = {"hermes-ingest", "hermes ingest"}


def page_id(page: Path) -> str:
    return str(page.relative_to(PROJECT))


every_page = pytest.mark.parametrize("page", PAGES, ids=page_id)


def quoted(text: str) -> list[str]:
    """What stands between single back-quotes, outside of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def tables(page: Path) -> Iterator[dict[str, str]]:
    """Every row of every table of a page, by the names of its columns."""
    header: list[str] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            header = []
            continue
        cells = [each.strip() for each in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if not header:
            header = cells
        elif not set(line) <= set("|-: "):
            yield dict(zip(header, cells, strict=True))


def assert_importable(dotted: str) -> None:
    """`hermes.a.b.C.d`: the longest importable module, then attributes or fields."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            known = name in getattr(found, "model_fields", {}) or hasattr(found, name)
            assert known, f"{dotted}: {found} has no {name}"
            found = getattr(found, name, None)
        return
    pytest.fail(f"{dotted} is no module")


def assert_command(words: list[str]) -> None:
    """The words after `hermes` lead to a command, and every option among them exists there."""
    command: Any = typer.main.get_command(importlib.import_module("hermes.cli.app").app)
    rest = list(words)
    while rest and hasattr(command, "commands"):
        if rest[0] in command.commands:
            command = command.commands[rest.pop(0)]
        else:
            assert rest[0].startswith("-"), f"hermes {' '.join(words)}: there is no command {rest[0]}"
            break
    known = {option for each in command.params for option in each.opts} | {"--help", "-h", "--debug"}
    for word in rest:
        if word.startswith("-") and word != "-":
            assert word.partition("=")[0] in known, f"hermes {' '.join(words)}: there is no option {word}"


def assert_exists(name: str) -> None:
    """What a back-quoted name claims: a variable, a command, a module, or a path of the project."""
    for variable in re.findall(r"HERMES_[A-Z_]+[A-Z]", name):
        assert variable in variables(), f"there is no variable {variable}"
    if name.startswith("hermes ") and not any(name.startswith(each) for each in PLANNED_COMMANDS):
        assert_command(name.split()[1:])
    elif re.fullmatch(r"hermes(\.\w+)+", name) and name not in NO_MODULES:
        assert_importable(name)
    elif re.match(r"(src|tests|docs|benchmarks|\.ci|\.github)/", name) and not re.search(r"[*<>]|NNNN", name):
        assert (PROJECT / name).exists(), f"there is no {name}"


def variables() -> set[str]:
    from hermes.settings import PREFIX, Settings

    return {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES


@every_page
def test_every_name_in_back_quotes_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.name == "specification-map.md":
        text = "\n".join(row["where"] for row in tables(page) if row["state"] != "not yet built")
    for name in quoted(text):
        assert_exists(name)


@every_page
def test_every_relative_link_and_its_anchor_resolve(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page_id(page)} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{page_id(page)} links to {target}"


def anchors(page: Path) -> set[str]:
    """The anchors GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@every_page
def test_every_command_in_an_example_exists(page: Path) -> None:
    targets = {line.partition(":")[0] for line in (PROJECT / "Makefile").read_text().splitlines() if ":" in line}
    for line in "".join(blocks(page, "console")).splitlines():
        words = line.removeprefix("$ ").split()
        if words[:1] == ["make"]:
            assert words[1] in targets
        elif words[:1] == ["export"]:
            assert words[1].partition("=")[0] in variables()
        else:
            assert words[0].endswith("hermes"), f"{page_id(page)}: {line}"
            assert_command(words[1:])


def test_the_map_names_every_row_of_the_specification_with_a_known_state() -> None:
    rows = list(tables(PROJECT / "docs" / "specification-map.md"))

    assert {row["row"] for row in rows if "row" in row} == ROWS
    assert {row["state"] for row in rows} <= STATES
    for row in rows:
        assert row["state"] == "not yet built" or quoted(row["where"]), f"{row} names no place"


def test_the_map_names_every_variable_and_every_method_of_the_service() -> None:
    text = (PROJECT / "docs" / "specification-map.md").read_text(encoding="utf-8")

    assert variables() - OTHER_VARIABLES <= set(quoted(text))
    for method in ("get_market_data", "list_instruments", "get_date_range", "search_instruments", "health_check"):
        assert f"`DataService.{method}`" in text


def test_generated_pages_are_current() -> None:
    generate = from_docs("generate")
    remedy = "run `.venv/bin/python docs/generate.py`"
    assert (GUIDE / "metrics.md").read_text(encoding="utf-8") == generate.metrics_page(), remedy
    assert (GUIDE / "command-line.md").read_text(encoding="utf-8") == generate.command_page(), remedy


def test_configuration_and_the_example_file_name_every_variable_with_its_default() -> None:
    from hermes.settings import PREFIX, Settings

    page = (GUIDE / "configuration.md").read_text(encoding="utf-8")
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    rows = {
        row["variable"].strip("`"): row["default"] for row in tables(GUIDE / "configuration.md") if "default" in row
    }

    for name, field in Settings.model_fields.items():
        variable = f"{PREFIX}{name.upper()}"
        assert f"#{variable}=" in example
        assert f"`{variable}`" in page
        if isinstance(field.default, bool | int | float | str):
            default = str(field.default).lower() if isinstance(field.default, bool) else f"{field.default}"
            assert rows[variable] == f"`{default.removesuffix('.0')}`"


def test_the_page_on_backtests_names_every_field_option_reason_and_mode() -> None:
    from hermes.engine import BacktestRequest
    from hermes.engine.kernel.codes import REASONS, REFUSALS
    from hermes.engine.request import RiskLimits
    from hermes.market.charges import RATE_FIELDS

    page = (GUIDE / "backtest.md").read_text(encoding="utf-8")
    words = set(quoted(page))
    fields = (set(BacktestRequest.model_fields) - {"sizing", "risk"}) | set(RiskLimits.model_fields)
    options = {row["option"] for row in tables(GUIDE / "command-line.md")}

    assert fields <= words
    assert {*REASONS.values(), *REFUSALS.values(), *RATE_FIELDS} <= words
    for option in options:
        for name in re.findall(r"`(--[a-z-]+)`", option):
            if name in command_options("backtest"):
                assert name in page, f"{name} is not explained"


@pytest.mark.parametrize("name", ["backtest.md", "assumptions.md"])
def test_the_tables_of_sizings_have_every_mode_with_its_numbers(name: str) -> None:
    from hermes.engine.sizing import Sizing

    modes = {model.model_fields["mode"].default: model for model in get_args(get_args(Sizing)[0])}
    described = {row["mode"].strip("`"): row for row in tables(GUIDE / name) if "mode" in row}
    assert set(described) == set(modes)
    for mode, model in modes.items():
        numbers = {key: field.default for key, field in model.model_fields.items() if key != "mode"}
        written = re.findall(r"(\w+) ([\d.]+)", described[mode]["numbers and defaults"])
        assert {key: float(value) for key, value in written} == numbers


def command_options(name: str) -> set[str]:
    command: Any = typer.main.get_command(importlib.import_module("hermes.cli.app").app)
    return {option for each in command.commands[name].params for option in each.opts}


def test_the_table_of_assumptions_has_every_setting_with_its_default_and_option() -> None:
    rows = {row["setting"].strip("`"): row for row in tables(GUIDE / "assumptions.md") if "setting" in row}
    fields = request_fields()

    assert set(rows) == set(fields) - {"symbols", "strategy", "params", "start_date", "end_date", "risk"}
    for name, row in rows.items():
        default = fields[name].get_default(call_default_factory=True)
        assert literal(row["default"]) == getattr(default, "mode", default), name
        (option,) = quoted(row["option"])
        assert option in command_options("backtest"), name


def request_fields() -> dict[str, Any]:
    """The fields of a request, and those of its limits on risk as `risk.name`."""
    from hermes.engine import BacktestRequest
    from hermes.engine.request import RiskLimits

    return {**BacktestRequest.model_fields, **{f"risk.{name}": each for name, each in RiskLimits.model_fields.items()}}


def literal(cell: str) -> Any:
    """What a back-quoted default means: a Python literal, or else a word."""
    word = cell.strip("`")
    try:
        return ast.literal_eval(word)
    except (ValueError, SyntaxError):
        return word


def test_the_page_on_assumptions_names_every_reason_of_a_fill_a_refusal_and_an_end() -> None:
    from hermes.engine.kernel.codes import REASONS, REFUSALS

    rows = list(tables(GUIDE / "assumptions.md"))
    named = {kind: {name for row in rows for name in quoted(row.get(kind, ""))} for kind in ("fill", "refusal", "end")}
    checks, desk, own, execution = (
        ast.parse((PROJECT / "src/hermes/engine/event" / f"{name}.py").read_text(encoding="utf-8"))
        for name in ("checks", "desk", "own_orders", "execution")
    )
    at_the_opening = {"cooldown", "max_open_positions", "position_limit", "insufficient_funds"}

    assert named["fill"] == set(REASONS.values())
    assert named["refusal"] == set(REFUSALS.values()) | returned(checks, "refusal") | passed(desk, {"refuse"})
    ends = {"_end", "_cancel_reducing", "cancel", "cancel_all"}
    assert named["end"] == at_the_opening | set().union(*(passed(each, ends) for each in (desk, own, execution)))
    assert at_the_opening <= set(REFUSALS.values())


def returned(module: ast.Module, ending: str) -> set[str]:
    """The texts that functions whose names end so give back."""
    functions = [each for each in ast.walk(module) if isinstance(each, ast.FunctionDef) and each.name.endswith(ending)]
    returns = [each.value for one in functions for each in ast.walk(one) if isinstance(each, ast.Return)]
    return set().union(*(words_of(each) for each in returns))


def passed(module: ast.Module, methods: set[str]) -> set[str]:
    """The texts that are the last argument of a call of these methods."""
    calls = [each for each in ast.walk(module) if isinstance(each, ast.Call) and each.args]
    return set().union(*(words_of(each.args[-1]) for each in calls if getattr(each.func, "attr", "") in methods))


def words_of(value: ast.expr | None) -> set[str]:
    """The texts that an expression may be: itself, or either side of a condition; no empty one."""
    if isinstance(value, ast.IfExp):
        return words_of(value.body) | words_of(value.orelse)
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value else set()


def from_docs(module: str) -> Any:
    """A script of the folder docs, imported."""
    sys.path.insert(0, str(PROJECT / "docs"))
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove(str(PROJECT / "docs"))


def test_the_picture_of_a_trade_is_what_the_event_engine_does() -> None:
    drawing = from_docs("draw_trade_life")
    life = drawing.live()
    remedy = "run `.venv/bin/python docs/draw_trade_life.py`"

    # Bought at the open of 503.00 + 0.1 %, up to the tick; 100,000 / 502.60 is 198 shares. The best close is 512.60;
    # 1 % below it, less 0.1 %, down to the tick.
    told = [(each["side"], each["quantity"], each["price"], each["reason"]) for each in life.fills]
    assert told == [("buy", 198, pytest.approx(503.55), "entry"), ("sell", 198, pytest.approx(506.95), "trailing")]
    assert life.trade["gross"] == pytest.approx(198 * (506.95 - 503.55))
    # Brokerage, exchange 0.00297 %, SEBI, fund, stamp 0.003 %, GST; sold: STT 0.025 % instead of stamp.
    assert life.fills[0]["charges"] == pytest.approx(20 + 2.96 + 0.10 + 0.10 + 2.99 + 4.17)
    assert life.fills[1]["charges"] == pytest.approx(20 + 25.09 + 2.98 + 0.10 + 0.10 + 4.17)
    first, *_, last = (level for level in life.stops if level)
    assert first == (pytest.approx(503.55 * 0.994), False)
    assert last == (pytest.approx(512.60 * 0.99), True)
    assert life.goal == pytest.approx(513.65)  # 503.55 x 1.02 = 513.621
    assert drawing.PICTURE.read_text(encoding="utf-8") == drawing.draw(life), remedy
    assert drawing.live("vector").result.trades.equals(life.result.trades)


def test_the_pictures_load_nothing_and_are_well_formed() -> None:
    for picture in (PROJECT / "docs" / "images").glob("*.svg"):
        text = picture.read_text(encoding="utf-8")
        assert not re.search(r"href|url\(|@import|<script|<image", text)
        ET.fromstring(text)  # noqa: S314  a file of our own


def test_the_page_on_strategies_names_every_strategy_parameter_and_indicator() -> None:
    from hermes.strategy import builtin, indicators

    rows = [row for row in tables(GUIDE / "strategies.md") if "parameters" in row]
    described = {row["name"].strip("`"): row["parameters"] for row in rows}
    assert set(described) == set(builtin.__all__)
    for name in builtin.__all__:
        fields = getattr(builtin, name).model_fields
        written = {key: float(value) for key, value in re.findall(r"(\w+) ([\d.]+)", described[name])}
        assert written == {key: field.default for key, field in fields.items()}

    columns = {row["column"].strip("`") for row in tables(GUIDE / "strategies.md") if "column" in row}
    functions = {name for name in indicators.__all__ if inspect.isfunction(getattr(indicators, name))}
    assert {each.partition("(")[0] for each in columns} == functions
    for each in columns:
        name, _, arguments = each.rstrip(")").partition("(")
        signature = inspect.signature(getattr(indicators, name))
        shown = [word for word in arguments.split(", ") if word]
        assert [word.partition("=")[0] for word in shown] == list(signature.parameters)
        for word in shown:
            key, _, value = word.partition("=")
            assert not value or float(value) == signature.parameters[key].default


def test_the_page_on_data_names_every_rule_timeframe_and_table() -> None:
    from hermes.data import Timeframe
    from hermes.data.registry.tables import METADATA
    from hermes.data.reports import NOTED_RULES, ROW_RULES

    page = (GUIDE / "data.md").read_text(encoding="utf-8")
    rules = {row["rule"].strip("`") for row in tables(GUIDE / "data.md") if "rule" in row}

    assert rules == {*ROW_RULES, *NOTED_RULES}
    assert ", ".join(Timeframe) in page
    assert set(METADATA.tables) <= set(quoted(page))


@pytest.mark.parametrize("page", [PROJECT / "README.md", GUIDE / "strategies.md"], ids=page_id)
def test_the_example_strategy_runs_as_it_is_printed(
    page: Path, sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hermes
    from hermes.settings import get_settings

    source = next(each for each in blocks(page, "python") if "(Strategy)" in each)
    (tmp_path / "own.py").write_text(source, encoding="utf-8")
    monkeypatch.setenv("HERMES_DATA_ROOT", str(sample_root))
    monkeypatch.setenv("HERMES_REGISTRY_ENABLED", "false")
    get_settings.cache_clear()

    result = hermes.backtest("RELIANCE", "own.py", timeframe="1h", slippage=0.0005)

    assert result.trades.height > 0
    assert any("Synthetic sample" in each for each in result.warnings)


def test_the_example_on_assumptions_shows_what_slippage_costs(
    sample_root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hermes.settings import get_settings

    monkeypatch.setenv("HERMES_DATA_ROOT", str(sample_root))
    monkeypatch.setenv("HERMES_REGISTRY_ENABLED", "false")
    get_settings.cache_clear()
    (source,) = blocks(GUIDE / "assumptions.md", "python")
    exec(source, {})  # noqa: S102  a page of our own

    returns = [float(line.split()[1].rstrip("%")) for line in capsys.readouterr().out.splitlines()]
    assert len(returns) == 5
    assert returns == sorted(returns, reverse=True)
    assert returns[-1] < returns[0]


@every_page
def test_every_python_example_is_python(page: Path) -> None:
    for source in blocks(page, "python"):
        compile(source, page_id(page), "exec")


def test_the_strategy_in_the_readme_takes_at_most_twelve_lines() -> None:
    source = next(each for each in blocks(PROJECT / "README.md", "python") if "(Strategy)" in each)
    code = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]

    assert len(code) <= 12


def test_every_decision_is_listed_and_has_the_four_headings() -> None:
    folder = PROJECT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for page in sorted(folder.glob("[0-9]*.md")):
        text = page.read_text(encoding="utf-8")
        assert f"({page.name})" in index
        assert text.startswith(f"# {page.name[:4]}: ")
        if page.name[:4] != "0001":
            for heading in ("Situation", "Decision", "Measured", "Consequences"):
                assert f"\n## {heading}\n" in text, f"{page.name} has no {heading}"
    numbers = [page.name[:4] for page in sorted(folder.glob("[0-9]*.md"))]
    assert len(numbers) == len(set(numbers))
