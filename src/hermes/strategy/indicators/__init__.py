"""Technical indicators, each as a column expression (`rsi`) and as a streaming object (`RSI`).

A column is null until the indicator is known, never NaN; a stream's `update` gives NaN until then. A stream's `value`
is what it last gave, and `ready` says whether that is known; a missing value changes neither in a recursion. The two
forms agree to 1e-9, and with TA-Lib wherever it has the indicator; each docstring names the differences.
"""

from hermes.strategy.indicators.average import ema, sma, wilder, wma
from hermes.strategy.indicators.oscillator import (
    MACDLines,
    StochasticLines,
    cci,
    macd,
    roc,
    rsi,
    stochastic,
)
from hermes.strategy.indicators.stream import (
    ADX,
    ATR,
    CCI,
    EMA,
    MACD,
    OBV,
    ROC,
    RSI,
    SMA,
    VWAP,
    WMA,
    Bollinger,
    Donchian,
    Keltner,
    Stochastic,
    Supertrend,
    Wilder,
)
from hermes.strategy.indicators.trend import DirectionalMovement, SupertrendLines, adx, supertrend
from hermes.strategy.indicators.volatility import Bands, atr, bollinger, deviation, donchian, keltner
from hermes.strategy.indicators.volume import obv, vwap

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
    "Bands",
    "Bollinger",
    "DirectionalMovement",
    "Donchian",
    "Keltner",
    "MACDLines",
    "Stochastic",
    "StochasticLines",
    "Supertrend",
    "SupertrendLines",
    "Wilder",
    "adx",
    "atr",
    "bollinger",
    "cci",
    "deviation",
    "donchian",
    "ema",
    "keltner",
    "macd",
    "obv",
    "roc",
    "rsi",
    "sma",
    "stochastic",
    "supertrend",
    "vwap",
    "wilder",
    "wma",
]
