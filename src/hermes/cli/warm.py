"""Whether compiled code is on disk already, so that the first run can say why it takes long."""

from pathlib import Path


def kernel_cache() -> Path:
    """The folder of the simulation's machine code, of the sources as they are now."""
    from hermes.compiled import cache_directory
    from hermes.engine import kernel

    return cache_directory(Path(kernel.__file__).parent)


def compiling(mode: str = "vector") -> str:
    """What to say before a run in `mode` that compiles first; empty where it starts at once.

    Both engines pair fills into trades at their end; the vector engine is one compiled function, the event engine calls
    the small ones that the other is made of.
    """
    function = "simulate.simulate" if mode == "vector" else "trades.pair_fills"
    if any(kernel_cache().rglob(f"{function}-*.nbi")):
        return ""
    length = "about 20 s" if mode == "vector" else "some seconds"
    return f"Compiling the simulation, once for this version ({length})"
