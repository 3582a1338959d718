from decimal import Decimal
from fractions import Fraction

import pytest
from tests.oracle.charges import OrderTotals, charge, half_up
from tests.oracle.model import Rates, Sizing
from tests.oracle.scenario import alike, flat, run

INTRADAY: Rates = {
    "brokerage_rate": Decimal("0.0003"),
    "brokerage_cap": Decimal(20),
    "stt_sell": Decimal("0.00025"),
    "transaction": Decimal("0.0000307"),
    "sebi": Decimal("0.000001"),
    "stamp_buy": Decimal("0.00003"),
    "gst": Decimal("0.18"),
}
DELIVERY: Rates = {
    "stt_buy": Decimal("0.001"),
    "stt_sell": Decimal("0.001"),
    "transaction": Decimal("0.0000307"),
    "sebi": Decimal("0.000001"),
    "stamp_buy": Decimal("0.00015"),
    "gst": Decimal("0.18"),
    "dp": Decimal("15.34"),
}


def total(rates: Rates, first: tuple[int, int], second: tuple[int, int]) -> float:
    """Charges of buying and selling (quantity, price) once each."""
    paid = [
        charge(
            rates,
            side,
            Fraction(quantity),
            Fraction(price),
            OrderTotals(),
            dp_paid_today=False,
            rounding="paisa",
        )
        for side, (quantity, price) in ((1, first), (-1, second))
    ]
    return float(paid[0].total + paid[1].total)


def test_published_examples_come_out_to_the_paisa() -> None:
    assert total(INTRADAY, (100, 1000), (100, 1010)) == 82.97
    assert total(INTRADAY, (1000, 1000), (1000, 1000)) == 402.02
    assert total(DELIVERY, (100, 1000), (100, 1100)) == 248.20


def test_halves_go_away_from_zero() -> None:
    assert half_up(Fraction("0.125")) == Fraction("0.13")
    assert half_up(Fraction("-0.125")) == Fraction("-0.13")
    assert half_up(Fraction("0.12499")) == Fraction("0.12")


def test_brokerage_has_one_cap_for_all_fills_of_an_order() -> None:
    bars = alike([flat(1000), *[flat(1000, 300)] * 4], charge_rates=INTRADAY)
    sizing = Sizing("fixed_quantity", quantity=80)
    result = run(bars, [1], initial_cash=100_000.0, sizing=sizing, max_daily_loss=None)
    # 30, 30 and 20 units: 9.00, 9.00, then 2.00 up to the cap; the exit is an order of its own.
    assert [fill.charges[0] for fill in result.fills] == [9, 9, 2, 20]


def test_dp_is_charged_once_a_selling_day() -> None:
    bars = alike([*[flat(100)] * 2, *[flat(100, 500)] * 2, *[flat(100)] * 3], charge_rates=DELIVERY)
    sizing = Sizing("fixed_quantity", quantity=80)
    result = run(bars, [1, 0, None, 1, 0], sizing=sizing)
    assert [(fill.side, fill.quantity, fill.charges[7]) for fill in result.fills] == [
        ("buy", 80, 0),
        ("sell", 50, 15.34),
        ("sell", 30, 0),
        ("buy", 80, 0),
        ("sell", 80, 0),
    ]


def test_commission_per_share_is_brokerage() -> None:
    rates: Rates = {"per_share": Decimal("0.005")}
    result = run([flat(100, charge_rates=rates)] * 3, [1])
    # 99 units: 0.495, half up 0.50.
    assert [fill.charges[0] for fill in result.fills] == [0.5, 0.5]


def test_unrounded_charges_keep_their_fractions() -> None:
    rates: Rates = {"per_share": Decimal("0.005")}
    result = run([flat(100, charge_rates=rates)] * 3, [1], rounding="none")
    assert result.fills[0].charges[0] == pytest.approx(0.495)


def test_money_for_the_charges_is_kept_back() -> None:
    bars = [flat(100, charge_rates={"brokerage_flat": Decimal(20)})] * 3
    result = run(bars, [1])
    assert result.fills[0].quantity == 99
    assert result.cash == [10_000, 80, 9_960]
    assert result.trades[0].net == -40
