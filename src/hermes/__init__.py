"""Hermes: research and run systematic trading.

>>> import hermes
>>> result = hermes.backtest("RELIANCE", "RSIStrategy", timeframe="15m")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from hermes.version import __version__

if TYPE_CHECKING:
    from hermes.data import DataService
    from hermes.engine import BacktestRequest, BacktestResult, backtest
    from hermes.research.verify import verify
    from hermes.strategy import Strategy

__all__ = ["BacktestRequest", "BacktestResult", "DataService", "Strategy", "__version__", "backtest", "verify"]

_HOMES = {
    "BacktestRequest": "hermes.engine",
    "BacktestResult": "hermes.engine",
    "DataService": "hermes.data",
    "Strategy": "hermes.strategy",
    "backtest": "hermes.engine",
    "verify": "hermes.research.verify",
}


def __getattr__(name: str) -> Any:
    """Import the heavy packages only when one of their names is used: `hermes --help` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hermes' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
