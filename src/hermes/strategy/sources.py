"""Where strategies come from: Hermes itself, a Python file, a folder of files, an installed package."""

import sys
from collections.abc import Iterator
from hashlib import blake2b
from importlib.machinery import SourceFileLoader
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from hermes.errors import HermesError, StrategyError, UnknownNameError, UsageError
from hermes.strategy import builtin
from hermes.strategy.base import Strategy

GROUP: Final = "hermes.strategies"


class _FreshLoader(SourceFileLoader):
    """Reads the source each time: byte code is kept by a time stamp of whole seconds, too coarse for an author."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002  the importer's signature
        return self.source_to_code(self.get_data(self.path), self.path)


def built_in() -> dict[str, type[Strategy]]:
    """The strategies that come with Hermes, by name."""
    return {name: getattr(builtin, name) for name in builtin.__all__}


def in_file(path: Path) -> dict[str, type[Strategy]]:
    """The strategies that the Python file `path` defines, by class name; those that begin with `_` are left out.

    The file is run anew at each call. Raises UsageError when there is no such file, StrategyError when it fails.
    """
    if not path.is_file():
        if path.is_dir():
            raise UsageError(f"{path} is a folder, not a Python file.")
        if path.is_symlink():
            raise UsageError(f"{path} is a link to {path.readlink()}, and there is no such file.")
        raise UsageError(f"There is no strategy file {str(path)!r} (looked for {path.absolute()}).")
    module = _run(path)
    return {
        name: each
        for name, each in vars(module).items()
        if isinstance(each, type)
        and issubclass(each, Strategy)
        and each.__module__ == module.__name__
        and not name.startswith("_")
    }


def _run(path: Path) -> ModuleType:
    absolute = path.absolute()
    try:
        source = path.read_bytes()
    except OSError as error:
        raise StrategyError(f"{path} cannot be read: {error.strerror}.") from error
    key = blake2b(str(absolute).encode() + source, digest_size=6).hexdigest()
    loader = _FreshLoader(f"hermes_user_strategies_{path.stem}_{key}", str(absolute))
    spec = spec_from_loader(loader.name, loader)
    if spec is None:
        raise StrategyError(f"{path} cannot be loaded as a Python file.")
    module = module_from_spec(spec)
    # Pydantic looks annotations up in the module's namespace by its name.
    sys.modules[loader.name] = module
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[loader.name]
        raise StrategyError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
    return module


def at(path_and_class: str) -> type[Strategy]:
    """The strategy `path/to/file.py:ClassName`; the class may be left out where the file defines only one.

    Raises UsageError for a missing file or class name, UnknownNameError (nearest names included) for a class that the
    file does not define, StrategyError when the file fails.
    """
    path, colon, name = path_and_class.rpartition(":")
    if not colon or name.endswith(".py"):
        path, name = path_and_class, ""
    found = in_file(Path(path).expanduser())
    if not found:
        raise UsageError(f"{path} defines no strategy: a class that inherits hermes.strategy.Strategy.")
    if name in found:
        return found[name]
    if name:
        raise UnknownNameError(f"strategy in {path}", name, found, f"It defines {', '.join(found)}.")
    if len(found) > 1:
        raise UsageError(f"{path} defines {', '.join(found)}. Name the one you mean, as in {path}:{next(iter(found))}.")
    return next(iter(found.values()))


def in_folder(folder: Path) -> Iterator[tuple[Path, dict[str, type[Strategy]] | HermesError]]:
    """Each Python file of `folder`, in the order of names, with its strategies or the error that it raised.

    Hidden files, such as an editor's locks and copies, are passed over. A folder that cannot be read is one error.
    """
    try:
        names = sorted(folder.iterdir())
    except OSError as error:
        yield folder, StrategyError(f"{folder} cannot be read: {error.strerror}.")
        return
    for path in names:
        if path.suffix != ".py" or path.name.startswith("."):
            continue
        try:
            yield path, in_file(path)
        except HermesError as error:
            yield path, error


def installed() -> Iterator[tuple[str, str, type[Strategy] | StrategyError]]:
    """Name, package and class (or error) of each entry point of the group `hermes.strategies`."""
    for each in sorted(entry_points(group=GROUP), key=lambda found: found.name):
        package = each.dist.name if each.dist else each.module
        try:
            found = each.load()
        except Exception as error:  # noqa: BLE001  a stranger's package may raise anything; it is reported
            failure = StrategyError(f"{each.value} cannot be loaded: {type(error).__name__}: {error}")
            failure.__cause__ = error
            yield each.name, package, failure
            continue
        if isinstance(found, type) and issubclass(found, Strategy):
            yield each.name, package, found
        else:
            yield each.name, package, StrategyError(f"{each.value} is no hermes.strategy.Strategy.")
