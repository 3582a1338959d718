"""Peak memory of an event run of ten symbols and five years of minutes, against one symbol's of the same length.

Every run is a process of its own, and the one that starts them imports nothing that is large, because a child's peak
begins with what its parent held.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

SYMBOLS = 10
MOST = 1.5
START = "2020-06-01"  # a year and a half into the bars
KINDS = {"on_bar": "a strategy with on_bar", "signals": "a strategy that gives targets only"}


def main() -> bool:
    """Print the peaks of both kinds of strategy; True if ten symbols take at most half as much again as one."""
    met = True
    with tempfile.TemporaryDirectory() as root:
        _child("store", root)
        for kind, label in KINDS.items():
            one, many = (float(_child("run", root, kind, str(symbols))) for symbols in (1, SYMBOLS))
            met &= many <= MOST * one
            print(
                f"{label}: {one:.0f} MB with one symbol, {many:.0f} MB with {SYMBOLS}: {many / one:.2f}x (bar: {MOST}x)"
            )
    return met


def _child(*arguments: str) -> str:
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def store_bars(root: Path) -> None:
    """Five years of minutes of each symbol."""
    from bars import FIVE_YEARS, minute_bars, store

    for number in range(SYMBOLS):
        store(minute_bars(number, FIVE_YEARS, f"BENCH{number}"), root)


def peak_of_run(root: Path, kind: str, symbols: int) -> float:
    """Peak resident set in MB of this process after an event run, which must have traded every symbol."""
    import resource

    from hermes import BacktestRequest, DataService
    from hermes.engine import run_backtest
    from hermes.settings import Settings

    # Bars before the first day warm up: they must not keep what they were read with.
    names = tuple(f"BENCH{number}" for number in range(symbols))
    request = BacktestRequest(
        symbols=names, strategy="SMACrossover", mode="event", initial_cash=1e7, start_date=START,
        sizing={"mode": "fixed_quantity", "quantity": 10},
    )  # fmt: skip
    strategy = _averages() if kind == "on_bar" else None
    result = run_backtest(request, DataService(Settings(data_root=root, registry_enabled=False)), strategy)
    if result.metrics.trades < 1_000 * symbols:
        raise RuntimeError(f"only {result.metrics.trades} trades, so it was not the run that was meant")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _averages() -> object:
    from pydantic import PrivateAttr

    from hermes import Strategy
    from hermes.strategy import Bar
    from hermes.strategy.indicators import SMA

    class Averages(Strategy):
        """The built-in crossover, bar by bar, for any number of symbols."""

        fast: int = 50
        slow: int = 200

        _averages: dict[str, tuple[SMA, SMA]] = PrivateAttr(default_factory=dict)

        def on_start(self) -> None:
            self._averages.clear()

        def on_bar(self, bar: Bar) -> None:
            if bar.symbol not in self._averages:
                self._averages[bar.symbol] = (SMA(self.fast), SMA(self.slow))
            fast, slow = self._averages[bar.symbol]
            if fast.update(bar.close) > slow.update(bar.close):
                if not self.broker.position(bar.symbol):
                    self.broker.buy(bar.symbol, 10)
            elif self.broker.position(bar.symbol):
                self.broker.close(bar.symbol)

    return Averages()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["store", root]:
            store_bars(Path(root))
        case ["run", root, kind, symbols]:
            print(peak_of_run(Path(root), kind, int(symbols)))
        case _:
            raise SystemExit(0 if main() else 1)
