import ast
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

import hermes
from hermes.compiled import cache_directory, compiled

SOURCE = Path(hermes.__file__).parent


@pytest.fixture(autouse=True)
def forget_directories() -> Iterator[None]:
    """A folder's digest is taken once a process; these tests change folders under it."""
    cache_directory.cache_clear()
    yield
    cache_directory.cache_clear()


def directory_of(folder: Path) -> Path:
    cache_directory.cache_clear()
    return cache_directory(folder)


def test_the_cache_moves_when_any_source_of_the_folder_changes(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    (tmp_path / "two.py").write_text("b = 1\n")
    before = directory_of(tmp_path)
    assert directory_of(tmp_path) == before
    (tmp_path / "two.py").write_text("b = 2\n")
    edited = directory_of(tmp_path)
    assert edited != before
    (tmp_path / "three.py").write_text("c = 1\n")
    assert directory_of(tmp_path) not in (before, edited)


def test_the_cache_comes_back_when_an_edit_is_undone(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    before = directory_of(tmp_path)
    (tmp_path / "one.py").write_text("a = 2\n")
    (tmp_path / "one.py").write_text("a = 1\n")
    assert directory_of(tmp_path) == before


def test_another_numba_has_another_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = directory_of(tmp_path)
    monkeypatch.setattr(numba, "__version__", "0.0.0")
    assert directory_of(tmp_path) != before


def test_what_is_no_source_does_not_move_the_cache(tmp_path: Path) -> None:
    before = directory_of(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "one.py").write_text("a = 1\n")
    assert directory_of(tmp_path) == before


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert directory_of(tmp_path).parent == tmp_path / "mine"
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert directory_of(tmp_path).parent == tmp_path / "xdg" / "hermes" / "compiled"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert directory_of(tmp_path).parent == tmp_path / "home" / ".cache" / "hermes" / "compiled"


@pytest.mark.kernel
def test_a_compiled_function_gives_what_its_source_gives() -> None:
    def half(x: float) -> float:
        return x / 2

    assert compiled(half)(5.0) == 2.5


def test_without_compilation_the_function_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)

    def half(x: float) -> float:
        return x / 2

    assert compiled(half) is half


CALLER = """
    import sys
    sys.path.insert(0, sys.argv[1])
    from kernels.outer import outer
    print(outer(10.0))
"""


def test_an_edit_of_a_called_file_is_never_answered_from_an_old_cache(tmp_path: Path) -> None:
    kernels = tmp_path / "kernels"
    kernels.mkdir()
    (kernels / "__init__.py").write_text("")
    head = "from hermes.compiled import compiled\n"
    (kernels / "outer.py").write_text(
        f"{head}from kernels.inner import inner\n\n\n@compiled\ndef outer(x):\n    return inner(x) + 1.0\n"
    )

    def answer(inner: str) -> str:
        (kernels / "inner.py").write_text(f"{head}\n\n@compiled\ndef inner(x):\n    return {inner}\n")
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "NUMBA_DISABLE_JIT": "0"}
        command = [sys.executable, "-B", "-c", textwrap.dedent(CALLER), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert answer("x * 2.0") == "21.0"
    assert answer("x * 3.0") == "31.0"
    assert answer("x * 2.0") == "21.0"
    assert len(list((tmp_path / "cache").iterdir())) == 2


def compiled_functions(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(each, ast.Name) and each.id == "compiled" for each in node.decorator_list)
    }


def folders_of_kernels() -> list[Path]:
    return sorted({path.parent for path in SOURCE.rglob("*.py") if compiled_functions(path)})


def foreign_names(path: Path) -> set[str]:
    """Names that `path` imports from a Hermes module outside its own folder, at any depth of the file."""
    package = ".".join(("hermes", *path.parent.relative_to(SOURCE).parts))
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hermes"):
            home = node.module if node.module == package else node.module.rpartition(".")[0]
            if home != package:
                names |= {each.asname or each.name for each in node.names}
    return names


def used_in_compiled(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    wanted = compiled_functions(path)
    bodies = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in wanted]
    return {
        each.id
        for node in bodies
        for statement in node.body
        for each in ast.walk(statement)
        if isinstance(each, ast.Name)
    }


def test_there_are_kernels_in_two_folders() -> None:
    homes = {path.relative_to(SOURCE).as_posix() for path in folders_of_kernels()}
    assert homes == {"engine/kernel", "strategy/indicators"}


def test_compiled_functions_use_nothing_of_hermes_outside_their_folder() -> None:
    # The cache is keyed by the folder's own sources: what lies elsewhere could change without it.
    for folder in folders_of_kernels():
        for path in folder.glob("*.py"):
            assert used_in_compiled(path) & foreign_names(path) == set(), path


def test_every_function_that_compiled_code_calls_is_compiled_too() -> None:
    for folder in folders_of_kernels():
        functions = {
            node.name
            for path in folder.glob("*.py")
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        known = {name for path in folder.glob("*.py") for name in compiled_functions(path)}
        for path in folder.glob("*.py"):
            assert used_in_compiled(path) & functions <= known, path


def test_nothing_is_compiled_past_the_decorator() -> None:
    for path in SOURCE.rglob("*.py"):
        if path.name != "compiled.py":
            text = path.read_text(encoding="utf-8")
            assert "njit" not in text, path
            assert "numba.jit" not in text, path
