"""An `on_bar` strategy against backtesting.py, backtrader and NautilusTrader: same bars, same trades, same costs.

The rule is the moving-average cross of NautilusTrader's example, exponential averages of 10 and 20 bars, long only,
since a delivery account cannot be short, and ten shares at a time, since that is a size which all four state alike.
Each engine brings its own average; they begin differently (by the simple mean, or by the first value), so nothing is
traded in the first two sessions, after which the beginning is forgotten to less than a rounding error. The commission
is five paise a share, which all four charge exactly.

Fills: at the open of the bar after the one that crossed. NautilusTrader fills at the close of the very bar, and the
bars here open where the last one closed, so price and moment are the same and only its bar's number is one less.

In the time: the run, from bars in memory to the account's end. Hermes' is the whole public call with the data service's
cache warm: quality report, loading from the cache, account, metrics, assumptions. In backtesting.py's are its
statistics, and in backtrader's the filling of its buffers from the frame, because neither can be left out. That filling
is most of what backtrader does: its bar is held with the feed its manual shows (PandasData), and the time with the
quick one (PandasDirectData) is printed beside it. Out of the
time: imports, reading files, making the peers' bars and engines. It is the process's CPU time: the four are loops of
one thread, and other work on the machine does not count then. Threads that Hermes' loading uses count in full. What
Hermes' engine takes of it, from loaded bars to fills, marks and trades, is printed too and has no bar.
"""

import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from bars import minute_bars, store
from peer_engines import Account, BacktestingPy, Backtrader, Nautilus, Peer, Rule
from pydantic import PrivateAttr
from timing import prepared_in_turn

from hermes import BacktestRequest, DataService, Strategy
from hermes.engine import BacktestResult, run_backtest
from hermes.engine.event.backtest import run_one
from hermes.engine.load import load
from hermes.settings import Settings
from hermes.strategy import Bar
from hermes.strategy.indicators import EMA

RULE = Rule(fast=10, slow=20, idle=750, quantity=10, cash=100_000.0, commission=0.05)
PEERS: dict[str, type[Peer]] = {"backtesting.py": BacktestingPy, "backtrader": Backtrader, "NautilusTrader": Nautilus}
FASTER = {"backtesting.py": 2.5, "backtrader": 40.0, "NautilusTrader": 15.0}
AIM = 5.0
ROUNDS = 5
ROUNDS_OF_USUAL_FEED = 2


class Cross(Strategy):
    """The rule, bar by bar."""

    fast: int = RULE.fast
    slow: int = RULE.slow
    quantity: int = RULE.quantity
    begin_us: int = 0

    _fast: EMA = PrivateAttr()
    _slow: EMA = PrivateAttr()

    def on_start(self) -> None:
        self._fast, self._slow = EMA(self.fast), EMA(self.slow)

    def on_bar(self, bar: Bar) -> None:
        fast, slow = self._fast.update(bar.close), self._slow.update(bar.close)
        if bar.start_us < self.begin_us:
            return
        if fast > slow:
            if not self.broker.position(bar.symbol):
                self.broker.buy(bar.symbol, self.quantity)
        elif self.broker.position(bar.symbol):
            self.broker.close(bar.symbol)


class Hermes:
    """Hermes in event mode, under its default rules of ticks, bands and volume, which the peers do not have."""

    def __init__(self, bars: pl.DataFrame, root: Path) -> None:
        store(bars, root)
        self.stamps = bars["timestamp"].dt.epoch("us").to_numpy()
        self.data = DataService(Settings(data_root=root, registry_enabled=False))
        self.strategy = Cross(begin_us=int(self.stamps[RULE.idle]))
        self.request = BacktestRequest(
            symbols=("BENCH",), strategy="Cross", mode="event", initial_cash=RULE.cash, commission=RULE.commission
        )

    def prepare(self) -> Callable[[], Callable[[], Account]]:
        def run() -> Callable[[], Account]:
            result = run_backtest(self.request, self.data, self.strategy)
            _ = result.metrics.sharpe_ratio
            return lambda: self._account(result)

        return run

    def prepare_engine(self) -> Callable[[], object]:
        """A run of the engine alone: no loading, no quality report, no metrics."""
        loaded = load("BENCH", self.request, self.data, self.strategy)
        return lambda: run_one(loaded, self.request, self.strategy)

    def _account(self, result: BacktestResult) -> Account:
        trades = result.trades
        times = (np.searchsorted(self.stamps, trades[name].dt.epoch("us")) for name in ("entry_time", "exit_time"))
        entered, left = times
        trips = np.column_stack([entered, trades["entry_price"], left, trades["exit_price"]]).astype(float)
        return Account(trips, float(result.run.equity[-1]))


def main() -> bool:
    """Check that all four made the same trades, print the times; True if Hermes is as much faster as it must be."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        bars = flat_at_the_end()
        hermes = Hermes(bars, Path(folder))
        contenders: dict[str, Peer] = {"Hermes": hermes} | {name: peer(bars, RULE) for name, peer in PEERS.items()}
        accounts = {name: each.prepare()()() for name, each in contenders.items()}
        check_equal(accounts)
        prepared = {name: each.prepare for name, each in contenders.items()}
        prepared["Hermes' engine alone"] = hermes.prepare_engine
        seconds = prepared_in_turn(prepared, ROUNDS, time.process_time)
        usual = {"backtrader": Backtrader(bars, RULE, usual_feed=True).prepare}
        quick_feed = seconds["backtrader"]
        seconds |= prepared_in_turn(usual, ROUNDS_OF_USUAL_FEED, time.process_time)

    ours = accounts["Hermes"]
    print(
        f"equal: {len(ours.trips):,} round trips, their bars and prices, and the equity at the end {ours.equity:,.2f}"
    )
    for name, taken in seconds.items():
        print(f"{name}: {taken * 1e3:,.0f} ms, {len(bars) / taken:,.0f} bars/s")
    quick = quick_feed / seconds["Hermes"]
    print(f"for the record, backtrader with its quick feed PandasDirectData: {quick_feed * 1e3:,.0f} ms, {quick:.1f}x")
    met = True
    for name, bar in FASTER.items():
        ratio = seconds[name] / seconds["Hermes"]
        aim = f", aim: {AIM:.0f}x" if name == "backtesting.py" else ""
        met &= ratio >= bar
        print(f"Hermes against {name}: {ratio:.1f}x (bar: {bar:g}x{aim}) {'met' if ratio >= bar else 'MISSED'}")
    return met


def flat_at_the_end() -> pl.DataFrame:
    """Bars on which the rule is flat at the end: the engines treat a position that is left over differently."""
    for seed in range(100):
        bars = minute_bars(seed)
        fast, slow = (pl.col("close").ewm_mean(span=span, adjust=False) for span in (RULE.fast, RULE.slow))
        if (bars.select((fast - slow).tail(20)).to_series() < 0).all():
            return bars
    raise RuntimeError("none of 100 seeds ends flat")


def check_equal(accounts: dict[str, Account]) -> None:
    """Stop with a message unless all made the same round trips, in the same bars at the same prices."""
    ours = accounts["Hermes"]
    for name, theirs in accounts.items():
        if len(ours.trips) != len(theirs.trips):
            raise AssertionError(f"{len(ours.trips)} round trips against {name}'s {len(theirs.trips)}")
        np.testing.assert_array_equal(ours.trips, theirs.trips, err_msg=name)
        np.testing.assert_allclose(ours.equity, theirs.equity, rtol=1e-12, err_msg=name)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
