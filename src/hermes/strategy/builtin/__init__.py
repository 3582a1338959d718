"""The strategies that come with Hermes."""

from hermes.strategy.builtin.bollinger import BollingerBandsStrategy
from hermes.strategy.builtin.macd import MACDStrategy
from hermes.strategy.builtin.mtf_trend import MTFTrendFollowingStrategy
from hermes.strategy.builtin.rsi import RSIStrategy
from hermes.strategy.builtin.sma_crossover import SMACrossover

__all__ = [
    "BollingerBandsStrategy",
    "MACDStrategy",
    "MTFTrendFollowingStrategy",
    "RSIStrategy",
    "SMACrossover",
]
