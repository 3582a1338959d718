"""The vocabulary of orders that every desk shares."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    """Which way an order or a fill goes."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """1 for a buy, -1 for a sell: what the position changes by per unit."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The side that undoes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """How an order may be priced. NSE's own names for the last two are SL-M and SL."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


class Product(StrEnum):
    """CNC is delivery: long only and fully paid. MIS is intraday: squared off before the session ends."""

    CNC = "CNC"
    MIS = "MIS"


class Validity(StrEnum):
    """How long an order works: the session it could first fill in, or the first moment only."""

    DAY = "day"
    IOC = "ioc"


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it is sent. Prices in rupees; `created_at` is timezone-aware UTC.

    `limit_price` belongs to LIMIT and STOP_LIMIT, `trigger_price` to STOP and STOP_LIMIT; elsewhere they
    are None.
    """

    order_id: str
    symbol: str
    side: Side
    quantity: int
    type: OrderType
    created_at: datetime
    product: Product = Product.CNC
    validity: Validity = Validity.DAY
    limit_price: float | None = None
    trigger_price: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError where the prices do not belong to the type or the quantity is not positive."""
        if self.quantity <= 0:
            raise ValueError(f"Order quantity must be positive, not {self.quantity}.")
        wants_limit = self.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        wants_trigger = self.type in (OrderType.STOP, OrderType.STOP_LIMIT)
        if wants_limit is (self.limit_price is None):
            raise ValueError(f"A {self.type} order {'needs a' if wants_limit else 'has no'} limit price.")
        if wants_trigger is (self.trigger_price is None):
            raise ValueError(f"A {self.type} order {'needs a' if wants_trigger else 'has no'} trigger price.")
        if self.created_at.tzinfo is None:
            raise ValueError("An order's created_at must carry its time zone.")


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of (a part of) an order. Price in rupees, charges in rupees to the paisa, time in UTC."""

    order_id: str
    symbol: str
    side: Side
    quantity: float
    price: float
    filled_at: datetime
    charges: Decimal = Decimal(0)
    reason: str = ""

    @property
    def notional(self) -> float:
        """Quantity times price, in rupees, without a sign."""
        return self.quantity * self.price
