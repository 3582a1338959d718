"""What was run, in words: the same on the terminal and on the page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hermes.report.clock import day_of

if TYPE_CHECKING:
    from hermes.engine import BacktestResult


def strategy_name(result: "BacktestResult") -> str:
    """The strategy's class, without the path of its file."""
    return result.request.strategy.rsplit(":", 1)[-1]


def parameters(params: Mapping[str, Any]) -> str:
    """Parameters in their order: "period=14, oversold=30"."""
    return ", ".join(f"{name}={_value(value)}" for name, value in params.items())


def period(result: "BacktestResult") -> str:
    """First and last exchange-local day of the run; empty without bars."""
    stamps = result.candles["timestamp"]
    return f"{day_of(stamps[0])} to {day_of(stamps[-1])}" if len(stamps) else ""


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
