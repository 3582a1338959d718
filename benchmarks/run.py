"""All measurements, each in a process of its own; exits with 1 if a bar is not met. `make bench` runs it."""

import ast
import platform
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PEERS, EVENT_PEERS = FOLDER.parent / ".venv-bench", FOLDER.parent / ".venv-bench-events"
BENCHMARKS = {
    "kernel_speed": PEERS,
    "against_vectorbt": PEERS,
    "event_speed": PEERS,
    "against_event_engines": EVENT_PEERS,
    "event_memory": PEERS,
    "cold_start": PEERS,
}


def main() -> int:
    """Run every benchmark, or those named on the command line, and say which bars were missed."""
    print(f"Python {platform.python_version()}, {platform.machine()}; every figure is a median")
    missed = []
    for name in sys.argv[1:] or BENCHMARKS:
        script = FOLDER / f"{name}.py"
        title = str(ast.get_docstring(ast.parse(script.read_text()))).splitlines()[0]
        print(f"\n== {name}: {title}", flush=True)
        if subprocess.run([BENCHMARKS[name] / "bin" / "python", script], check=False).returncode:
            missed.append(name)
    print(f"\nmissed: {', '.join(missed)}" if missed else "\nevery bar met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
