"""Facts about exchanges, dated (sessions, ticks, bands, lots, charges, instruments), and the vocabulary of
orders."""

from hermes.market.charges import (
    CHARGE_ITEMS,
    ChargeRates,
    Charges,
    ChargeSchedule,
    charge_fill,
    commission_per_share,
    no_charges,
    schedule_from_mapping,
    segment_of,
    zerodha,
)
from hermes.market.instruments import (
    Instrument,
    InstrumentType,
    default_instrument,
    file_name,
    nifty50,
    symbol_of,
    validate_symbol,
)
from hermes.market.orders import Fill, Order, OrderType, Product, Side, Validity
from hermes.market.sessions import (
    IST,
    IST_OFFSET_US,
    Session,
    SessionCalendar,
    SessionKind,
    nse_calendar,
    square_off_time,
)

__all__ = [
    "CHARGE_ITEMS",
    "IST",
    "IST_OFFSET_US",
    "ChargeRates",
    "ChargeSchedule",
    "Charges",
    "Fill",
    "Instrument",
    "InstrumentType",
    "Order",
    "OrderType",
    "Product",
    "Session",
    "SessionCalendar",
    "SessionKind",
    "Side",
    "Validity",
    "charge_fill",
    "commission_per_share",
    "default_instrument",
    "file_name",
    "nifty50",
    "no_charges",
    "nse_calendar",
    "schedule_from_mapping",
    "segment_of",
    "square_off_time",
    "symbol_of",
    "validate_symbol",
    "zerodha",
]
