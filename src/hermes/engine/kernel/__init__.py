"""The compiled heart of the vector engine: plain numbers in, fills and equity out."""

from hermes.engine.kernel.layout import CHARGE_COLUMNS, FILL, RATES, REFUSAL, SETTINGS, STATE, Bars, Output
from hermes.engine.kernel.simulate import simulate
from hermes.engine.kernel.trades import TRADE, pair_fills

__all__ = [
    "CHARGE_COLUMNS",
    "FILL",
    "RATES",
    "REFUSAL",
    "SETTINGS",
    "STATE",
    "TRADE",
    "Bars",
    "Output",
    "pair_fills",
    "simulate",
]
