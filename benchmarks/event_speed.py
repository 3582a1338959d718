"""Bars per second of event mode for a strategy that gives targets only, through the same bus as any other."""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from bars import BARS, FIVE_YEARS, minute_bars, store
from timing import in_turn

from hermes import BacktestRequest, DataService
from hermes.engine import run_backtest
from hermes.settings import Settings

BAR = 700_000
ROUNDS = 9


def main() -> bool:
    """Print the speed on one year and on five, after checking the fills against the vector engine's; True if met."""
    met = True
    for count in (BARS, FIVE_YEARS):
        with tempfile.TemporaryDirectory() as folder:
            store(minute_bars(count=count), Path(folder))
            data = DataService(Settings(data_root=Path(folder), registry_enabled=False))
            event = BacktestRequest(symbols=("BENCH",), strategy="SMACrossover", mode="event")
            vector = event.model_copy(update={"mode": "vector"})
            ours, reference = run_backtest(event, data), run_backtest(vector, data)
            if ours.run.fills.tobytes() != reference.run.fills.tobytes():
                raise AssertionError("the fills of the two engines differ")
            np.testing.assert_array_equal(ours.run.equity, reference.run.equity)
            contenders = {each.mode: partial(run_backtest, each, data) for each in (event, vector)}
            seconds = in_turn(contenders, ROUNDS)
        speed = count / seconds["event"]
        met &= speed >= BAR
        print(
            f"{count:,} bars, {len(ours.run.fills):,} fills equal to the vector engine's bit for bit: "
            f"{speed:,.0f} bars/s for the whole call (bar: {BAR:,}); vector mode {count / seconds['vector']:,.0f}"
        )
    return met


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
