"""One bar after the other, the page's rules in the page's order and under the page's numbers."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from tests.oracle.account import Account, Order
from tests.oracle.model import (
    Bar,
    Exact,
    OracleResult,
    OracleSettings,
    Refusal,
    Rejection,
    Side,
    exact,
    sign,
)
from tests.oracle.prices import (
    against_trader,
    down_to_tick,
    is_locked,
    market_price,
    up_to_tick,
)
from tests.oracle.sizing import entry_quantity, whole_lots

RISK_EXITS = ("stop", "trailing", "square_off", "daily_loss")

A_MILLIONTH = Fraction(1, 1_000_000)


def simulate(bars: Sequence[Bar], targets: Sequence[int | None], settings: OracleSettings) -> OracleResult:
    """Run `targets`, one per bar, over `bars`; the page says what happens."""
    run = _Run(settings)
    for bar, target in zip(bars, targets, strict=True):
        run.step(bar, target)
    run.end_of_data()
    account = run.account
    return OracleResult(
        account.fills,
        run.rejections,
        [float(each) for each in run.equity],
        [float(each) for each in run.cash],
        [float(each) for each in run.position],
        account.trades,
        run.shorts_ignored,
    )


class _Run:
    def __init__(self, settings: OracleSettings) -> None:
        self.settings = settings
        late = settings.fill_at == "close"
        self.account = Account(exact(settings.initial_cash), settings.rounding, entered_late=late)
        self.entry: Order | None = None
        self.exit: Order | None = None
        self.resting_target: Order | None = None
        self.standing = 0
        self.is_due = False
        self.blocked = False
        self.stop_bar: int | None = None
        self.day_start = exact(settings.initial_cash)
        self.volume_used = Fraction(0)
        self.previous: Bar | None = None
        self.rejections: list[Rejection] = []
        self.shorts_ignored = 0
        self.equity: list[Exact] = []
        self.cash: list[Exact] = []
        self.position: list[Exact] = []

    @property
    def side(self) -> int:
        return sign(self.account.position)

    def step(self, bar: Bar, target: int | None) -> None:
        self.volume_used = Fraction(0)
        self.account.seen.append(bar)
        if self.previous is None or self.previous.session != bar.session:
            self.session_start(bar)
        if self.settings.product == "MIS" and bar.square_off_open:
            self.square_off_at_open(bar)
        if self.is_tradable(bar):
            self.at_open(bar)
            self.inside(bar)
        if self.settings.product == "MIS" and bar.last_of_session:
            self.square_off_at_close(bar)
        self.mark(bar)
        self.take_target(bar, target)
        self.previous = bar

    # 1. Session start

    def session_start(self, bar: Bar) -> None:
        self.let_orders_lapse(bar)
        self.day_start = self.equity[-1] if self.equity else self.day_start
        if not self.blocked or self.previous is None:
            return
        self.blocked = False
        if self.settings.product == "MIS":
            self.is_due = True
        if self.is_due and self.settings.fill_at == "next_open":
            self.make_orders(self.previous, self.equity[-1], first_bar=bar.index)

    def let_orders_lapse(self, bar: Bar) -> None:
        # An order made at the previous close has this bar as its first possible one; all others are older.
        lapsed = False
        if self.entry is not None and self.entry.first_bar < bar.index:
            if not self.entry.has_filled:
                self.refuse(self.entry, bar.index, "lapsed")
            self.entry, lapsed = None, True
        if self.exit is not None and self.exit.reason == "signal" and self.exit.first_bar < bar.index:
            self.exit, lapsed = None, True
        if lapsed and self.side != self.standing:
            self.is_due = True

    # 2. and 5. Square-off

    def square_off_at_open(self, bar: Bar) -> None:
        self.cancel_everything()
        self.blocked = True
        if self.side:
            self.exit = self.new_exit("square_off", bar.index)

    def square_off_at_close(self, bar: Bar) -> None:
        order = self.exit if self.exit is not None and self.exit.reason == "square_off" else None
        self.cancel_everything()
        self.blocked = True
        if self.side:
            self.close_at_any_volume(order or self.new_exit("square_off", bar.index), bar)

    def cancel_everything(self) -> None:
        self.entry = self.exit = self.resting_target = None

    def close_at_any_volume(self, order: Order, bar: Bar) -> None:
        left = abs(self.account.position)
        price = market_price(self.settings, bar, order.side, exact(bar.close), left)
        self.account.fill(order, bar, left, price)

    # 3. The open

    def at_open(self, bar: Bar) -> None:
        if self.exit is not None:
            if not self.waits_for_close(self.exit):
                self.fill_exit(bar, exact(bar.open))
        elif self.guards(bar):
            self.leave_when_jumped_over(bar)
        if self.entry is not None and self.exit is None and not self.waits_for_close(self.entry):
            self.fill_entry(bar, exact(bar.open))

    def waits_for_close(self, order: Order) -> bool:
        return self.settings.fill_at == "close" and order.reason in ("entry", "signal")

    def leave_when_jumped_over(self, bar: Bar) -> None:
        base = exact(bar.open)
        stop, target = self.stop_level(), self.target_level(bar)
        if stop is not None and self.side * (stop[0] - base) >= 0:
            self.leave_by_stop(bar, stop[1], base)
        elif target is not None and self.side * (base - target) > 0:
            self.leave_by_target(bar, base)

    # 4. Inside the bar

    def inside(self, bar: Bar) -> None:
        if not self.guards(bar):
            return
        stop, target = self.stop_level(), self.target_level(bar)
        worst, best = (bar.low, bar.high) if self.side > 0 else (bar.high, bar.low)
        stopped = stop is not None and self.side * (stop[0] - exact(worst)) >= 0
        reached = target is not None and self.side * (exact(best) - target) > 0
        nearer, farther = (min, max) if self.side > 0 else (max, min)
        if reached and target is not None and (not stopped or self.settings.intrabar == "optimistic"):
            self.leave_by_target(bar, farther(exact(bar.open), target))
        elif stopped and stop is not None:
            self.leave_by_stop(bar, stop[1], nearer(exact(bar.open), stop[0]))

    def guards(self, bar: Bar) -> bool:
        """Whether the position's stop, target and trailing stop are to be looked at now."""
        if not self.side or self.exit is not None:
            return False
        return self.settings.fill_at == "next_open" or self.account.entry_bar < bar.index

    def stop_level(self) -> tuple[Exact, str] | None:
        settings, levels = self.settings, []
        if settings.trailing_stop_pct is not None:
            away = exact(settings.trailing_stop_pct)
            levels.append((self.account.best * (1 - self.side * away), "trailing"))
        if settings.stop_loss_pct is not None:
            away = exact(settings.stop_loss_pct)
            levels.append((self.account.average_price * (1 - self.side * away), "stop"))
        # The one nearer to the market; `stop` comes last, so that it wins a tie.
        return max(reversed(levels), key=lambda level: self.side * level[0], default=None)

    def target_level(self, bar: Bar) -> Exact | None:
        if self.settings.take_profit_pct is None:
            return None
        away = exact(self.settings.take_profit_pct)
        level = self.account.average_price * (1 + self.side * away)
        return (up_to_tick if self.side > 0 else down_to_tick)(level, exact(bar.tick))

    def leave_by_stop(self, bar: Bar, reason: str, base: Exact) -> None:
        self.cancel_entry_that_would_reopen()
        self.resting_target = None
        self.exit = self.new_exit(reason, bar.index)
        self.fill_exit(bar, base)

    def leave_by_target(self, bar: Bar, base: Exact) -> None:
        order = self.resting_target or self.new_exit("target", bar.index)
        if self.exit_quantity(bar, order):
            self.cancel_entry_that_would_reopen()
        self.resting_target = order
        self.fill_exit_order(order, bar, against_trader(order.side, base, bar))

    def cancel_entry_that_would_reopen(self) -> None:
        if self.entry is not None and self.entry.side == self.side:
            self.entry = None

    # 6. The mark

    def mark(self, bar: Bar) -> None:
        close = exact(bar.close)
        account = self.account
        self.equity.append(account.equity(close))
        self.cash.append(account.cash)
        self.position.append(account.position)
        if self.side:
            account.best = max(account.best, close) if self.side > 0 else min(account.best, close)
        loss = self.settings.max_daily_loss
        if loss is None or self.blocked or self.equity[-1] > self.day_start * (1 - exact(loss)):
            return
        self.blocked = True
        self.entry = None
        if self.side and not self.is_leaving():
            self.exit = self.new_exit("daily_loss", bar.index + 1)
            self.resting_target = None

    def mark_again(self, bar: Bar) -> None:
        self.equity[-1] = self.account.equity(exact(bar.close))
        self.cash[-1] = self.account.cash
        self.position[-1] = self.account.position

    # 7. The target

    def take_target(self, bar: Bar, target: int | None) -> None:
        if target is not None:
            self.see(target)
        if self.is_due and not self.blocked:
            self.make_orders(bar, self.equity[-1], first_bar=bar.index + 1)
        if self.settings.fill_at == "close" and self.is_tradable(bar):
            self.at_close(bar)
            self.mark_again(bar)

    def see(self, target: int) -> None:
        if target < 0 and self.settings.product == "CNC":
            target = 0
            self.shorts_ignored += 1
        if target == self.standing:
            return
        self.standing = target
        self.is_due = True
        self.entry = None
        if not self.is_leaving():
            self.exit = None

    def make_orders(self, seen: Bar, equity: Exact, *, first_bar: int) -> None:
        """The standing target's orders, made at the close of `seen`."""
        self.is_due = False
        held = 0 if self.is_leaving() else self.side
        if held and held != self.standing:
            self.exit = self.new_exit("signal", first_bar)
            self.resting_target = None
        if not self.standing or held == self.standing:
            return
        quantity, refusal = entry_quantity(self.settings, seen, equity, self.account.closed_returns)
        order = Order(self.standing, quantity, "entry", first_bar)
        first_possible = seen.index if self.settings.fill_at == "close" else first_bar
        if self.cools_down(first_possible):
            self.refuse(order, seen.index, "cooldown")
        elif refusal is not None:
            self.refuse(order, seen.index, refusal)
        else:
            self.entry = order

    def is_leaving(self) -> bool:
        """Whether a risk exit is working."""
        return self.exit is not None and self.exit.reason in RISK_EXITS

    def cools_down(self, index: int) -> bool:
        """Whether no entry may fill in bar `index`."""
        if not self.settings.cooldown_bars or self.stop_bar is None:
            return False
        return self.stop_bar <= index <= self.stop_bar + self.settings.cooldown_bars

    def at_close(self, bar: Bar) -> None:
        if self.exit is not None and self.waits_for_close(self.exit):
            self.fill_exit(bar, exact(bar.close))
        if self.entry is not None and self.exit is None:
            self.fill_entry(bar, exact(bar.close))

    # 8. End of data

    def end_of_data(self) -> None:
        if self.previous is not None and self.side:
            self.close_at_any_volume(self.new_exit("end_of_data", self.previous.index), self.previous)
            self.mark_again(self.previous)

    # Fills

    def is_tradable(self, bar: Bar) -> bool:
        return bar.volume > 0 or not self.settings.zero_volume_blocks

    def volume_left(self, bar: Bar) -> Exact | None:
        """What this bar's volume still gives; None is no bound."""
        share, lot = self.settings.max_volume_share, self.settings.lot
        if share is None or not bar.volume:
            return None
        most = exact(share) * exact(bar.volume)
        return (Fraction(floor(most / lot) * lot) if lot else most) - self.volume_used

    def within_volume(self, bar: Bar, side: int, quantity: Exact) -> Exact:
        if is_locked(bar, side):
            return Fraction(0)
        left = self.volume_left(bar)
        return quantity if left is None else min(quantity, left)

    def new_exit(self, reason: str, first_bar: int) -> Order:
        return Order(-self.side, abs(self.account.position), reason, first_bar)

    def exit_quantity(self, bar: Bar, order: Order) -> Exact:
        return self.within_volume(bar, order.side, abs(self.account.position))

    def fill_exit(self, bar: Bar, base: Exact) -> None:
        order = self.exit
        assert order is not None
        left = abs(self.account.position)
        self.fill_exit_order(order, bar, market_price(self.settings, bar, order.side, base, left))

    def fill_exit_order(self, order: Order, bar: Bar, price: Exact) -> None:
        quantity = self.exit_quantity(bar, order)
        if not quantity:
            return
        self.account.fill(order, bar, quantity, price)
        self.volume_used += quantity
        if order.reason in ("stop", "trailing"):
            self.stop_bar = bar.index
        if not self.side:
            self.exit = self.resting_target = None

    def fill_entry(self, bar: Bar, base: Exact) -> None:
        order = self.entry
        assert order is not None
        if self.side == -order.side:
            return
        if self.cools_down(bar.index):
            self.entry = None
            if not order.has_filled:
                self.refuse(order, bar.index, "cooldown")
            return
        by_volume = self.within_volume(bar, order.side, order.quantity)
        if not by_volume:
            return
        price = market_price(self.settings, bar, order.side, base, order.quantity)
        by_limit = self.within_limit(by_volume, price)
        by_money = self.within_money(bar, order, by_limit, price)
        is_cut = by_money < by_volume
        if not by_money and not order.has_filled:
            self.refuse(order, bar.index, "buying_power" if by_limit else "position_limit")
        if by_money:
            self.account.fill(order, bar, by_money, price)
            self.volume_used += by_money
        if is_cut or not order.quantity:
            self.entry = None

    def refuse(self, order: Order, index: int, reason: Refusal) -> None:
        side: Side = "buy" if order.side > 0 else "sell"
        self.rejections.append(Rejection(index, side, float(order.quantity), reason))

    def within_limit(self, quantity: Exact, price: Exact) -> Exact:
        share = self.settings.max_position_pct
        if share is None:
            return quantity
        most = exact(share) * self.account.equity(price) / price - abs(self.account.position)
        return min(quantity, whole_lots(most, self.settings.lot))

    def within_money(self, bar: Bar, order: Order, quantity: Exact, price: Exact) -> Exact:
        """The largest whole number of lots that can be paid, charges included, found by halving."""
        account, leverage, lot = self.account, exact(self.settings.leverage), self.settings.lot
        power = account.equity(price) - abs(account.position) * price / leverage
        if lot:
            power += A_MILLIONTH

        def can_pay(units: Exact) -> bool:
            return units * price / leverage + account.charges_of(order, bar, units, price).total <= power

        if not quantity or can_pay(quantity):
            return quantity
        step = Fraction(lot) if lot else quantity / 10**15
        payable, too_much = 0, int(quantity / step)
        while too_much - payable > 1:
            middle = (payable + too_much) // 2
            payable, too_much = (middle, too_much) if can_pay(middle * step) else (payable, middle)
        return payable * step
