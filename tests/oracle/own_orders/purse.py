"""What the symbols share: money, the day's loss, room for positions, and the records of the run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from tests.oracle.account import Account, Order
from tests.oracle.charges import Charged
from tests.oracle.model import Bar, Exact, exact
from tests.oracle.own_orders.model import OwnFill, OwnOrderSettings, TargetRefusal
from tests.oracle.sizing import whole_lots

A_MILLIONTH = Fraction(1, 1_000_000)


class Holder(Protocol):
    """One symbol, as its neighbours see it."""

    symbol: str
    account: Account
    last_close: Exact

    def has_working_entry(self) -> bool: ...


@dataclass
class Purse:
    """`holders` stand in order of symbol; each one's account starts at 0 and holds that symbol's share of the cash."""

    settings: OwnOrderSettings
    holders: list[Holder] = field(default_factory=list)
    moment: int = 0
    day_start: Exact = Fraction(0)
    loss_reached: bool = False
    closed_returns: list[Exact] = field(default_factory=list)
    fills: list[OwnFill] = field(default_factory=list)
    target_refusals: list[TargetRefusal] = field(default_factory=list)
    equity: list[Exact] = field(default_factory=list)
    cash: list[Exact] = field(default_factory=list)
    positions: list[list[Exact]] = field(default_factory=list)
    shorts_ignored: int = 0

    @property
    def cash_now(self) -> Exact:
        return exact(self.settings.initial_cash) + sum((each.account.cash for each in self.holders), Fraction(0))

    def equity_at(self, symbol: str = "", price: Exact = Fraction(0)) -> Exact:
        """Cash and positions at their last closes, the one of `symbol` at `price`."""
        return self.cash_now + sum((held * at for held, at in self._valued(symbol, price)), Fraction(0))

    def power_at(self, symbol: str, price: Exact) -> Exact:
        """What new positions may be paid with: equity less the margin of what is held."""
        leverage = exact(self.settings.leverage)
        margin = sum((abs(held) * at / leverage for held, at in self._valued(symbol, price)), Fraction(0))
        return self.equity_at(symbol, price) - margin

    def _valued(self, symbol: str, price: Exact) -> Iterator[tuple[Exact, Exact]]:
        for each in self.holders:
            yield each.account.position, price if each.symbol == symbol else each.last_close

    def mark(self) -> None:
        self.equity.append(self.equity_at())
        self.cash.append(self.cash_now)
        self.positions.append([each.account.position for each in self.holders])

    def mark_again(self) -> None:
        for values in (self.equity, self.cash, self.positions):
            values.pop()
        self.mark()

    def has_room(self, symbol: str, *, with_working: bool) -> bool:
        """Whether a position of `symbol` may stand beside the others, `with_working`: and beside working entries."""
        most = self.settings.max_open_positions
        if most is None:
            return True
        others = [each for each in self.holders if each.symbol != symbol]
        if with_working:
            taken = [each for each in others if each.account.position or each.has_working_entry()]
        else:
            taken = [each for each in others if each.account.position]
        held = any(each.symbol == symbol and each.account.position for each in self.holders)
        return held or len(taken) < most

    def within_limit(self, holder: Holder, quantity: Exact, price: Exact) -> Exact:
        share = self.settings.max_position_pct
        if share is None:
            return quantity
        most = exact(share) * self.equity_at(holder.symbol, price) / price - abs(holder.account.position)
        return min(quantity, whole_lots(most, self.settings.lot))

    def within_money(self, holder: Holder, order: Order, bar: Bar, quantity: Exact, price: Exact) -> Exact:
        """The largest whole number of lots that can be paid, charges included, found by halving."""
        leverage, lot = exact(self.settings.leverage), self.settings.lot
        power = self.power_at(holder.symbol, price) + (A_MILLIONTH if lot else 0)

        def can_pay(units: Exact) -> bool:
            charged: Charged = holder.account.charges_of(order, bar, units, price)
            return units * price / leverage + charged.total <= power

        if not quantity or can_pay(quantity):
            return quantity
        step = Fraction(lot) if lot else quantity / 10**15
        payable, too_much = 0, int(quantity / step)
        while too_much - payable > 1:
            middle = (payable + too_much) // 2
            payable, too_much = (middle, too_much) if can_pay(middle * step) else (payable, middle)
        return payable * step
