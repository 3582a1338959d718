"""Whether the compiled simulation is on disk already, so that the first run can say why it takes long."""

from pathlib import Path


def kernel_cache() -> Path:
    """The folder of the simulation's machine code, of the sources as they are now."""
    from hermes.compiled import cache_directory
    from hermes.engine import kernel

    return cache_directory(Path(kernel.__file__).parent)


def kernel_is_cached() -> bool:
    """True where a run starts at once; False where it compiles first."""
    return any(kernel_cache().rglob("*.nbi"))
