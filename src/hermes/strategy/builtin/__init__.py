"""The strategies that come with Hermes."""

from hermes.strategy.builtin.rsi import RSIStrategy
from hermes.strategy.builtin.sma_crossover import SMACrossover

__all__ = ["RSIStrategy", "SMACrossover"]
