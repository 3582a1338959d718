"""Cash, position, lots and the list of fills: the page's accounting."""

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.charges import Charged, OrderTotals, Rounding, charge
from tests.oracle.excursions import excursions
from tests.oracle.model import Bar, Exact, Fill, Trade, sign


@dataclass
class Order:
    """`quantity` is what is left of it; `first_bar` is the first bar in which it could fill."""

    side: int
    quantity: Exact
    reason: str
    first_bar: int
    totals: OrderTotals = field(default_factory=OrderTotals)

    @property
    def has_filled(self) -> bool:
        return self.totals.turnover > 0


@dataclass
class Lot:
    bar: int
    quantity: Exact
    price: Exact
    charge_per_unit: Exact


@dataclass
class Account:
    cash: Exact
    rounding: Rounding
    position: Exact = Fraction(0)
    average_price: Exact = Fraction(0)
    best: Exact = Fraction(0)
    entry_bar: int = -1
    entry_notional: Exact = Fraction(0)
    net_so_far: Exact = Fraction(0)
    lots: deque[Lot] = field(default_factory=deque)
    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    closed_returns: list[Exact] = field(default_factory=list)
    dp_session: int = -1
    seen: list[Bar] = field(default_factory=list)
    entered_late: bool = False

    def equity(self, price: Exact) -> Exact:
        return self.cash + self.position * price

    def charges_of(self, order: Order, bar: Bar, quantity: Exact, price: Exact) -> Charged:
        return charge(
            bar.charge_rates,
            order.side,
            quantity,
            price,
            order.totals,
            dp_paid_today=self.dp_session == bar.session,
            rounding=self.rounding,
        )

    def fill(self, order: Order, bar: Bar, quantity: Exact, price: Exact) -> None:
        """Book a fill that opens, adds to, reduces or closes the position, never one that turns it round."""
        charged = self.charges_of(order, bar, quantity, price)
        order.totals = OrderTotals(charged.turnover, charged.brokerage)
        order.quantity -= quantity
        if order.side < 0:
            self.dp_session = bar.session
        self.cash -= order.side * quantity * price + charged.total
        self.fills.append(
            Fill(
                bar.index,
                "buy" if order.side > 0 else "sell",
                float(quantity),
                float(price),
                order.reason,
                tuple(float(item) for item in charged.items),
            )
        )
        if sign(self.position) == -order.side:
            self._reduce(order, bar, quantity, price, charged.total)
        else:
            self._add(order.side, bar, quantity, price, charged.total)

    def _add(self, side: int, bar: Bar, quantity: Exact, price: Exact, charges: Exact) -> None:
        if self.position == 0:
            self.best, self.entry_bar = price, bar.index
            self.entry_notional = self.net_so_far = Fraction(0)
        held = abs(self.position)
        self.average_price = (self.average_price * held + price * quantity) / (held + quantity)
        self.entry_notional += quantity * price
        self.position += side * quantity
        self.lots.append(Lot(bar.index, quantity, price, charges / quantity))

    def _reduce(self, order: Order, bar: Bar, quantity: Exact, price: Exact, charges: Exact) -> None:
        held = sign(self.position)
        left = quantity
        while left > 0:
            lot = self.lots[0]
            matched = min(left, lot.quantity)
            gross = held * matched * (price - lot.price)
            paid = matched * (lot.charge_per_unit + charges / quantity)
            self.trades.append(
                Trade(
                    lot.bar,
                    bar.index,
                    "long" if held > 0 else "short",
                    float(matched),
                    float(lot.price),
                    float(price),
                    float(gross),
                    float(paid),
                    float(gross - paid),
                    bar.index - lot.bar,
                    order.reason,
                    *excursions(self.seen, lot.bar + self.entered_late, bar.index, lot.price, price, held),
                )
            )
            self.net_so_far += gross - paid
            lot.quantity -= matched
            left -= matched
            if lot.quantity == 0:
                self.lots.popleft()
        self.position -= held * quantity
        if self.position == 0:
            self.closed_returns.append(self.net_so_far / self.entry_notional)
            self.average_price = Fraction(0)
