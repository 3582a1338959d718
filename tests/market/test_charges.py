import re
from datetime import date
from decimal import Decimal

import pytest

from hermes.errors import UnknownNameError, UsageError
from hermes.market.charges import (
    CHARGE_ITEMS,
    SEGMENTS,
    ChargeRates,
    ChargeSchedule,
    charge_fill,
    commission_per_share,
    no_charges,
    schedule_from_mapping,
    segment_of,
    zerodha,
)
from hermes.market.instruments import Instrument, InstrumentType
from hermes.market.orders import Product, Side

FY27 = date(2026, 6, 1)


def round_trip(segment: str, quantity: int, bought: str, sold: str, day: date = FY27) -> dict[str, Decimal]:
    rates = zerodha(segment).rates_on(day)
    fills = (
        charge_fill(rates, Side.BUY, quantity, Decimal(bought)),
        charge_fill(rates, Side.SELL, quantity, Decimal(sold)),
    )
    sums = (sum(items, Decimal(0)) for items in zip(*(each.items for each in fills), strict=True))
    return dict(zip(CHARGE_ITEMS, sums, strict=True))


def total(segment: str, quantity: int, bought: str, sold: str, day: date = FY27) -> Decimal:
    return sum(round_trip(segment, quantity, bought, sold, day).values(), Decimal(0))


def rupees(**amounts: str) -> dict[str, Decimal]:
    return {item: Decimal(amounts.get(item, "0")) for item in CHARGE_ITEMS}


def test_intraday_round_trip_with_a_profit_agrees_item_by_item() -> None:
    assert round_trip("intraday", 100, "1000", "1010") == rupees(
        brokerage="40.00", stt="25.25", transaction="6.17", sebi="0.20", stamp="3.00", gst="8.35"
    )
    assert total("intraday", 100, "1000", "1010") == Decimal("82.97")


def test_delivery_round_trip_agrees_item_by_item() -> None:
    assert round_trip("delivery", 100, "1000", "1100") == rupees(
        stt="210", transaction="6.45", sebi="0.21", stamp="15", gst="1.20", dp="15.34"
    )
    assert total("delivery", 100, "1000", "1100") == Decimal("248.20")


def test_large_flat_intraday_round_trip_pays_the_capped_brokerage() -> None:
    assert total("intraday", 1000, "1000", "1000") == Decimal("402.02")


def test_futures_round_trip() -> None:
    assert total("futures", 400, "1000", "1000") == Decimal("273.42")


def test_options_round_trip_on_premium() -> None:
    assert total("options", 75, "100", "100") == Decimal("64.98")


def test_delivery_of_fifty_lakh_agrees_with_the_example_of_openalgo_but_for_dp() -> None:
    items = round_trip("delivery", 5000, "1000", "1000")
    assert items == rupees(stt="10000", transaction="307", sebi="10", stamp="750", gst="57.06", dp="15.34")
    assert sum(items.values()) - items["dp"] == Decimal("11124.06")


@pytest.mark.parametrize(("notional", "percent"), [(50_000, "0.106"), (100_000, "0.083"), (500_000, "0.045")])
def test_breakeven_of_an_intraday_round_trip(notional: int, percent: str) -> None:
    cost = total("intraday", notional // 100, "100", "100") / notional * 100
    assert abs(cost - Decimal(percent)) < Decimal("0.0005")


def test_rates_of_financial_year_2024_apply_before_october_2024() -> None:
    # Per crore and side: 322 transaction, 10 IPFT, 10 SEBI.
    items = round_trip("delivery", 100, "1000", "1000", date(2024, 6, 3))
    assert items == rupees(
        # each side: (3.22 + 0.10 + 0.10) x 18 % = 0.6156 -> 0.62
        stt="200",
        transaction="6.44",
        sebi="0.20",
        ipft="0.20",
        stamp="15",
        gst="1.24",
        dp="15.93",
    )


@pytest.mark.parametrize(
    ("segment", "day", "stt_sell"),
    [
        ("futures", date(2023, 3, 31), "0.0001"),
        ("futures", date(2023, 4, 1), "0.000125"),
        ("futures", date(2024, 9, 30), "0.000125"),
        ("futures", date(2024, 10, 1), "0.0002"),
        ("futures", date(2026, 3, 31), "0.0002"),
        ("futures", date(2026, 4, 1), "0.0005"),
        ("options", date(2026, 3, 31), "0.001"),
        ("options", date(2026, 4, 1), "0.0015"),
        ("delivery", date(2026, 4, 1), "0.001"),
        ("intraday", date(2026, 4, 1), "0.00025"),
    ],
)
def test_securities_transaction_tax_changes_on_its_day(segment: str, day: date, stt_sell: str) -> None:
    assert zerodha(segment).rates_on(day).stt_sell == Decimal(stt_sell)


@pytest.mark.parametrize(
    ("segment", "day", "transaction", "ipft"),
    [
        ("delivery", date(2024, 3, 31), "0.0000325", "0.000001"),
        ("delivery", date(2024, 9, 30), "0.0000322", "0.000001"),
        ("delivery", date(2024, 10, 1), "0.0000297", "0.000001"),
        ("delivery", date(2026, 2, 28), "0.0000297", "0.000001"),
        ("delivery", date(2026, 3, 1), "0.0000307", "0"),
        ("futures", date(2026, 2, 28), "0.0000173", "0.000001"),
        ("futures", date(2026, 3, 1), "0.0000183", "0"),
        ("options", date(2026, 2, 28), "0.0003503", "0.000005"),
        ("options", date(2026, 3, 1), "0.0003553", "0"),
    ],
)
def test_exchange_charges_change_on_their_day(segment: str, day: date, transaction: str, ipft: str) -> None:
    rates = zerodha(segment).rates_on(day)
    assert (rates.transaction, rates.ipft) == (Decimal(transaction), Decimal(ipft))


def test_brokerage_cap_is_the_orders_and_not_the_fills() -> None:
    rates = zerodha("intraday").rates_on(FY27)
    # 0.03 % of 30,000 = 9; of 60,000 = 18; of 90,000 = 27, capped at 20.
    turnover, charged = Decimal(0), Decimal(0)
    brokerages = []
    for _ in range(4):
        charges = charge_fill(
            rates,
            Side.BUY,
            30,
            Decimal(1000),
            order_turnover_before=turnover,
            order_brokerage_charged=charged,
        )
        turnover += 30_000
        charged += charges.order_brokerage
        brokerages.append(charges.brokerage)
    assert brokerages == [Decimal(9), Decimal(9), Decimal(2), Decimal(0)]


def test_flat_fee_of_an_options_order_is_charged_with_its_first_fill_only() -> None:
    rates = zerodha("options").rates_on(FY27)
    first = charge_fill(rates, Side.BUY, 75, Decimal(100))
    second = charge_fill(
        rates,
        Side.BUY,
        75,
        Decimal(100),
        order_turnover_before=Decimal(7500),
        order_brokerage_charged=first.order_brokerage,
    )
    assert (first.brokerage, second.brokerage) == (Decimal(20), Decimal(0))


def test_dp_is_charged_once_per_symbol_and_selling_day_and_never_on_a_purchase() -> None:
    rates = zerodha("delivery").rates_on(FY27)
    assert charge_fill(rates, Side.BUY, 1, Decimal(100)).dp == 0
    assert charge_fill(rates, Side.SELL, 1, Decimal(100)).dp == Decimal("15.34")
    assert charge_fill(rates, Side.SELL, 1, Decimal(100), dp_already_charged_today=True).dp == 0


def test_items_are_rounded_half_up_to_the_paisa() -> None:
    rates = ChargeRates(date(2026, 1, 1), stt_buy=Decimal("0.001"), sebi=Decimal("0.0005"))
    charges = charge_fill(rates, Side.BUY, 1, Decimal("15"))
    # 15 x 0.001 = 0.015 and 15 x 0.0005 = 0.0075.
    assert (charges.stt, charges.sebi) == (Decimal("0.02"), Decimal("0.01"))
    assert charge_fill(rates, Side.BUY, 1, Decimal("25")).stt == Decimal("0.03")  # half-even would give 0.02


def test_turnover_is_rounded_to_the_paisa_before_it_is_charged() -> None:
    rates = ChargeRates(date(2026, 1, 1), stt_buy=Decimal(1))
    assert charge_fill(rates, Side.BUY, Decimal("0.5"), Decimal("0.01")).stt == Decimal("0.01")


def test_without_rounding_the_amounts_are_exact() -> None:
    rates = zerodha("intraday").rates_on(FY27)
    charges = charge_fill(rates, Side.SELL, 1, Decimal("100.05"), rounding="none")
    assert charges.transaction == Decimal("0.0000307") * Decimal("100.05")
    assert charges.brokerage == Decimal("0.030015")


def test_total_is_the_sum_of_the_items() -> None:
    charges = charge_fill(zerodha("delivery").rates_on(FY27), Side.SELL, 100, Decimal(1100))
    assert (
        charges.total
        == sum(charges.items)
        == Decimal("110") + Decimal("3.38") + Decimal("0.11") + Decimal("0.63") + Decimal("15.34")
    )


def test_etf_units_pay_tax_on_delivery_sales_only() -> None:
    rates = zerodha("etf").rates_on(FY27)
    assert (rates.stt_buy, rates.stt_sell) == (Decimal(0), Decimal("0.00001"))


@pytest.mark.parametrize("segment", SEGMENTS)
def test_every_segment_knows_its_charges_since_2021_and_says_where_it_does_not(segment: str) -> None:
    schedule = zerodha(segment)
    assert schedule.rates[0].valid_from == date(2021, 4, 1)
    assert schedule.covers(date(2021, 4, 1))
    assert not schedule.covers(date(2021, 3, 31))
    assert schedule.rates_on(date(2016, 8, 16)) is schedule.rates[0]
    assert all(each.source and each.gst == Decimal("0.18") for each in schedule.rates)


def test_unknown_segment_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'intraday'"):
        zerodha("intra-day")


@pytest.mark.parametrize(
    ("kind", "product", "segment"),
    [
        (InstrumentType.EQUITY, Product.CNC, "delivery"),
        (InstrumentType.EQUITY, Product.MIS, "intraday"),
        (InstrumentType.ETF, Product.CNC, "etf"),
        (InstrumentType.ETF, Product.MIS, "intraday"),
        (InstrumentType.INDEX, Product.CNC, "delivery"),
        (InstrumentType.FUTURE, Product.MIS, "futures"),
        (InstrumentType.OPTION, Product.MIS, "options"),
    ],
)
def test_segment_follows_from_instrument_and_product(kind: InstrumentType, product: Product, segment: str) -> None:
    assert segment_of(Instrument("X", type=kind), product) == segment


def test_commission_per_share_stands_alone() -> None:
    rates = commission_per_share(0.005).rates_on(FY27)
    charges = charge_fill(rates, Side.BUY, 1000, Decimal("123.45"))
    assert charges.total == charges.brokerage == Decimal("5.00")
    assert charges.order_brokerage == 0


def test_no_charges_cost_nothing() -> None:
    schedule = no_charges()
    assert charge_fill(schedule.rates_on(FY27), Side.SELL, 1000, Decimal(1000)).total == 0
    assert schedule.covers(date(1900, 1, 1))


def test_a_users_schedule_is_read_field_by_field() -> None:
    schedule = schedule_from_mapping(
        {"name": "mine", "brokerage_rate": 0.0001, "brokerage_cap": None, "gst": "0.18", "rounding": "none"}
    )
    charges = charge_fill(schedule.rates_on(FY27), Side.BUY, 1, Decimal(1000), rounding=schedule.rounding)
    assert schedule.name == "mine"
    assert (charges.brokerage, charges.gst) == (Decimal("0.1"), Decimal("0.018"))


def test_a_users_commission_is_short_for_per_share() -> None:
    assert schedule_from_mapping({"commission_per_share": 1}) == commission_per_share(1)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"brokerage_rte": 1}, "Did you mean 'brokerage_rate'"),
        ({"stt_buy": -0.1}, "'stt_buy' is -0.1"),
        ({"stt_buy": float("nan")}, "'stt_buy' is nan"),
        ({"gst": "lots"}, "'gst' is 'lots'"),
        ({"gst": True}, "'gst' is True"),
        ({"gst": None}, "'gst' is None"),
        ({"rounding": "rupee"}, "'rounding' is 'rupee'"),
        ({"commission_per_share": 1, "gst": 0.18}, "stands alone"),
        ({"commission_per_share": "x"}, "'commission_per_share' is 'x'"),
    ],
)
def test_a_wrong_schedule_names_the_field(mapping: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        schedule_from_mapping(mapping)


def test_a_schedule_wants_rising_dates() -> None:
    rows = (ChargeRates(date(2024, 1, 1)), ChargeRates(date(2023, 1, 1)))
    with pytest.raises(UsageError, match="rising"):
        ChargeSchedule("mine", "any", rows)


def test_a_users_schedule_may_be_dated() -> None:
    schedule = schedule_from_mapping(
        {"name": "mine", "rates": [{"valid_from": "2024-01-01", "stt_sell": 0.001},
                                   {"valid_from": "2025-01-01", "stt_sell": "0.002"}]}
    )  # fmt: skip
    assert schedule.rates_on(date(2024, 12, 31)).stt_sell == Decimal("0.001")
    assert schedule.rates_on(date(2025, 1, 1)).stt_sell == Decimal("0.002")
    assert not schedule.covers(date(2023, 12, 31))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"stt_sell": 0.001}], "'valid_from' is None"),
        ([{"valid_from": "soon"}], "'valid_from' is 'soon'"),
        ([{"valid_from": "2024-01-01", "rates": []}], "Unknown charge field 'rates'"),
        ([{"valid_from": "2025-01-01"}, {"valid_from": "2024-01-01"}], "rising valid_from"),
        ("0.001", "must be a list of rows"),
    ],
)
def test_a_dated_schedule_that_cannot_be_read_says_why(rows: object, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        schedule_from_mapping({"rates": rows})
