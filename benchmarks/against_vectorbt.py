"""The whole of a backtest against vectorbt's Portfolio.from_signals: same bars, same fills, same costs."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from bars import minute_bars, store
from timing import in_turn

from hermes import BacktestRequest, DataService
from hermes.engine import BacktestResult, run_backtest
from hermes.settings import Settings

FASTER = 5.0
FEES, SLIPPAGE, QUANTITY, CASH = 0.001, 0.0005, 10, 100_000.0


def main() -> bool:
    """Check that both give the same account, print both times; True if Hermes is at least five times as fast."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        import pandas as pd
        import vectorbt as vbt

        bars = flat_at_the_end()
        root = Path(folder)
        store(bars, root)
        data = DataService(Settings(data_root=root, registry_enabled=False))
        request = BacktestRequest(
            symbol="BENCH", strategy="SMACrossover", params={"fast": 50, "slow": 200}, initial_cash=CASH,
            slippage=SLIPPAGE, max_volume_share=None, tick_rounding=False, price_bands=False,
            charges={"name": "percent", "rounding": "none", "brokerage_rate": str(FEES)},
            sizing={"mode": "fixed_quantity", "quantity": QUANTITY},
        )  # fmt: skip

        stamps = pd.DatetimeIndex(bars["timestamp"].dt.replace_time_zone(None).to_numpy())
        close = pd.Series(bars["close"].to_numpy(), index=stamps)
        opened = pd.Series(bars["open"].to_numpy(), index=stamps)

        def signals() -> tuple[pd.Series, pd.Series]:
            # Sums of whole hundredths are exact, as Hermes' average of prices is: a tie of the averages is a tie.
            hundredths = (close * 100).round()
            long = 4 * hundredths.rolling(50).sum() > hundredths.rolling(200).sum()
            entries = (long & ~long.shift(1, fill_value=False)).shift(1, fill_value=False)
            exits = (~long & long.shift(1, fill_value=False)).shift(1, fill_value=False)
            return entries, exits

        entries, exits = signals()

        def portfolio(entries: pd.Series = entries, exits: pd.Series = exits) -> tuple[object, ...]:
            made = vbt.Portfolio.from_signals(
                close, entries, exits, price=opened, size=QUANTITY, fees=FEES, slippage=SLIPPAGE, init_cash=CASH,
                freq="1min",
            )  # fmt: skip
            return made, made.total_return(), made.sharpe_ratio(), made.max_drawdown(), made.trades.count()

        def hermes() -> BacktestResult:
            result = run_backtest(request, data)
            _ = result.metrics.sharpe_ratio
            return result

        theirs, ours = portfolio(), hermes()
        check_equal(theirs, ours)
        seconds = in_turn(
            {"hermes": hermes, "portfolio": portfolio, "with signals": lambda: portfolio(*signals())}, rounds=15
        )
    ratio = seconds["portfolio"] / seconds["hermes"]
    both = seconds["with signals"] / seconds["hermes"]
    print(
        f"equal: equity of {len(bars):,} bars, total return {ours.metrics.total_return:.6%}, {len(ours.trades)} trades"
    )
    print(
        f"whole backtest (bars, signals, simulation, metrics): {seconds['hermes'] * 1e3:.2f} ms; vectorbt from_signals "
        f"and four metrics: {seconds['portfolio'] * 1e3:.2f} ms, {ratio:.1f}x (bar: {FASTER:.0f}x); with its signals "
        f"too: {both:.1f}x"
    )
    return ratio >= FASTER


def flat_at_the_end() -> pl.DataFrame:
    """Bars on which the rule is flat at the end: an open trade is counted differently by the two."""
    for seed in range(100):
        bars = minute_bars(seed)
        gap = bars.select((pl.col("close").rolling_mean(50) - pl.col("close").rolling_mean(200)).tail(20))
        if (gap.to_series() < 0).all():
            return bars
    raise RuntimeError("none of 100 seeds ends flat")


def check_equal(theirs: tuple, ours: BacktestResult) -> None:
    """Stop with a message unless both hold the same account at every bar."""
    portfolio, total_return, _, _, trades = theirs
    np.testing.assert_allclose(ours.run.equity, portfolio.value().to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(ours.metrics.total_return, total_return, rtol=1e-9)
    if len(ours.trades) != trades:
        raise AssertionError(f"{len(ours.trades)} trades against vectorbt's {trades}")


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
