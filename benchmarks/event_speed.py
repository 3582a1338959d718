"""Bars per second of event mode for a strategy that gives targets only, through the same bus as any other."""

import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from bars import BARS, FIVE_YEARS, minute_bars, store
from timing import in_turn

from hermes import BacktestRequest, DataService
from hermes.engine import run_backtest
from hermes.engine.event.backtest import run_one
from hermes.engine.load import load
from hermes.settings import Settings
from hermes.strategy import create_strategy

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
            strategy = create_strategy(event.strategy, event.params)
            contenders["engine"] = partial(run_one, load("BENCH", event, data, strategy), event, strategy)
            seconds = in_turn(contenders, ROUNDS, time.process_time)
        speed = {name: count / taken for name, taken in seconds.items()}
        met &= speed["event"] >= BAR
        print(f"{count:,} bars, {len(ours.run.fills):,} fills and the equity equal the vector engine's bit for bit")
        print(f"the whole call: {speed['event']:,.0f} bars/s of CPU time (bar: {BAR:,})")
        print(f"the engine alone: {speed['engine']:,.0f} bars/s; vector mode: {speed['vector']:,.0f} bars/s")
    return met


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
