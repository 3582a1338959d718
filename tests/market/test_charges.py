from datetime import date
from decimal import Decimal

from hermes.market.charges import charge_fill, zerodha
from hermes.market.orders import Side

FY27 = date(2026, 6, 1)


def round_trip(segment: str, quantity: int, bought: str, sold: str, day: date = FY27) -> tuple[Decimal, ...]:
    rates = zerodha(segment).rates_on(day)
    fills = (
        charge_fill(rates, Side.BUY, quantity, Decimal(bought)),
        charge_fill(rates, Side.SELL, quantity, Decimal(sold)),
    )
    return tuple(sum(items, Decimal(0)) for items in zip(*(each.items for each in fills), strict=True))


def rupees(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(each) for each in amounts)


def test_intraday_round_trip_of_the_reference_page_to_the_paisa() -> None:
    items = round_trip("intraday", 100, "1000", "1010")
    assert items == rupees("40", "25.25", "6.17", "0.20", "0", "3", "8.35", "0")
    assert sum(items) == Decimal("82.97")
