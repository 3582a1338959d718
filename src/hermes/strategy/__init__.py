"""Strategies: what an author writes, the indicators they are made of, and the built-in ones."""

from hermes.market.orders import Fill, OrderType, Side, Validity
from hermes.strategy.bar import Bar
from hermes.strategy.base import Strategy
from hermes.strategy.broker import Bracket, Broker, Ticket
from hermes.strategy.loader import (
    StrategyInfo,
    StrategyProblem,
    create_strategy,
    list_strategies,
    strategy_problems,
)
from hermes.strategy.plot import Indicator, Plot, higher, own_pane, price_pane
from hermes.strategy.rules import crosses_above, crosses_below, latch
from hermes.strategy.target_stream import TargetStream

__all__ = [
    "Bar",
    "Bracket",
    "Broker",
    "Fill",
    "Indicator",
    "OrderType",
    "Plot",
    "Side",
    "Strategy",
    "StrategyInfo",
    "StrategyProblem",
    "TargetStream",
    "Ticket",
    "Validity",
    "create_strategy",
    "crosses_above",
    "crosses_below",
    "higher",
    "latch",
    "list_strategies",
    "own_pane",
    "price_pane",
    "strategy_problems",
]
