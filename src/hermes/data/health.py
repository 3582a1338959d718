"""Looking at each part the data layer rests on, without stopping at the first that is unwell."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hermes.data.cache import Cache
from hermes.data.footers import MOST_FOOTERS, FooterReport, check_footers
from hermes.data.provider import BarsProvider
from hermes.data.reports import HealthCheck, HealthReport
from hermes.errors import HermesError
from hermes.settings import Settings

if TYPE_CHECKING:
    from hermes.data.registry import Registry

_SPELT_OUT: Final = 5


def check_health(
    settings: Settings,
    minutes: Callable[[], BarsProvider],
    daily: BarsProvider,
    cache: Cache | None,
    registry: "Callable[[], Registry] | None",
) -> HealthReport:
    """Check the data folder, the bars in it and their files, the cache and the registry (None = turned off).

    `minutes` finds the store of minute bars. "files" is among the checks only where there are some.
    """
    return HealthReport(
        (
            _folder(settings.data_root),
            *_bars(settings, minutes, daily),
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


def _bars(settings: Settings, minutes: Callable[[], BarsProvider], daily: BarsProvider) -> Iterator[HealthCheck]:
    try:
        store = minutes()
        of_minutes, of_days = store.symbols(), daily.symbols()
        footers = check_footers([store, daily], MOST_FOOTERS)
    except HermesError as error:
        yield HealthCheck("bars", ok=False, detail=str(error))
        return
    seen = [f"{len(of_minutes)} symbols in {settings.minute_dir} or the sample"] if of_minutes else []
    seen += [f"daily bars of {len(of_days)} symbols in {settings.daily_dir}"] if of_days else []
    nothing = f"no Parquet file in {settings.minute_dir}; run `hermes data sample`"
    yield HealthCheck("bars", ok=bool(seen), detail=", ".join(seen) or nothing)
    if seen:
        yield _files(footers)


def _files(found: FooterReport) -> HealthCheck:
    whole = found.opened == found.files
    looked_at = f"{found.opened:,} files" + ("" if whole else f", spread evenly over {found.files:,}")
    if not found.problems:
        return HealthCheck("files", ok=True, detail=f"opened {looked_at}; `hermes data check` looks at every row")
    count = len(found.problems)
    more = f" And {count - _SPELT_OUT:,} more." if count > _SPELT_OUT else ""
    said = f"{count:,} problem{'' if count == 1 else 's'} in {looked_at}"
    return HealthCheck("files", ok=False, detail=f"{said}. {' '.join(found.problems[:_SPELT_OUT])}{more}")


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
