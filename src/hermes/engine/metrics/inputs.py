"""What the metrics are computed from: plain arrays, so that a sweep needs no frames."""

from collections.abc import Sized
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hermes.engine.metrics.returns import SESSIONS_A_YEAR


@dataclass(frozen=True, slots=True)
class TradeArrays:
    """The round trips of a run, one entry per trade in order of exit; money in the account's currency."""

    gross: NDArray[np.float64]
    charges: NDArray[np.float64]
    net: NDArray[np.float64]
    entry_notional: NDArray[np.float64]
    bars_held: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MetricInputs:
    """The marks, trades and fills of a run of n bars in s sessions.

    `timestamps` int64[n] are starts of bars in microseconds UTC; `session_index` int32[n] counts 0..s-1 and
    rises with the bars, every session having at least one; `session_days` datetime64[D][s] are exchange-local
    days. `equity` is float64[n] at each bar's close, `benchmark` float64[n] the price that the run is compared with;
    `bars_in_market` of the bars have a position at their close.
    `fill_notional` float64[k] is quantity x price of each fill, `charge_totals` float64[8] the charges in the
    order of `hermes.market.CHARGE_ITEMS`. `risk_free_rate` is a fraction a year. `marks_a_year` is
    252 where a session's last bar is a mark, 52 on weekly bars.

    Raises ValueError when there is no bar, when lengths differ, or when the initial cash is not positive.
    """

    timestamps: NDArray[np.int64]
    session_index: NDArray[np.int32]
    session_days: NDArray[np.datetime64]
    equity: NDArray[np.float64]
    bars_in_market: int
    benchmark: NDArray[np.float64]
    trades: TradeArrays
    fill_notional: NDArray[np.float64]
    charge_totals: NDArray[np.float64]
    initial_cash: float
    risk_free_rate: float = 0.0
    marks_a_year: float = SESSIONS_A_YEAR

    def __post_init__(self) -> None:
        bars = len(self.timestamps)
        if bars == 0:
            raise ValueError("Metrics of a run without a bar are not defined.")
        per_bar: dict[str, Sized] = {
            "session_index": self.session_index,
            "equity": self.equity,
            "benchmark": self.benchmark,
        }
        for name, array in per_bar.items():
            if len(array) != bars:
                raise ValueError(f"{name} has {len(array)} values for {bars} bars.")
        if self.session_index[-1] + 1 != len(self.session_days):
            sessions = self.session_index[-1] + 1
            raise ValueError(f"session_days has {len(self.session_days)} days for {sessions} sessions.")
        if not self.initial_cash > 0:
            raise ValueError(f"The initial cash must be positive, not {self.initial_cash!r}.")
