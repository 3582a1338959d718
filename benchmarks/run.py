"""All measurements, one after the other; exits with 1 if a bar is not met. `make bench` runs it in .venv-bench."""

import platform
import sys

import against_vectorbt
import cold_start
import kernel_speed


def main() -> int:
    """Run every benchmark and say which bars were missed."""
    print(f"Python {platform.python_version()}, {platform.machine()}; every figure is a median")
    missed = []
    for benchmark in (kernel_speed, against_vectorbt, cold_start):
        print(f"\n== {benchmark.__name__}: {str(benchmark.__doc__).splitlines()[0]}")
        if not benchmark.main():
            missed.append(benchmark.__name__)
    print(f"\nmissed: {', '.join(missed)}" if missed else "\nevery bar met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
