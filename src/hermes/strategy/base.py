"""The interface every strategy has: typed parameters, named indicators, one target column."""

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl
from pydantic import BaseModel, ConfigDict

from hermes.data.timeframe import Timeframe
from hermes.errors import StrategyError
from hermes.strategy.bar import Bar
from hermes.strategy.broker import Broker
from hermes.strategy.plot import Indicator, Plot
from hermes.strategy.signals import evaluate

if TYPE_CHECKING:
    from hermes.market.orders import Fill

_WARMUP_FACTOR = 10


class Strategy(BaseModel):
    """A rule that gives each closed bar a target: 1 long, 0 flat, -1 short, null no opinion (hold).

    The fields of a subclass are its parameters (default, bounds and description by `pydantic.Field`), so
    `model_json_schema()` describes them. A subclass writes two methods::

        class Crossover(Strategy):
            fast: int = Field(10, ge=2, description="bars of the fast average")
            slow: int = Field(30, ge=2, description="bars of the slow average")

            def indicators(self):
                return {"fast_sma": sma(self.fast), "slow_sma": sma(self.slow)}

            def signals(self):
                return pl.col("fast_sma") > pl.col("slow_sma")

    Parameters cannot change after construction; streaming state belongs in private attributes (`_name`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)

    def __setattr__(self, name: str, value: object) -> None:
        """Set a private attribute (`_name`) as plain Python does; a parameter cannot change."""
        if name.startswith("_"):
            # Pydantic would keep it where reading it costs microseconds, which a strategy pays at every bar.
            object.__setattr__(self, name, value)
        else:
            kind = type(self).__name__
            raise AttributeError(
                f"{kind}.{name} cannot be set: parameters do not change after construction, and state belongs in "
                f"private attributes, such as {kind}._{name}."
            )

    def indicators(self) -> dict[str, pl.Expr | Indicator]:
        """The named columns that `signals` and the chart use; a bare expression is drawn on the price pane."""
        return {}

    def signals(self) -> pl.Expr:
        """The target as an expression over the bars' and the indicators' columns: -1, 0, 1, null, or Boolean."""
        raise NotImplementedError(f"{type(self).__name__} does not define signals()")

    def generate_signals(self, bars: pl.DataFrame) -> pl.DataFrame:
        """The bars with one column per indicator and the Int8 column `signal` (-1, 0, 1, null).

        `bars` is sorted by symbol and timestamp; each symbol is computed on its own. Row t of `signal` depends on rows
        up to t only, as long as the expressions do. Raises StrategyError, naming the strategy, when an expression fails
        or a target is none of the allowed values.
        """
        return evaluate(type(self).__name__, self.indicators, self.signals, bars)

    def add_indicators(self, bars: pl.DataFrame) -> pl.DataFrame:
        """The bars with one column per indicator; for strategies that give no targets."""
        return evaluate(type(self).__name__, self.indicators, lambda: pl.lit(None), bars).drop("signal")

    def plots(self) -> dict[str, Plot]:
        """How each indicator is drawn, by name."""
        return {
            name: each.plot if isinstance(each, Indicator) else Plot("price")
            for name, each in self.indicators().items()
        }

    def warmup(self) -> dict[Timeframe | None, int]:
        """Bars of history wanted before the first bar that counts, by timeframe (None: the run's own).

        The default is ten times the largest whole-number parameter, enough for an exponential average to forget its
        first value to five digits or more, for every timeframe that an indicator names.
        """
        values = [getattr(self, name) for name in type(self).model_fields]
        numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
        bars = _WARMUP_FACTOR * max(numbers, default=0)
        frames = {each.timeframe for each in self.indicators().values() if isinstance(each, Indicator)}
        return dict.fromkeys({None} | frames, bars)

    # A cached one, because what `connect` stores under its name is then read at once: a third of a property's time.
    @cached_property
    def broker(self) -> Broker:
        """The account, inside `on_bar` and `on_fill`. Raises StrategyError outside a run."""
        name = type(self).__name__
        raise StrategyError(f"{name} has no account outside a run in event mode: use its broker in on_bar.")

    def connect(self, broker: Broker | None) -> None:
        """Give the strategy the account of a run, or take it away."""
        self.__dict__.pop("broker", None)
        if broker is not None:
            self.__dict__["broker"] = broker

    def on_start(self) -> None:
        """Called once before the first bar of a run in event mode: the place to make streaming indicators.

        There is no account yet: orders are sent in `on_bar` and `on_fill`.
        """

    def on_history(self, bar: Bar) -> None:
        """Called with each bar before the first day of a run in event mode, as far back as `warmup` asks: the place to
        warm streaming indicators up."""

    def on_bar(self, bar: Bar) -> None:
        """Called at each close of a run in event mode, with bars of one start in order of symbol."""

    def on_fill(self, fill: "Fill") -> None:
        """Called after each fill in event mode, before the bar it happened in is seen by `on_bar`."""

    @classmethod
    def gives_targets(cls) -> bool:
        """Whether the class defines `signals` (or its own `generate_signals`), so that the vector engine can run it."""
        return cls.signals is not Strategy.signals or cls.generate_signals is not Strategy.generate_signals

    @classmethod
    def sees_bars(cls) -> bool:
        """Whether the class defines `on_bar`, so that only event mode runs all of it."""
        return cls.on_bar is not Strategy.on_bar
