"""The compiled heart of the vector engine: plain numbers in, fills and equity out."""

from hermes.engine.kernel.layout import CHARGE_COLUMNS, FILL, NOW, RATES, REFUSAL, SETTINGS, STATE, Bars, Log
from hermes.engine.kernel.simulate import simulate
from hermes.engine.kernel.survey import survey
from hermes.engine.kernel.trades import TRADE, pair_fills

__all__ = [
    "CHARGE_COLUMNS",
    "FILL",
    "NOW",
    "RATES",
    "REFUSAL",
    "SETTINGS",
    "STATE",
    "TRADE",
    "Bars",
    "Log",
    "pair_fills",
    "simulate",
    "survey",
]
