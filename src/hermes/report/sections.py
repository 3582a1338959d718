"""Which metrics stand where in a report, under which label and in which unit: one table for terminal and page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from hermes.report.money import UNDEFINED, number, percent, rupees

if TYPE_CHECKING:
    from hermes.engine.metrics import Metrics


class Unit(Enum):
    """How a metric's value is written."""

    RUPEES = auto()
    GAIN = auto()  # rupees whose sign matters
    SHARE = auto()  # a fraction, as a percentage
    CHANGE = auto()  # a fraction whose sign matters
    RATIO = auto()
    COUNT = auto()
    DAY = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """One metric: the field of Metrics, the label a reader sees, and its unit."""

    field: str
    label: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of metrics."""

    title: str
    lines: tuple[Line, ...]


SECTIONS: tuple[Section, ...] = (
    Section(
        "Return",
        (
            Line("initial_cash", "Initial cash", Unit.RUPEES),
            Line("final_equity", "Final equity", Unit.RUPEES),
            Line("total_return", "Total return", Unit.CHANGE),
            Line("cagr", "CAGR", Unit.CHANGE),
            Line("benchmark_return", "Benchmark return", Unit.CHANGE),
            Line("benchmark_cagr", "Benchmark CAGR", Unit.CHANGE),
            Line("benchmark_max_drawdown", "Benchmark drawdown", Unit.CHANGE),
            Line("alpha", "Alpha (a year)", Unit.CHANGE),
            Line("beta", "Beta", Unit.RATIO),
        ),
    ),
    Section(
        "Risk",
        (
            Line("annual_volatility", "Volatility (a year)", Unit.SHARE),
            Line("sharpe_ratio", "Sharpe", Unit.RATIO),
            Line("sortino_ratio", "Sortino", Unit.RATIO),
            Line("calmar_ratio", "Calmar", Unit.RATIO),
            Line("max_drawdown", "Maximum drawdown", Unit.CHANGE),
            Line("max_drawdown_start", "  from", Unit.DAY),
            Line("max_drawdown_trough", "  lowest on", Unit.DAY),
            Line("max_drawdown_recovery", "  recovered on", Unit.DAY),
            Line("max_drawdown_sessions", "  sessions", Unit.COUNT),
            Line("longest_drawdown_sessions", "Longest drawdown", Unit.COUNT),
        ),
    ),
    Section(
        "Trades",
        (
            Line("trades", "Trades", Unit.COUNT),
            Line("win_rate", "Win rate", Unit.SHARE),
            Line("profit_factor", "Profit factor", Unit.RATIO),
            Line("payoff_ratio", "Payoff ratio", Unit.RATIO),
            Line("expectancy", "Expectancy", Unit.GAIN),
            Line("average_trade_return", "Average return", Unit.CHANGE),
            Line("average_win", "Average win", Unit.GAIN),
            Line("average_loss", "Average loss", Unit.GAIN),
            Line("best_trade", "Best trade", Unit.GAIN),
            Line("worst_trade", "Worst trade", Unit.GAIN),
            Line("longest_losing_run", "Longest losing run", Unit.COUNT),
            Line("average_bars_held", "Average bars held", Unit.RATIO),
        ),
    ),
    Section(
        "Activity",
        (
            Line("sessions", "Sessions", Unit.COUNT),
            Line("bars", "Bars", Unit.COUNT),
            Line("exposure", "Exposure", Unit.SHARE),
            Line("turnover", "Turnover (x equity)", Unit.RATIO),
            Line("annual_turnover", "Turnover a year", Unit.RATIO),
        ),
    ),
)

COSTS = Section(
    "Costs",
    (
        Line("brokerage", "Brokerage", Unit.RUPEES),
        Line("stt", "STT", Unit.RUPEES),
        Line("transaction", "Exchange transaction", Unit.RUPEES),
        Line("sebi", "SEBI fee", Unit.RUPEES),
        Line("ipft", "Investor protection fund", Unit.RUPEES),
        Line("stamp", "Stamp duty", Unit.RUPEES),
        Line("gst", "GST", Unit.RUPEES),
        Line("dp", "Depository (DP)", Unit.RUPEES),
        Line("total_charges", "Total", Unit.RUPEES),
    ),
)

HEADLINES = (
    "final_equity",
    "total_return",
    "cagr",
    "sharpe_ratio",
    "max_drawdown",
    "trades",
    "win_rate",
    "profit_factor",
    "total_charges",
    "benchmark_return",
)
"""What a reader looks for first, in this order."""


def line_of(field: str) -> Line:
    """The line that shows metric `field`. Raises KeyError for a name that no section has."""
    for section in (*SECTIONS, COSTS):
        for line in section.lines:
            if line.field == field:
                return line
    raise KeyError(field)


def shown(metrics: "Metrics", line: Line) -> str:
    """The metric's value in its unit; an en dash where it is undefined."""
    value = getattr(metrics, line.field)
    if value is None:
        return UNDEFINED
    return _WRITERS[line.unit](value)


def tone(metrics: "Metrics", line: Line) -> str:
    """ "gain" or "loss" for a value whose sign is good or bad news, else an empty string."""
    value = getattr(metrics, line.field)
    if line.unit not in (Unit.GAIN, Unit.CHANGE) or not value:
        return ""
    return "gain" if value > 0 else "loss"


_WRITERS: dict[Unit, Callable[[Any], str]] = {
    Unit.RUPEES: rupees,
    Unit.GAIN: lambda value: rupees(value, signed=True),
    Unit.SHARE: percent,
    Unit.CHANGE: lambda value: percent(value, signed=True),
    Unit.RATIO: lambda value: number(float(value)),
    Unit.COUNT: lambda value: number(int(value)),
    Unit.DAY: date.isoformat,
}
