"""What goes into the oracle and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Exact = Fraction
Rates = Mapping[str, Decimal | None]
Side = Literal["buy", "sell"]
Refusal = Literal["cooldown", "zero_quantity", "position_limit", "buying_power", "lapsed"]

CHARGE_ITEMS = ("brokerage", "stt", "transaction", "sebi", "ipft", "stamp", "gst", "dp")


def exact(number: float | Decimal | Fraction) -> Exact:
    """The number as a person would write it: 0.1 is one tenth, not the binary fraction nearest to it."""
    return Fraction(number) if isinstance(number, Fraction | int) else Fraction(str(number))


def sign(number: Exact) -> int:
    return (number > 0) - (number < 0)


@dataclass(frozen=True)
class Bar:
    """One bar, and what is known about its day; prices per unit, `session` counts trading days."""

    index: int
    session: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    tick: float = 0.0
    band_lower: float | None = None
    band_upper: float | None = None
    square_off_open: bool = False
    last_of_session: bool = False
    day_volatility: float | None = None
    average_daily_volume: float | None = None
    atr: float | None = None
    sizing_volatility: float | None = None
    charge_rates: Rates = field(default_factory=dict)


@dataclass(frozen=True)
class Sizing:
    mode: Literal[
        "all_in",
        "fixed_quantity",
        "percent_equity",
        "fixed_fractional",
        "atr",
        "volatility_target",
        "kelly",
    ] = "all_in"
    quantity: float = 10
    fraction: float = 0.10
    risk: float = 0.01
    multiple: float = 2.0
    target: float = 0.15


@dataclass(frozen=True)
class OracleSettings:
    initial_cash: float = 100_000.0
    product: Literal["CNC", "MIS"] = "CNC"
    leverage: float = 1.0
    fill_at: Literal["next_open", "close"] = "next_open"
    intrabar: Literal["pessimistic", "optimistic"] = "pessimistic"
    slippage: float = 0.0
    impact: Literal["square_root"] | None = None
    impact_k: float = 1.0
    max_volume_share: float | None = 0.10
    zero_volume_blocks: bool = True
    lot: int = 1
    sizing: Sizing = field(default_factory=Sizing)
    stop_loss_pct: float | None = None
    take_profit_pct: float | None = None
    trailing_stop_pct: float | None = None
    max_position_pct: float | None = None
    max_daily_loss: float | None = None
    cooldown_bars: int = 0
    rounding: Literal["paisa", "none"] = "paisa"


@dataclass(frozen=True)
class Fill:
    """`charges` in the order of CHARGE_ITEMS; `quantity` is positive."""

    bar: int
    side: Side
    quantity: float
    price: float
    reason: str
    charges: tuple[float, ...]


@dataclass(frozen=True)
class Rejection:
    bar: int
    side: Side
    quantity: float
    reason: Refusal


@dataclass(frozen=True)
class Trade:
    entry_bar: int
    exit_bar: int
    side: Literal["long", "short"]
    quantity: float
    entry_price: float
    exit_price: float
    gross: float
    charges: float
    net: float
    bars_held: int
    reason: str
    mae: float
    mfe: float


@dataclass(frozen=True)
class OracleResult:
    """`equity`, `cash` and `position` hold one value per bar, at its close."""

    fills: list[Fill]
    rejections: list[Rejection]
    equity: list[float]
    cash: list[float]
    position: list[float]
    trades: list[Trade]
    shorts_ignored: int
