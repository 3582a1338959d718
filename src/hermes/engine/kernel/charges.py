"""Charges of one fill in compiled form. `hermes.market.charges` is the reference, in exact decimals."""

from typing import Any

from hermes.compiled import compiled
from hermes.engine.kernel.rounding import paise, share_of

Items = tuple[float, float, float, float, float, float, float, float]


@compiled
def turnover_of(rates: Any, quantity: float, price: float) -> float:
    """Quantity x price in rupees, to the paisa where the schedule rounds."""
    return paise(quantity * price) / 100.0 if rates["rounded"] != 0 else quantity * price


@compiled
def per_share(rates: Any, quantity: float) -> float:
    """Per-share brokerage of one fill in rupees; it has no cap, so it needs no memory of the order."""
    amount = rates["per_share"] * quantity / 1e9
    return paise(amount) / 100.0 if rates["rounded"] != 0 else amount


@compiled
def charge_items(
    rates: Any,
    buying: bool,
    quantity: float,
    price: float,
    turnover_before: float,
    brokerage_before: float,
    with_dp: bool,
) -> Items:
    """Brokerage, STT, transaction, SEBI, IPFT, stamp, GST and DP of one fill, in rupees.

    `turnover_before` and `brokerage_before` (rupees) are what the same order had turned over and been charged in
    earlier fills, per-share brokerage aside: brokerage with a cap is charged on the whole order, less what was
    charged before.
    """
    turnover = paise(quantity * price)
    stt = rates["stt_buy"] if buying else rates["stt_sell"]
    stamp = rates["stamp_buy"] if buying else rates["stamp_sell"]
    dp = rates["dp"] / 100.0 if with_dp and not buying else 0.0
    if rates["rounded"] == 0:
        rupees = quantity * price
        so_far = turnover_before + rupees
        order = rates["brokerage_rate"] * so_far / 1e9
        if rates["brokerage_cap"] >= 0:
            order = min(order, rates["brokerage_cap"] / 100.0)
        order += rates["brokerage_flat"] / 100.0
        brokerage = order - brokerage_before + per_share(rates, quantity)
        transaction = rates["transaction"] * rupees / 1e9
        sebi = rates["sebi"] * rupees / 1e9
        ipft = rates["ipft"] * rupees / 1e9
        gst = rates["gst"] * (brokerage + transaction + sebi + ipft) / 1e9
        return brokerage, stt * rupees / 1e9, transaction, sebi, ipft, stamp * rupees / 1e9, gst, dp

    order_paise = share_of(paise(turnover_before) + turnover, rates["brokerage_rate"])
    if rates["brokerage_cap"] >= 0:
        order_paise = min(order_paise, rates["brokerage_cap"])
    order_paise += rates["brokerage_flat"]
    brokerage_paise = order_paise - paise(brokerage_before) + paise(per_share(rates, quantity))
    transaction_paise = share_of(turnover, rates["transaction"])
    sebi_paise = share_of(turnover, rates["sebi"])
    ipft_paise = share_of(turnover, rates["ipft"])
    gst_paise = share_of(brokerage_paise + transaction_paise + sebi_paise + ipft_paise, rates["gst"])
    return (
        brokerage_paise / 100.0,
        share_of(turnover, stt) / 100.0,
        transaction_paise / 100.0,
        sebi_paise / 100.0,
        ipft_paise / 100.0,
        share_of(turnover, stamp) / 100.0,
        gst_paise / 100.0,
        dp,
    )


@compiled
def total_of(items: Items) -> float:
    """The sum of the items, in their order."""
    return items[0] + items[1] + items[2] + items[3] + items[4] + items[5] + items[6] + items[7]
