"""Wall time of whole commands: `hermes --help`, and a backtest of one symbol and year with compiled code cached."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HELP_SECONDS, BACKTEST_SECONDS, MEGABYTES = 0.3, 2.5, 400.0
HERMES = [sys.executable, "-m", "hermes"]


def main() -> bool:
    """Print both times and the backtest's peak memory; True if all three bars are met."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "HERMES_DATA_ROOT": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start would compile every source anew
        backtest = [
            *HERMES, "backtest", "RELIANCE", "--strategy", "RSIStrategy", "--from", "2024-01-01", "--to", "2024-12-31",
        ]  # fmt: skip
        _run([*HERMES, "data", "sample", "RELIANCE"], environment)
        helped = statistics.median(_run([*HERMES, "--help"], environment) for _ in range(9))
        _run(backtest, environment)
        ran = statistics.median(_run(backtest, environment) for _ in range(5))
        peak = _peak(backtest, environment)
        if not list(Path(folder).rglob("*.parquet")):
            raise RuntimeError("the sample was not made, so nothing was measured")
    print(f"hermes --help: {helped:.2f} s (bar: {HELP_SECONDS} s)")
    print(f"hermes backtest, one symbol, 2024, one-minute bars: {ran:.2f} s (bar: {BACKTEST_SECONDS} s)")
    print(f"its peak memory, imports included: {peak:.0f} MB (bar: {MEGABYTES:.0f} MB)")
    return helped < HELP_SECONDS and ran < BACKTEST_SECONDS and peak < MEGABYTES


def _run(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def _peak(command: list[str], environment: dict[str, str]) -> float:
    """Peak resident set in MB of a run, by a process of its own that has no other child."""
    script = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout) * 1024 / 1e6


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
