"""One execution model: the vector engine, its request, its result and its metrics."""

from hermes.engine.backtest import backtest, run_backtest
from hermes.engine.metrics import Metrics
from hermes.engine.request import BacktestRequest, RiskLimits
from hermes.engine.result import Assumption, BacktestResult

__all__ = [
    "Assumption",
    "BacktestRequest",
    "BacktestResult",
    "Metrics",
    "RiskLimits",
    "backtest",
    "run_backtest",
]
