import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes.settings import PREFIX, Settings

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT / "src" / "hermes"
HEAVY = ("polars", "numba", "numpy", "sqlalchemy", "pydantic", "scipy", "pandas", "alembic")
# Spelt in pieces, so that this file does not find itself.
REGISTRY_HOSTS = ("pypi" + ".org", "files." + "pythonhosted", "registry." + "npmjs", "/simple" + "/", "index" + "-url")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|opt|usr/local)/[\w.-]+")


def sources() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git work tree, so nothing is tracked")
    return [path for name in listing.stdout.split("\0") if name and (path := PROJECT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_modules_are_short() -> None:
    lengths = {path.relative_to(SOURCE).as_posix(): len(text_of(path).splitlines()) for path in sources()}
    assert {name: length for name, length in lengths.items() if length > 600} == {}
    assert statistics.median(lengths.values()) < 200


def test_modules_are_named_after_what_they_hold() -> None:
    vague = re.compile(r"utils?|helpers?|common|misc|.*manager")
    assert [str(path) for path in sources() if vague.fullmatch(path.stem)] == []


def test_package_folders_export_names_and_nothing_else() -> None:
    for path in sources():
        if path.name == "__init__.py":
            defined = [
                node.name
                for node in ast.parse(text_of(path)).body
                if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name != "__getattr__"
            ]
            assert defined == [], path


def test_pandas_is_imported_by_the_report_extra_only() -> None:
    users = [path.relative_to(SOURCE) for path in sources() if "pandas" in set(imported_by(path))]
    assert [path for path in users if path.parts[0] != "report"] == []


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_numba_stays_in_engine_and_strategy_and_sqlalchemy_in_the_registry() -> None:
    homes = {
        "numba": ("engine/", "strategy/", "compiled.py"),
        "sqlalchemy": ("data/registry/",),
        "alembic": ("data/registry/",),
        "typer": ("cli/",),
        "rich": ("cli/", "report/"),
    }
    for path in sources():
        name = path.relative_to(SOURCE).as_posix()
        for library in set(imported_by(path)) & set(homes):
            assert name.startswith(homes[library]), f"{name} imports {library}"


@pytest.mark.parametrize(
    "program",
    [
        "import hermes",
        "import hermes.errors",
        "from typer.testing import CliRunner\nfrom hermes.cli.app import app\nCliRunner().invoke(app, ['--help'])",
    ],
    ids=["import hermes", "import hermes.errors", "hermes --help"],
)
def test_starting_up_imports_nothing_heavy(program: str) -> None:
    report = f"{program}\nimport sys\nprint(*sorted({set(HEAVY)!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_tracked_files_name_no_registry_host_and_no_path_of_one_machine() -> None:
    found = []
    for path in tracked_files():
        text = text_of(path)
        name = path.relative_to(PROJECT).as_posix()
        found += [f"{name}: {host}" for host in REGISTRY_HOSTS if host in text]
        found += [f"{name}: {match}" for match in MACHINE_PATHS.findall(text)]
    assert found == []


def test_no_uv_lock_is_tracked() -> None:
    assert [path for path in tracked_files() if path.name == "uv.lock"] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_carries_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=\S)", text_of(PROJECT / lock).strip())
    assert len(blocks) > 20
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_runtime_lock_is_a_part_of_the_development_lock() -> None:
    pins = {
        lock: set(re.findall(r"^([A-Za-z0-9._-]+==\S+)", text_of(PROJECT / lock), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    }
    assert pins["requirements.lock"] <= pins["requirements-dev.lock"]


@pytest.mark.parametrize("name", [f"{PREFIX}{field.upper()}" for field in Settings.model_fields])
def test_every_setting_is_explained(name: str) -> None:
    word = re.compile(rf"\b{name}\b")
    assert word.search(text_of(PROJECT / ".env.example"))
    documents = [*(PROJECT / "docs").rglob("*.md"), PROJECT / "README.md"]
    assert any(word.search(text_of(path)) for path in documents)


def test_the_example_environment_names_no_unknown_setting() -> None:
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    used = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", text_of(PROJECT / ".env.example")))
    assert used - {"HERMES_TEST_DATA"} <= known


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert [str(path) for path in sources() if marks.search(text_of(path))] == []
