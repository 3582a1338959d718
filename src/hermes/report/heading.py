"""What was run, in words: the same on the terminal and on the page."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hermes.report.clock import day_of

if TYPE_CHECKING:
    from hermes.engine import BacktestResult


def listed(symbols: Sequence[str], most: int) -> str:
    """`symbols` in a row; of more than `most`, the first ones and how many follow: "INFY, TCS and 48 more"."""
    if len(symbols) <= most:
        return ", ".join(symbols)
    return f"{', '.join(symbols[:most])} and {len(symbols) - most:,} more"


def strategy_name(result: "BacktestResult") -> str:
    """The strategy's class, without the path of its file."""
    return result.request.strategy.rsplit(":", 1)[-1]


def parameters(params: Mapping[str, Any]) -> str:
    """Parameters in their order: "period=14, oversold=30"."""
    return ", ".join(f"{name}={_value(value)}" for name, value in params.items())


def period(result: "BacktestResult") -> str:
    """First and last exchange-local day of the run; empty without bars."""
    moments = result.timeline.timestamps
    if not len(moments):
        return ""
    first, last = (datetime.fromtimestamp(int(each) / 1e6, UTC) for each in (moments[0], moments[-1]))
    return f"{day_of(first)} to {day_of(last)}"


def benchmark(result: "BacktestResult") -> str:
    """What the metrics compare with."""
    request = result.request
    if request.benchmark is not None:
        return f"{request.benchmark}, bought and held"
    return "even money in all symbols" if len(request.symbols) > 1 else f"{request.symbol}, bought and held"


def warnings_of(result: "BacktestResult", most: int = 6) -> list[str]:
    """The result's warnings; one that several symbols share is one line that names them (beyond `most`, the first)."""
    symbols, sharing = set(result.request.symbols), dict[str, list[str]]()
    for warning in result.warnings:
        name, colon, rest = warning.partition(": ")
        own = bool(colon) and len(symbols) > 1 and name in symbols
        sharing.setdefault(rest if own else warning, []).extend([name] if own else [])
    lines = []
    for text, names in sharing.items():
        who = f"All {len(names):,} symbols" if len(names) == len(symbols) > most else listed(names, most)
        lines.append(f"{who}: {text}" if names else text)
    return lines


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
