"""One symbol of the account: targets, the exits of the settings, square-off; rules 1 to 8 of the page's first part.

The single-symbol oracle's logic (tests/oracle/simulation.py), with the money in a purse that all symbols share and
the orders of the strategy's own in a book beside it.
"""

from fractions import Fraction
from math import floor

from tests.oracle.account import Account, Order
from tests.oracle.model import Bar, Exact, Side, exact, sign
from tests.oracle.own_orders.book import Book
from tests.oracle.own_orders.model import OwnFill, TargetRefusal
from tests.oracle.own_orders.purse import Purse
from tests.oracle.own_orders.ticket import Ticket
from tests.oracle.prices import against_trader, down_to_tick, is_locked, market_price, up_to_tick
from tests.oracle.sizing import entry_quantity

RISK_EXITS = ("stop", "trailing", "square_off", "daily_loss")


class Desk:
    def __init__(self, symbol: str, purse: Purse) -> None:
        self.symbol = symbol
        self.purse = purse
        self.settings = purse.settings
        self.account = Account(
            Exact(0),
            self.settings.rounding,
            closed_returns=purse.closed_returns,
            entered_late=self.settings.fill_at == "close",
        )
        self.book = Book(self)
        self.last_close = Exact(0)
        self.previous: Bar | None = None
        self.moments: list[int] = []
        self.entry: Order | None = None
        self.exit: Order | None = None
        self.resting_target: Order | None = None
        self.openers: list[Order | Ticket] = []
        self.standing = 0
        self.is_due = False
        self.squared_off = False
        self.ended_blocked = False
        self.stop_bar: int | None = None
        self.target_bar: int | None = None
        self.opened_inside: int | None = None
        self.opened_at = Fraction(0)
        self.volume_used = Fraction(0)

    @property
    def side(self) -> int:
        return sign(self.account.position)

    @property
    def next_index(self) -> int:
        """The number of the bar from which an order sent now could fill."""
        return 0 if self.previous is None else self.previous.index + 1

    @property
    def is_blocked(self) -> bool:
        return self.squared_off or self.purse.loss_reached

    def has_working_entry(self) -> bool:
        return self.entry is not None or self.book.has_opener()

    def begin(self, bar: Bar) -> None:
        """A bar has come; nothing of it but its open and its day is known to the rules before the close."""
        self.volume_used = Fraction(0)
        self.account.seen.append(bar)
        self.moments.append(self.purse.moment)

    # 1. Session start

    def session_start(self, bar: Bar) -> None:
        if self.previous is not None and self.previous.session == bar.session:
            return
        self.let_orders_lapse(bar)
        self.book.lapse(bar)
        self.squared_off = False
        if not self.ended_blocked or self.previous is None or self.purse.loss_reached:
            return
        self.ended_blocked = False
        if self.settings.product == "MIS":
            self.is_due = True
        if self.is_due and self.settings.fill_at == "next_open":
            self.make_orders(self.previous, first_bar=bar.index)

    def let_orders_lapse(self, bar: Bar) -> None:
        lapsed = False
        if self.entry is not None and self.entry.first_bar < bar.index:
            if not self.entry.has_filled:
                self.refuse(self.entry, self.purse.moment, "lapsed")
            self.entry, lapsed = None, True
        if self.exit is not None and self.exit.reason == "signal" and self.exit.first_bar < bar.index:
            self.exit, lapsed = None, True
        if lapsed and self.side != self.standing:
            self.is_due = True

    # 2. and 5. Square-off

    def square_off_at_open(self, bar: Bar) -> None:
        self.cancel_everything()
        self.squared_off = self.ended_blocked = True
        if self.side:
            self.exit = self.new_exit("square_off", bar.index)

    def square_off_at_close(self, bar: Bar) -> None:
        order = self.exit if self.exit is not None and self.exit.reason == "square_off" else None
        self.cancel_everything()
        self.squared_off = self.ended_blocked = True
        if self.side:
            self.close_at_any_volume(order or self.new_exit("square_off", bar.index), bar)

    def cancel_everything(self) -> None:
        self.entry = self.exit = self.resting_target = None
        self.book.cancel_all("square_off")

    def close_at_any_volume(self, order: Order, bar: Bar) -> None:
        left = abs(self.account.position)
        price = market_price(self.settings, bar, order.side, exact(bar.close), left)
        self.fill(order, bar, left, price)
        self.after_closing(order.side)

    # 3. The open

    def close_at_open(self, bar: Bar) -> None:
        """3a and 3b."""
        if self.exit is not None:
            if not self.waits_for_close(self.exit):
                self.fill_exit(bar, exact(bar.open))
        elif self.guards():
            self.leave_when_jumped_over(bar)

    def open_at_open(self, bar: Bar) -> None:
        """3c."""
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

    def stop_inside(self, bar: Bar) -> None:
        """Both in one bar under `optimistic`: the target, even where it lacks volume, and not the stop."""
        stop = self.stop_level()
        if stop is None or not self.guards() or self.target_bar == bar.index:
            return
        worst, nearer = (bar.low, min) if self.side > 0 else (bar.high, max)
        if self.side * (stop[0] - exact(worst)) >= 0:
            before = self.opened_at if self.opened_inside == bar.index else exact(bar.open)
            self.leave_by_stop(bar, stop[1], nearer(before, stop[0]))

    def target_inside(self, bar: Bar) -> None:
        target = self.target_level(bar)
        if target is None or not self.guards():
            return
        best, farther = (bar.high, max) if self.side > 0 else (bar.low, min)
        if self.side * (exact(best) - target) > 0:
            if self.settings.intrabar == "optimistic":
                self.target_bar = bar.index
            self.leave_by_target(bar, farther(exact(bar.open), target))

    def guards(self) -> bool:
        """Whether the position's stop, target and trailing stop are to be looked at now."""
        # A target that fills at a close is looked at from the next bar on by itself.
        return self.side != 0 and self.exit is None

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
        self.cancel_openers()
        self.resting_target = None
        self.exit = self.new_exit(reason, bar.index)
        self.fill_exit(bar, base)
        self.book.yield_to_exit()

    def leave_by_target(self, bar: Bar, base: Exact) -> None:
        order = self.resting_target or self.new_exit("target", bar.index)
        if self.exit_quantity(bar, order):
            self.cancel_openers()
        self.resting_target = order
        self.fill_exit_order(order, bar, against_trader(order.side, base, bar))

    def cancel_openers(self) -> None:
        """What is left of the entries that opened the position would open again what an exit closes."""
        for order in self.openers:
            if order is self.entry:
                self.entry = None
            if isinstance(order, Ticket) and order.is_open:
                self.book.end(order, "cancelled", "reopens")

    # 6. The mark

    def follow_best(self, bar: Bar) -> None:
        close = exact(bar.close)
        if self.side:
            self.account.best = (max if self.side > 0 else min)(self.account.best, close)
        self.book.after_close(bar)

    def reach_daily_loss(self) -> None:
        self.ended_blocked = True
        self.entry = None
        self.book.cancel_all("daily_loss")
        if self.side and not self.is_leaving():
            self.exit = self.new_exit("daily_loss", self.next_index)
            self.resting_target = None

    # 7. The target

    def see(self, target: int) -> None:
        if target < 0 and self.settings.product == "CNC":
            target = 0
            self.purse.shorts_ignored += 1
        if target == self.standing:
            return
        self.standing = target
        self.is_due = True
        self.entry = None
        if not self.is_leaving():
            self.exit = None

    def make_due_orders(self) -> None:
        if self.is_due and not self.is_blocked and self.previous is not None:
            self.make_orders(self.previous, first_bar=self.next_index)

    def make_orders(self, seen: Bar, *, first_bar: int) -> None:
        """The standing target's orders, made at the close of `seen`, the last bar of the symbol."""
        self.is_due = False
        held = 0 if self.is_leaving() else self.side
        if held and held != self.standing:
            self.exit = self.new_exit("signal", first_bar)
            self.resting_target = None
            self.book.yield_to_exit()
        if not self.standing or held == self.standing:
            return
        equity = self.purse.equity[-1]
        quantity, refusal = entry_quantity(self.settings, seen, equity, self.purse.closed_returns)
        order = Order(self.standing, quantity, "entry", first_bar)
        moment = self.moments[seen.index]
        if self.cools_down(seen.index if self.settings.fill_at == "close" else first_bar):
            self.refuse(order, moment, "cooldown")
        elif refusal is not None:
            self.refuse(order, moment, refusal)
        elif not self.purse.has_room(self.symbol, with_working=True):
            self.refuse(order, moment, "max_open_positions")
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

    def close_at_close(self, bar: Bar) -> None:
        if self.is_tradable(bar) and self.exit is not None and self.waits_for_close(self.exit):
            self.fill_exit(bar, exact(bar.close))

    def open_at_close(self, bar: Bar) -> None:
        if self.is_tradable(bar) and self.entry is not None and self.exit is None:
            self.fill_entry(bar, exact(bar.close))

    # 8. End of data

    def end_of_data(self) -> None:
        self.book.cancel_all("end_of_data")
        if self.previous is not None and self.side:
            self.close_at_any_volume(self.new_exit("end_of_data", self.previous.index), self.previous)

    # Fills

    def is_tradable(self, bar: Bar) -> bool:
        return bar.volume > 0 or not self.settings.zero_volume_blocks

    def within_volume(self, bar: Bar, side: int, quantity: Exact) -> Exact:
        share, lot = self.settings.max_volume_share, self.settings.lot
        if is_locked(bar, side):
            return Fraction(0)
        if share is None or not bar.volume:
            return quantity
        most = exact(share) * exact(bar.volume)
        return min(quantity, (Fraction(floor(most / lot) * lot) if lot else most) - self.volume_used)

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
        if quantity:
            self.fill(order, bar, quantity, price)
            self.after_closing(order.side)

    def fill_entry(self, bar: Bar, base: Exact) -> None:
        order = self.entry
        assert order is not None
        if self.side == -order.side:
            return
        if obstacle := self.obstacle(bar):
            self.entry = None
            if not order.has_filled:
                self.refuse(order, self.purse.moment, obstacle)
            return
        by_volume = self.within_volume(bar, order.side, order.quantity)
        if not by_volume:
            return
        price = market_price(self.settings, bar, order.side, base, order.quantity)
        by_limit = self.purse.within_limit(self, by_volume, price)
        by_money = self.purse.within_money(self, order, bar, by_limit, price)
        if not by_money and not order.has_filled:
            self.refuse(order, self.purse.moment, "buying_power" if by_limit else "position_limit")
        if by_money:
            self.fill(order, bar, by_money, price)
            self.openers.append(order)
        if by_money < by_volume or not order.quantity:
            self.entry = None

    def obstacle(self, bar: Bar) -> str | None:
        """Why nothing may be opened in this bar, whatever its volume."""
        if self.cools_down(bar.index):
            return "cooldown"
        return None if self.purse.has_room(self.symbol, with_working=False) else "max_open_positions"

    def fill(self, order: Order, bar: Bar, quantity: Exact, price: Exact, ordinal: int | None = None) -> None:
        if self.side == -order.side and order.reason in ("stop", "trailing"):
            self.stop_bar = bar.index
        self.account.fill(order, bar, quantity, price)
        self.volume_used += quantity
        one = self.account.fills[-1]
        self.purse.fills.append(
            OwnFill(self.purse.moment, self.symbol, one.side, one.quantity, one.price, one.reason, one.charges, ordinal)
        )

    def after_closing(self, side: int) -> None:
        """A position that has become flat by a buy (1) or sell (-1) leaves nothing behind that would close it."""
        if not self.side:
            self.exit = self.resting_target = None
            self.openers = []
            self.target_bar = None
            self.book.position_closed(side)

    def refuse(self, order: Order, moment: int, reason: str) -> None:
        side: Side = "buy" if order.side > 0 else "sell"
        self.purse.target_refusals.append(TargetRefusal(moment, self.symbol, side, float(order.quantity), reason))
