"""Technical indicators, each as a column expression and as a streaming object."""

from hermes.strategy.indicators.average import sma
from hermes.strategy.indicators.momentum import rsi

__all__ = ["rsi", "sma"]
