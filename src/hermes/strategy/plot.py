"""Where an indicator is drawn, and on which bars it is computed."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from hermes.data.timeframe import Timeframe

Pane = Literal["price", "own"]
Style = Literal["line", "histogram", "points"]


@dataclass(frozen=True, slots=True)
class Plot:
    """How a chart shows one indicator: over the prices or in a pane of its own, with fixed guide lines.

    Indicators of the pane "own" that name the same `group` share one pane; an empty group is a pane each.
    """

    pane: Pane
    style: Style = "line"
    guides: tuple[float, ...] = ()
    group: str = ""
    timeframe: Timeframe | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A column expression with its place on the chart; `timeframe` None computes it on the run's own bars.

    The expression sees the columns symbol, timestamp (UTC, bar start), open, high, low, close, volume, oi and
    `session` (the exchange-local date), and the strategy's other indicators of the same timeframe by name.
    """

    expr: pl.Expr
    pane: Pane = "price"
    timeframe: Timeframe | None = None
    style: Style = "line"
    guides: tuple[float, ...] = ()
    group: str = ""

    @property
    def plot(self) -> Plot:
        """The drawing part alone."""
        return Plot(self.pane, self.style, self.guides, self.group, self.timeframe)


def price_pane(expr: pl.Expr, *, style: Style = "line") -> Indicator:
    """An indicator in units of price, drawn over the candles."""
    return Indicator(expr, "price", style=style)


def own_pane(expr: pl.Expr, *, guides: tuple[float, ...] = (), style: Style = "line", group: str = "") -> Indicator:
    """An indicator with a scale of its own, drawn below the candles with lines at `guides`."""
    return Indicator(expr, "own", style=style, guides=guides, group=group)


def higher(
    timeframe: Timeframe | str,
    expr: pl.Expr,
    *,
    pane: Pane = "price",
    guides: tuple[float, ...] = (),
    style: Style = "line",
    group: str = "",
) -> Indicator:
    """An indicator of a longer timeframe: `expr` is computed on bars resampled to it.

    A value is known from the first bar that starts at or after the longer bar's end (for "1d", the next session's
    first bar), so that nothing looks ahead. Raises UnknownNameError for a timeframe that does not exist.
    """
    return Indicator(expr, pane, Timeframe.parse(timeframe), style, guides, group)
