"""Statistics of closed round trips."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hermes.engine.metrics.inputs import TradeArrays


@dataclass(frozen=True)
class TradeStatistics:
    """Fields as in `Metrics`."""

    trades: int
    win_rate: float | None
    profit_factor: float | None
    expectancy: float | None
    average_trade_return: float | None
    average_win: float | None
    average_loss: float | None
    payoff_ratio: float | None
    best_trade: float | None
    worst_trade: float | None
    longest_losing_run: int
    average_bars_held: float | None


def trade_statistics(trades: TradeArrays) -> TradeStatistics:
    """Counts, averages and runs of the trades' net results."""
    net = trades.net
    wins, losses = net[net > 0], net[net < 0]
    average_win, average_loss = _mean(wins), _mean(losses)
    return TradeStatistics(
        trades=len(net),
        win_rate=len(wins) / len(net) if len(net) else None,
        profit_factor=float(np.sum(wins)) / -float(np.sum(losses)) if len(losses) else None,
        expectancy=_mean(net),
        average_trade_return=_mean(net / trades.entry_notional),
        average_win=average_win,
        average_loss=average_loss,
        payoff_ratio=average_win / -average_loss if average_win and average_loss else None,
        best_trade=float(np.max(net)) if len(net) else None,
        worst_trade=float(np.min(net)) if len(net) else None,
        longest_losing_run=longest_run(net < 0),
        average_bars_held=_mean(trades.bars_held),
    )


def longest_run(flags: NDArray[np.bool_]) -> int:
    """The most true values in a row."""
    breaks = np.flatnonzero(np.concatenate(([True], ~flags, [True])))
    return int(np.max(np.diff(breaks))) - 1


def _mean(values: NDArray[np.float64] | NDArray[np.int64]) -> float | None:
    return float(np.mean(values)) if len(values) else None
