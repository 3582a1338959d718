"""Looking at each part the data layer rests on, without stopping at the first that is unwell."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hermes.data.cache import Cache
from hermes.data.reports import HealthCheck, HealthReport
from hermes.errors import HermesError
from hermes.settings import Settings

if TYPE_CHECKING:
    from hermes.data.registry import Registry


def check_health(
    settings: Settings,
    symbols: Callable[[], list[str]],
    cache: Cache | None,
    registry: "Callable[[], Registry] | None",
) -> HealthReport:
    """Check the data folder, the bars in it, the cache and the registry (None = turned off)."""
    return HealthReport(
        (
            _folder(settings.data_root),
            _bars(settings, symbols),
            _cache(cache),
            _registry(registry),
        )
    )


def _folder(root: Path) -> HealthCheck:
    if not root.exists():
        parent = next(each for each in root.parents if each.exists())
        able = os.access(parent, os.W_OK)
        found = "will be made" if able else f"cannot be made: {parent} is not writable"
        return HealthCheck("data folder", able, f"{root} does not exist yet and {found}")
    able = root.is_dir() and os.access(root, os.R_OK | os.W_OK | os.X_OK)
    return HealthCheck("data folder", able, f"{root} is {'writable' if able else 'not a writable folder'}")


def _bars(settings: Settings, symbols: Callable[[], list[str]]) -> HealthCheck:
    try:
        found = symbols()
    except HermesError as error:
        return HealthCheck("bars", ok=False, detail=str(error))
    if not found:
        return HealthCheck(
            "bars", ok=False, detail=f"no Parquet file in {settings.minute_dir}; run `hermes data sample`"
        )
    return HealthCheck("bars", ok=True, detail=f"{len(found)} symbols in {settings.minute_dir} or the sample")


def _cache(cache: Cache | None) -> HealthCheck:
    if cache is None:
        return HealthCheck("cache", ok=True, detail="off (HERMES_CACHE_ENABLED)")
    stats = cache.stats()
    used, most = (each / 1024 / 1024 for each in (stats.size_bytes, stats.max_bytes))
    return HealthCheck("cache", ok=True, detail=f"{stats.entries} entries, {used:.1f} of {most:.0f} MiB")


def _registry(registry: "Callable[[], Registry] | None") -> HealthCheck:
    if registry is None:
        return HealthCheck("registry", ok=True, detail="off (HERMES_REGISTRY_ENABLED)")
    try:
        database = registry().database
        return HealthCheck("registry", ok=True, detail=f"{database.name}, schema {database.version()}")
    except HermesError as error:
        return HealthCheck("registry", ok=False, detail=str(error))
