"""What a fill costs: the dated schedules and the exact reference arithmetic in Decimal.

The compiled engine has its own float64 version of `charge_fill`; the tests hold it to this one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Literal

from hermes.errors import UnknownNameError, UsageError
from hermes.market.instruments import Instrument, InstrumentType
from hermes.market.orders import Product, Side
from hermes.market.table_reader import read_table

CHARGE_ITEMS = ("brokerage", "stt", "transaction", "sebi", "ipft", "stamp", "gst", "dp")
SEGMENTS = ("delivery", "intraday", "etf", "futures", "options")

Rounding = Literal["paisa", "none"]

_AMOUNTS = ("brokerage_cap", "brokerage_flat", "per_share", "dp", "commission_per_share")
"""Fields in rupees; every other one is a share."""
_LARGEST_AMOUNT = 1_000_000

_ZERO = Decimal(0)
_PAISA = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ChargeRates:
    """Rates in force from `valid_from`. Fractions of turnover, unless said; rupees where a flat amount is
    meant.

    brokerage of an order = min(brokerage_rate x turnover, brokerage_cap) + brokerage_flat (per order);
    `per_share` adds rupees per unit to it. `gst` is a fraction of brokerage + transaction + sebi + ipft.
    `dp` is rupees per symbol and selling day, its GST included.
    """

    valid_from: date
    brokerage_rate: Decimal = _ZERO
    brokerage_cap: Decimal | None = None
    brokerage_flat: Decimal = _ZERO
    per_share: Decimal = _ZERO
    stt_buy: Decimal = _ZERO
    stt_sell: Decimal = _ZERO
    transaction: Decimal = _ZERO
    sebi: Decimal = _ZERO
    ipft: Decimal = _ZERO
    stamp_buy: Decimal = _ZERO
    stamp_sell: Decimal = _ZERO
    gst: Decimal = _ZERO
    dp: Decimal = _ZERO
    source: str = ""


RATE_FIELDS = tuple(each.name for each in fields(ChargeRates) if each.name not in ("valid_from", "source"))


@dataclass(frozen=True, slots=True)
class Charges:
    """The charges of one fill in rupees, in the order of CHARGE_ITEMS.

    `order_brokerage` is the part of `brokerage` that counts against the order's cap (everything but
    `per_share`); its sum over an order's fills is the next fill's `order_brokerage_charged`.
    """

    brokerage: Decimal
    stt: Decimal
    transaction: Decimal
    sebi: Decimal
    ipft: Decimal
    stamp: Decimal
    gst: Decimal
    dp: Decimal
    order_brokerage: Decimal

    @property
    def items(self) -> tuple[Decimal, ...]:
        """The amounts in the order of CHARGE_ITEMS."""
        return (
            self.brokerage,
            self.stt,
            self.transaction,
            self.sebi,
            self.ipft,
            self.stamp,
            self.gst,
            self.dp,
        )

    @property
    def total(self) -> Decimal:
        """The sum of all items."""
        return sum(self.items, _ZERO)


@dataclass(frozen=True, slots=True)
class ChargeSchedule:
    """Rates of one segment over time, oldest first, and whether each item is rounded to the paisa."""

    name: str
    segment: str
    rates: tuple[ChargeRates, ...]
    rounding: Rounding = "paisa"

    def __post_init__(self) -> None:
        """Raise UsageError where the rows are missing or out of order."""
        days = [each.valid_from for each in self.rates]
        if not days or sorted(set(days)) != days:
            raise UsageError(f"Charge schedule {self.name!r} needs rows with rising valid_from dates, not {days}.")

    def rates_on(self, day: date) -> ChargeRates:
        """The rates in force on `day`; before the first row the first row's (see `covers`)."""
        found = self.rates[0]
        for each in self.rates:
            if each.valid_from > day:
                break
            found = each
        return found

    def covers(self, day: date) -> bool:
        """False for days before the first row, whose true rates this schedule does not know."""
        return day >= self.rates[0].valid_from


def half_up(amount: Decimal) -> Decimal:
    """`amount` in rupees, rounded to whole paise, halves away from zero."""
    return amount.quantize(_PAISA, rounding=ROUND_HALF_UP)


def charge_fill(
    rates: ChargeRates,
    side: Side,
    quantity: int | Decimal,
    price: Decimal,
    *,
    order_turnover_before: Decimal = _ZERO,
    order_brokerage_charged: Decimal = _ZERO,
    dp_already_charged_today: bool = False,
    rounding: Rounding = "paisa",
) -> Charges:
    """The charges of one fill, exact.

    Turnover and every item are rounded half up to the paisa, unless `rounding` is "none".
    `order_turnover_before` and `order_brokerage_charged` are the (rounded) turnover and brokerage of the
    same order's earlier fills: the cap and the flat fee are the order's, so a fill pays what the order owes
    so far less what it has paid. DP is due on a sale, once per symbol and day: pass
    `dp_already_charged_today=True` from the second on. Formula: docs/execution-model.md, "Charges of one
    fill".
    """
    rounded = half_up if rounding == "paisa" else _exact
    turnover = rounded(Decimal(quantity) * price)
    owed = rates.brokerage_rate * (order_turnover_before + turnover)
    if rates.brokerage_cap is not None:
        owed = min(owed, rates.brokerage_cap)
    order_brokerage = rounded(owed + rates.brokerage_flat) - order_brokerage_charged
    brokerage = order_brokerage + rounded(rates.per_share * Decimal(quantity))
    transaction = rounded(rates.transaction * turnover)
    sebi = rounded(rates.sebi * turnover)
    ipft = rounded(rates.ipft * turnover)
    selling = side is Side.SELL
    return Charges(
        brokerage=brokerage,
        stt=rounded((rates.stt_sell if selling else rates.stt_buy) * turnover),
        transaction=transaction,
        sebi=sebi,
        ipft=ipft,
        stamp=rounded((rates.stamp_sell if selling else rates.stamp_buy) * turnover),
        gst=rounded(rates.gst * (brokerage + transaction + sebi + ipft)),
        dp=rounded(rates.dp) if selling and not dp_already_charged_today else _ZERO,
        order_brokerage=order_brokerage,
    )


def _exact(amount: Decimal) -> Decimal:
    return amount


def segment_of(instrument: Instrument, product: Product) -> str:
    """Which column of the charges applies: delivery, intraday, etf (delivery of fund units), futures or
    options."""
    if instrument.type is InstrumentType.FUTURE:
        return "futures"
    if instrument.type is InstrumentType.OPTION:
        return "options"
    if product is Product.MIS:
        return "intraday"
    return "etf" if instrument.type is InstrumentType.ETF else "delivery"


@cache
def zerodha(segment: str) -> ChargeSchedule:
    """Zerodha's brokerage with NSE's and the state's dated charges. Raises UnknownNameError for a segment."""
    if segment not in SEGMENTS:
        raise UnknownNameError("charge segment", segment, SEGMENTS, f"Allowed: {', '.join(SEGMENTS)}.")
    facts = [row for row in read_table("charges") if segment in row["segments"].split("|")]
    first_known = {
        item: min(row["valid_from"] for row in facts if row["item"] == item) for item in {r["item"] for r in facts}
    }
    start = max(first_known.values())
    days = sorted({max(row["valid_from"], start) for row in facts})
    return ChargeSchedule("zerodha", segment, tuple(_rates_from_facts(facts, day) for day in days))


def _rates_from_facts(facts: list[dict[str, str]], day: str) -> ChargeRates:
    in_force: dict[str, dict[str, str]] = {}
    for row in sorted(facts, key=lambda each: each["valid_from"]):
        if row["valid_from"] <= day:
            in_force[row["item"]] = row
    values = {item: Decimal(row["value"]) for item, row in in_force.items()}
    sources = dict.fromkeys(row["source"] for row in in_force.values())
    return _rates(date.fromisoformat(day), values, "; ".join(sources))


def _rates(day: date, values: Mapping[str, Decimal | None], source: str) -> ChargeRates:
    cap = values.get("brokerage_cap")
    amounts = {name: value for name, value in values.items() if name != "brokerage_cap" and value is not None}
    return ChargeRates(valid_from=day, brokerage_cap=cap, source=source, **amounts)


def no_charges() -> ChargeSchedule:
    """A schedule under which nothing costs anything."""
    return ChargeSchedule("none", "any", (ChargeRates(date.min),))


def commission_per_share(amount: float | Decimal | str) -> ChargeSchedule:
    """A commission in rupees per share, nothing else. Raises UsageError where it is negative or no number."""
    value = _decimal("commission_per_share", amount)
    return ChargeSchedule("commission_per_share", "any", (ChargeRates(date.min, per_share=value),))


def schedule_from_mapping(mapping: Mapping[str, object]) -> ChargeSchedule:
    """A user's schedule: RATE_FIELDS by name (missing ones are 0), optionally `name` and `rounding`.

    Rates that changed are given as `rates`: a list of such mappings, each with its `valid_from` (ISO date).
    `{"commission_per_share": x}` alone is short for `per_share`. Numbers may be int, float, str or Decimal
    (a float means the decimal number it prints as). Raises UsageError (unknown field, negative or non-finite number,
    a `valid_from` that is no date or out of order).
    """
    if "commission_per_share" in mapping:
        if len(mapping) > 1:
            raise UsageError("commission_per_share stands alone; beside other charges write per_share.")
        return commission_per_share(mapping["commission_per_share"])  # type: ignore[arg-type]
    dated = mapping.get("rates")
    _refuse_unknown(
        mapping, ("name", "rounding", "rates") if "rates" in mapping else ("name", "rounding", *RATE_FIELDS)
    )
    rounding = mapping.get("rounding", "paisa")
    if rounding not in {"paisa", "none"}:
        raise UsageError(f"Charge field 'rounding' is {rounding!r}. Allowed: 'paisa', 'none'.")
    name = str(mapping.get("name", "custom"))
    if dated is None:
        return ChargeSchedule(name, "any", (_user_rates(date.min, mapping),), rounding)
    if not isinstance(dated, Sequence) or not all(isinstance(row, Mapping) for row in dated):
        raise UsageError("Charge field 'rates' must be a list of rows, each with valid_from and its rates.")
    return ChargeSchedule(name, "any", tuple(_dated_row(row) for row in dated), rounding)


def _dated_row(row: Mapping[str, object]) -> ChargeRates:
    _refuse_unknown(row, ("valid_from", *RATE_FIELDS))
    try:
        day = date.fromisoformat(str(row.get("valid_from")))
    except ValueError:
        problem = f"Charge field 'valid_from' is {row.get('valid_from')!r}. It must be a date such as '2026-03-01'."
        raise UsageError(problem) from None
    return _user_rates(day, row)


def _user_rates(day: date, mapping: Mapping[str, object]) -> ChargeRates:
    values = {
        name: None if name == "brokerage_cap" and mapping[name] is None else _decimal(name, mapping[name])
        for name in RATE_FIELDS
        if name in mapping
    }
    return _rates(day, values, "given by the user")


def _refuse_unknown(mapping: Mapping[str, object], known: Sequence[str]) -> None:
    for key in mapping:
        if key not in known:
            raise UnknownNameError("charge field", str(key), known, f"Allowed: {', '.join(known)}.")


def _decimal(field: str, value: object) -> Decimal:
    problem = f"Charge field {field!r} is {value!r}. It must be a number that is finite and not negative."
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise UsageError(problem)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise UsageError(problem) from None
    if not number.is_finite() or number < 0:
        raise UsageError(problem)
    if field in _AMOUNTS and number > _LARGEST_AMOUNT:
        raise UsageError(f"Charge field {field!r} is {value}. It is in rupees, at most {_LARGEST_AMOUNT:,}.")
    if field not in _AMOUNTS and number >= 1:
        raise UsageError(
            f"Charge field {field!r} is {value}. It is a share of the amount charged, below 1: write 0.001 for 0.1 %."
        )
    return number
