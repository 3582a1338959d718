"""The streaming forms of the indicators: one object per indicator, one `update` per bar."""

from hermes.strategy.indicators.stream.average import EMA, SMA, WMA, Wilder
from hermes.strategy.indicators.stream.oscillator import CCI, MACD, ROC, RSI, Stochastic
from hermes.strategy.indicators.stream.trend import ADX, Supertrend
from hermes.strategy.indicators.stream.volatility import ATR, Bollinger, Donchian, Keltner
from hermes.strategy.indicators.stream.volume import OBV, VWAP

__all__ = [
    "ADX",
    "ATR",
    "CCI",
    "EMA",
    "MACD",
    "OBV",
    "ROC",
    "RSI",
    "SMA",
    "VWAP",
    "WMA",
    "Bollinger",
    "Donchian",
    "Keltner",
    "Stochastic",
    "Supertrend",
    "Wilder",
]
