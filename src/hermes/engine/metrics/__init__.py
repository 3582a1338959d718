"""What a backtest is judged by: every number with its formula, computed from the equity of each session."""

from hermes.engine.metrics.compute import compute_metrics
from hermes.engine.metrics.inputs import MetricInputs, TradeArrays
from hermes.engine.metrics.model import Metrics
from hermes.engine.metrics.returns import SESSIONS_A_YEAR, WEEKS_A_YEAR

__all__ = ["SESSIONS_A_YEAR", "WEEKS_A_YEAR", "MetricInputs", "Metrics", "TradeArrays", "compute_metrics"]
