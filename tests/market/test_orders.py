from datetime import UTC, datetime
from typing import Any

import pytest

from hermes.market.orders import Fill, Order, OrderType, Side

NOON = datetime(2024, 6, 3, 6, 30, tzinfo=UTC)


def order(**changes: Any) -> Order:
    base: dict[str, Any] = {
        "order_id": "1",
        "symbol": "TCS",
        "side": Side.BUY,
        "quantity": 10,
        "type": OrderType.MARKET,
        "created_at": NOON,
    }
    return Order(**base | changes)


def test_sides_have_a_sign_and_an_opposite() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert (Side.BUY.opposite, Side.SELL.opposite) == (Side.SELL, Side.BUY)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": OrderType.LIMIT, "limit_price": 100.0},
        {"type": OrderType.STOP, "trigger_price": 100.0},
        {"type": OrderType.STOP_LIMIT, "limit_price": 101.0, "trigger_price": 100.0},
    ],
)
def test_each_type_takes_the_prices_it_needs(changes: dict[str, Any]) -> None:
    assert order(**changes).quantity == 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantity": 0}, "positive, not 0"),
        ({"type": OrderType.LIMIT}, "limit order needs a limit price"),
        ({"limit_price": 100.0}, "market order has no limit price"),
        ({"type": OrderType.STOP}, "stop order needs a trigger price"),
        ({"trigger_price": 1.0}, "market order has no trigger price"),
        ({"created_at": NOON.replace(tzinfo=None)}, "time zone"),
    ],
)
def test_an_order_that_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        order(**changes)


def test_a_fill_knows_its_notional() -> None:
    assert Fill("1", "TCS", Side.SELL, 10, 100.5, NOON).notional == 1005.0
