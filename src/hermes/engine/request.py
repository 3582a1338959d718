"""What a backtest is asked for: one model for the library, the command line and the API."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hermes.data import Timeframe
from hermes.data.reports import QualityPolicy
from hermes.engine.sizing import AllIn, FixedFractional, Sizing, VolatilityTarget
from hermes.errors import UsageError
from hermes.market import Product, validate_symbol

Fraction = Annotated[float, Field(gt=0, lt=1)]


class RiskLimits(BaseModel):
    """Exits of a position and limits on entries, each off while it is None."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    stop_loss_pct: Fraction | None = Field(None, description="leave when the price is this share against the entry")
    take_profit_pct: Annotated[float, Field(gt=0)] | None = Field(
        None, description="leave when the price is this share beyond the entry"
    )
    trailing_stop_pct: Fraction | None = Field(None, description="leave this share below the best close since entry")
    max_position_pct: Annotated[float, Field(gt=0)] | None = Field(
        None, description="largest position as a share of equity"
    )
    max_open_positions: Annotated[int, Field(ge=1)] | None = Field(
        None, description="most symbols held at a time; with one symbol it never binds"
    )
    max_daily_loss: Fraction | None = Field(
        None,
        description="share of the day's start equity; beyond it, out and no entry until the next session",
    )
    cooldown_bars: int = Field(0, ge=0, description="bars without an entry after a stop")


class BacktestRequest(BaseModel):
    """One backtest, whole: instruments, strategy, period, account, execution and risk.

    Days are exchange-local and inclusive. Every field is written into the result's assumptions. `symbol="X"` is
    accepted for `symbols=("X",)`; several symbols share one account, in event mode.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    symbols: tuple[str, ...] = Field(min_length=1, description="exchange symbols, such as RELIANCE; kept sorted")
    strategy: str = Field(description="name of a strategy, or path/to/file.py:ClassName")
    params: dict[str, Any] = Field(default_factory=dict, description="the strategy's parameters")
    mode: Literal["vector", "event"] = Field(
        "vector", description="engine: vector (compiled, targets only) or event (bar by bar, orders of its own)"
    )
    timeframe: Timeframe = Field(Timeframe.M1, description="length of the bars that the strategy sees")
    start_date: date | None = Field(None, description="first day; None: the first stored")
    end_date: date | None = Field(None, description="last day; None: the last stored")

    initial_cash: float = Field(100_000.0, gt=0, le=1e13, description="rupees at the start")
    product: Product = Field(Product.CNC, description="CNC: delivery, long only; MIS: intraday, squared off")
    leverage: float = Field(1.0, ge=1, le=20, description="MIS only: margin is 1 / leverage of the position")
    fill_at: Literal["next_open", "close"] = Field(
        "next_open", description="close: optimistic, for comparison with textbook formulas"
    )
    intrabar: Literal["pessimistic", "optimistic"] = Field(
        "pessimistic", description="which exit a bar that reaches both stop and target takes"
    )
    slippage: float = Field(0.0, ge=0, lt=0.5, description="share of the price lost by each market fill")
    impact: Literal["square_root"] | None = Field(
        None, description="instead of slippage: k x daily volatility x sqrt(quantity / average daily volume)"
    )
    impact_k: float = Field(1.0, gt=0, description="k of the square-root law")
    charges: Literal["zerodha", "none"] | dict[str, Any] = Field(
        "zerodha", description="a named schedule, {'commission_per_share': x}, or a schedule of your own"
    )
    commission: Decimal | None = Field(
        None, ge=0, description="rupees per share; given, it replaces every other charge"
    )
    max_volume_share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        0.10, description="most of a bar's volume that may fill; None: no limit"
    )
    lot_size: Annotated[int, Field(ge=0)] | None = Field(
        None, description="None: the instrument's; 0: fractional quantities"
    )
    tick_rounding: bool = Field(True, description="round fill prices to the tick of the date, against the trader")
    price_bands: bool = Field(True, description="fill nothing on the locked side of a bar at its price band")
    sizing: Sizing = Field(default_factory=AllIn, description="how an entry's quantity is found")
    risk: RiskLimits = Field(default_factory=RiskLimits, description="exits and limits")
    risk_free_rate: float = Field(0.0, gt=-1, lt=1, description="a year, for Sharpe, Sortino and alpha")
    quality: QualityPolicy = Field("drop", description="what happens to bars that break the quality rules")
    benchmark: str | None = Field(None, description="symbol to compare with; None: the run's own, bought and held")

    @property
    def symbol(self) -> str:
        """The first symbol."""
        return self.symbols[0]

    @model_validator(mode="before")
    @classmethod
    def _one_symbol(cls, given: Any) -> Any:
        if isinstance(given, dict) and "symbol" in given and "symbols" not in given:
            given = {**given, "symbols": given["symbol"]}
            del given["symbol"]
        return given

    @field_validator("symbols", mode="before")
    @classmethod
    def _symbols_are_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("symbols")
    @classmethod
    def _symbols_are_valid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            names = [validate_symbol(each) for each in value]
        except UsageError as error:
            raise ValueError(str(error)) from None
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} is named twice; name each symbol once")
        return tuple(sorted(names))

    @field_validator("benchmark")
    @classmethod
    def _symbol_is_valid(cls, value: str | None) -> str | None:
        try:
            return None if value is None else validate_symbol(value)
        except UsageError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _fits_together(self) -> "BacktestRequest":
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValueError(f"end_date {self.end_date} is before start_date {self.start_date}")
        if len(self.symbols) > 1 and self.mode != "event":
            raise ValueError(f"mode {self.mode} takes one symbol, not {len(self.symbols)}; several need mode event")
        if self.product is Product.MIS and not self.timeframe.intraday:
            raise ValueError(
                f"MIS positions are squared off within the session, so {self.timeframe.value} bars cannot be used; "
                "take an intraday timeframe or product CNC"
            )
        if self.product is Product.CNC and self.leverage != 1:
            raise ValueError("CNC is paid in full, so leverage must be 1; leverage needs product MIS")
        if isinstance(self.sizing, FixedFractional) and self.risk.stop_loss_pct is None:
            raise ValueError("fixed_fractional sizing risks the way to the stop, so it needs risk.stop_loss_pct")
        if self.timeframe is Timeframe.W1 and (self.impact or isinstance(self.sizing, VolatilityTarget)):
            raise ValueError(
                "volatility_target sizing and impact rest on daily volatility, which weekly bars do not show; take 1d "
                "or shorter bars"
            )
        return self
