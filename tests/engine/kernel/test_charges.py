"""The compiled charges against the exact reference in Decimal."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.engine.kernel.charges import charge_items, per_share, turnover_of
from hermes.engine.prepare import rate_table
from hermes.market import Charges, ChargeSchedule, Side, charge_fill, commission_per_share, zerodha

pytestmark = pytest.mark.kernel

SEGMENTS = ("delivery", "intraday", "futures", "options", "etf")
DAYS = st.dates(date(2024, 10, 1), date(2026, 12, 31))
PARTS = st.lists(st.tuples(st.integers(1, 50_000), st.integers(5, 20_000_00)), min_size=1, max_size=4)


def row_of(schedule: ChargeSchedule, day: date) -> np.void:
    rates, rows = rate_table(schedule, np.array([day], dtype="datetime64[D]"))
    row: np.void = rates[rows[0]]
    return row


@given(st.sampled_from(SEGMENTS), DAYS, st.sampled_from(list(Side)), PARTS)
def test_every_fill_of_an_order_costs_what_the_reference_says_to_the_paisa(
    segment: str, day: date, side: Side, parts: list[tuple[int, int]]
) -> None:
    schedule = zerodha(segment)
    row = row_of(schedule, day)
    turnover, brokerage = 0.0, 0.0
    exact_turnover, exact_brokerage = Decimal(0), Decimal(0)
    for k, (quantity, paise) in enumerate(parts):
        price = paise / 100
        items = charge_items(row, side is Side.BUY, quantity, price, turnover, brokerage, k == 0)
        expected: Charges = charge_fill(
            schedule.rates_on(day),
            side,
            quantity,
            Decimal(paise) / 100,
            order_turnover_before=exact_turnover,
            order_brokerage_charged=exact_brokerage,
            dp_already_charged_today=k > 0,
        )
        assert [round(Decimal(each), 6) for each in items] == [round(each, 6) for each in expected.items]
        turnover += turnover_of(row, quantity, price)
        brokerage += items[0] - per_share(row, quantity)
        exact_turnover += Decimal(quantity) * Decimal(paise) / 100
        exact_brokerage += expected.order_brokerage


def test_intraday_round_trip_of_the_published_example_costs_82_rupees_97() -> None:
    row = row_of(zerodha("intraday"), date(2026, 6, 1))
    bought = charge_items(row, True, 100, 1000.0, 0.0, 0.0, False)
    sold = charge_items(row, False, 100, 1010.0, 0.0, 0.0, False)
    both = [round(a + b, 2) for a, b in zip(bought, sold, strict=True)]
    # brokerage, STT, transaction (NSE's IPFT inside), SEBI, IPFT, stamp, GST, DP
    assert both == [40.00, 25.25, 6.17, 0.20, 0.0, 3.00, 8.35, 0.0]
    assert sum(both) == pytest.approx(82.97, abs=1e-9)


def test_the_cap_is_the_orders_so_a_second_part_pays_only_what_is_left_of_it() -> None:
    row = row_of(zerodha("intraday"), date(2026, 6, 1))
    first = charge_items(row, True, 50, 1000.0, 0.0, 0.0, False)  # 0.03 % of 50,000 = 15.00
    second = charge_items(row, True, 50, 1000.0, 50_000.0, first[0], False)  # the order's cap is 20.00
    third = charge_items(row, True, 50, 1000.0, 100_000.0, first[0] + second[0], False)
    assert (first[0], second[0], third[0]) == (15.0, 5.0, 0.0)


def test_commission_per_share_is_the_only_charge_of_its_schedule() -> None:
    row = row_of(commission_per_share(Decimal("0.005")), date(2026, 6, 1))
    items = charge_items(row, False, 1_000, 123.45, 0.0, 0.0, True)
    assert items == (5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
