"""The strategies that come with Hermes."""

from hermes.strategy.builtin.bollinger import BollingerBandsStrategy
from hermes.strategy.builtin.macd import MACDStrategy
from hermes.strategy.builtin.mtf_trend import MTFTrendFollowingStrategy
from hermes.strategy.builtin.opening_range import OpeningRangeBreakout
from hermes.strategy.builtin.pairs import PairsTrade
from hermes.strategy.builtin.rsi import RSIStrategy
from hermes.strategy.builtin.sma_crossover import SMACrossover

__all__ = [
    "BollingerBandsStrategy",
    "MACDStrategy",
    "MTFTrendFollowingStrategy",
    "OpeningRangeBreakout",
    "PairsTrade",
    "RSIStrategy",
    "SMACrossover",
]
