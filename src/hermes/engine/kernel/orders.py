"""What the kernel does when something happens: orders are made, filled, cut, cancelled and refused."""

import math
from typing import Any

from hermes.compiled import compiled
from hermes.engine.kernel import codes
from hermes.engine.kernel.charges import charge_items, per_share, total_of, turnover_of
from hermes.engine.kernel.rounding import tick_down, tick_up, whole_lots
from hermes.engine.kernel.sizing import affordable, wanted_quantity

_MOST_SLIPPAGE = 0.5  # the law is fitted to orders far below a day's volume; beyond them it would sell below zero


@compiled
def slippage_of(now: Any, settings: Any, quantity: float) -> float:
    """The share of the price that a market order of `quantity` loses (square-root law: Almgren et al. 2005)."""
    if settings["impact"] <= 0.0:
        return settings["slippage"]  # type: ignore[no-any-return]
    volatility: float = now["daily_volatility"]
    volume: float = now["daily_volume"]
    if not (volatility >= 0.0 and volume > 0.0):
        return 0.0
    impact: float = settings["impact"]
    return min(impact * volatility * math.sqrt(quantity / volume), _MOST_SLIPPAGE)


@compiled
def market_price(now: Any, settings: Any, side: int, base: float, quantity: float) -> float:
    """`base` moved against the trader by slippage, then to the next tick against the trader."""
    slippage = slippage_of(now, settings, quantity)
    tick: float = now["tick"]
    if side > 0:
        return tick_up(base * (1.0 + slippage), tick)
    price = tick_down(base * (1.0 - slippage), tick)
    return price if price > 0.0 else tick  # nothing is sold below the lowest price there is


@compiled
def open_budget(now: Any, settings: Any, state: Any) -> None:
    """Set what may fill in this bar: nothing without trades, a share of its volume, or anything."""
    if now["flags"] & codes.TRADABLE == 0:
        state["budget"] = 0.0
    elif settings["volume_share"] > 0.0 and now["volume"] > 0.0:
        state["budget"] = whole_lots(settings["volume_share"] * now["volume"], settings["lot"])
    else:
        state["budget"] = math.inf


@compiled
def locked(now: Any, side: int) -> bool:
    """True where nobody takes the other side: buying at the upper band, selling at the lower one."""
    flag = codes.LOCKED_UP if side > 0 else codes.LOCKED_DOWN
    return bool(now["flags"] & flag)


@compiled
def book(
    now: Any, rates: Any, settings: Any, state: Any, log: Any, reason: int, side: int, quantity: float, price: float
) -> None:
    """Write one fill down and carry it through cash, position, average price and the order's own counters."""
    bar, session = now["bar"], now["session"]
    entering = reason == codes.ENTRY
    if entering:
        turnover, brokerage = state["entry_turnover"], state["entry_brokerage"]
    else:
        if state["exit_charged_to"] != reason:
            state["exit_charged_to"], state["exit_turnover"], state["exit_brokerage"] = reason, 0.0, 0.0
        turnover, brokerage = state["exit_turnover"], state["exit_brokerage"]
    with_dp = state["dp_session"] != session
    items = charge_items(rates, side > 0, quantity, price, turnover, brokerage, with_dp)
    charges = total_of(items)
    if side < 0:
        state["dp_session"] = session
    of_order = items[0] - per_share(rates, quantity)
    if entering:
        state["entry_turnover"] += turnover_of(rates, quantity, price)
        state["entry_brokerage"] += of_order
    else:
        state["exit_turnover"] += turnover_of(rates, quantity, price)
        state["exit_brokerage"] += of_order

    count = state["fill_count"]
    if count < len(log.fills):
        fill = log.fills[count]
        fill["bar"], fill["side"], fill["reason"] = bar, side, reason
        fill["quantity"], fill["price"], fill["charges"] = quantity, price, charges
        fill["brokerage"], fill["stt"], fill["transaction"], fill["sebi"] = (
            items[0],
            items[1],
            items[2],
            items[3],
        )
        fill["ipft"], fill["stamp"], fill["gst"], fill["dp"] = items[4], items[5], items[6], items[7]
    state["fill_count"] = count + 1

    before = state["position"]
    signed = side * quantity
    flow = signed * price
    state["cash"] = state["cash"] - flow - charges
    state["cycle_cash"] = state["cycle_cash"] - flow - charges
    state["budget"] -= quantity
    if entering:
        held = abs(before)
        state["cycle_entries"] += quantity * price
        if held == 0.0:
            state["average"], state["best"] = price, price
        else:
            state["average"] = (state["average"] * held + quantity * price) / (held + quantity)
        state["position"] = before + signed
        return
    after = before + signed
    if settings["lot"] <= 0.0 and abs(after) <= 1e-9 * abs(before):
        after = 0.0
    state["position"] = after
    if after == 0.0:
        close_cycle(state)


@compiled
def close_cycle(state: Any) -> None:
    """The position is flat: nothing is left to exit, and its return feeds the Kelly estimate."""
    state["exit_reason"], state["exit_charged_to"] = codes.NO_ORDER, codes.NO_ORDER
    gained = state["cycle_cash"] / state["cycle_entries"]
    state["cycles"] += 1
    if gained > 0.0:
        state["winners"] += 1
        state["cycles_won"] += gained
    else:
        state["cycles_lost"] -= gained
    state["cycle_cash"], state["cycle_entries"] = 0.0, 0.0


@compiled
def refuse(state: Any, log: Any, bar: int, side: int, reason: int, quantity: float) -> None:
    """Write down that an entry was refused."""
    count = state["refusal_count"]
    if count < len(log.refusals):
        row = log.refusals[count]
        row["bar"], row["side"], row["reason"], row["quantity"] = bar, side, reason, quantity
    state["refusal_count"] = count + 1


@compiled
def note_stop(settings: Any, state: Any, bar: int, reason: int) -> None:
    """Start the cooldown after a stop or a trailing stop has filled in `bar`."""
    if settings["cooldown"] > 0 and (reason in (codes.STOP, codes.TRAILING)):
        state["cooldown_until"] = bar + settings["cooldown"]


@compiled
def abandon_entry(state: Any, side: int) -> None:
    """Cancel what is left of the entry that opened the position: it would open again what an exit has closed."""
    if state["entry_side"] == side:
        state["entry_side"] = 0


@compiled
def leave(now: Any, rates: Any, settings: Any, state: Any, log: Any, base: float, reason: int) -> None:
    """Fill as much of an exit at the market as the bar lets; the rest becomes, or stays, a working exit order."""
    side = -1 if state["position"] > 0.0 else 1
    held = abs(state["position"])
    if state["exit_reason"] == codes.NO_ORDER and reason in (codes.STOP, codes.TRAILING):
        abandon_entry(state, -side)
    quantity = 0.0 if locked(now, side) else min(held, state["budget"])
    if quantity > 0.0:
        price = market_price(now, settings, side, base, held)
        note_stop(settings, state, now["bar"], reason)
        book(now, rates, settings, state, log, reason, side, quantity, price)
    if state["position"] != 0.0 and state["exit_reason"] != reason:
        state["exit_reason"], state["exit_session"] = reason, now["session"]


@compiled
def take_profit(now: Any, rates: Any, settings: Any, state: Any, log: Any, level: float) -> None:
    """Fill the resting target limit as far as the bar lets; the rest goes on resting."""
    side = -1 if state["position"] > 0.0 else 1
    quantity = 0.0 if locked(now, side) else min(abs(state["position"]), state["budget"])
    if quantity > 0.0:
        opened = now["open"]
        abandon_entry(state, -side)
        price = max(opened, level) if side < 0 else min(opened, level)
        book(now, rates, settings, state, log, codes.TARGET, side, quantity, price)


@compiled
def enter(now: Any, rates: Any, settings: Any, state: Any, log: Any, base: float) -> None:
    """Fill as much of the entry order as volume, the position limit and the money let."""
    side = state["entry_side"]
    if now["bar"] <= state["cooldown_until"]:
        end_entry(state, log, now["bar"], codes.REFUSED_COOLDOWN)
        return
    if state["budget"] <= 0.0 or locked(now, side):
        return
    position, cash = state["position"], state["cash"]
    price = market_price(now, settings, side, base, state["entry_left"])
    quantity = min(state["entry_left"], state["budget"])
    cut = 0
    if settings["max_position"] > 0.0:
        room = whole_lots(settings["max_position"] * (cash + position * price) / price - abs(position), settings["lot"])
        if room < quantity:
            quantity, cut = room, codes.REFUSED_LIMIT
    money = cash + position * price - abs(position) * price / settings["leverage"]
    with_dp = state["dp_session"] != now["session"]
    paid = affordable(
        quantity, price, money, settings["leverage"], settings["lot"], rates, side > 0,
        state["entry_turnover"], state["entry_brokerage"], with_dp,
    ) if quantity > 0.0 else 0.0  # fmt: skip
    if paid < quantity:
        quantity, cut = paid, codes.REFUSED_MONEY
    if quantity <= 0.0:
        end_entry(state, log, now["bar"], cut)
        return
    book(now, rates, settings, state, log, codes.ENTRY, side, quantity, price)
    state["entry_done"] += quantity
    state["entry_left"] -= quantity
    if cut != 0 or state["entry_left"] <= 1e-9 * state["entry_done"]:
        state["entry_side"] = 0


@compiled
def end_entry(state: Any, log: Any, bar: int, reason: int) -> None:
    """Take the entry order away; it is a refusal where nothing of it was filled."""
    if state["entry_done"] == 0.0:
        refuse(state, log, bar, state["entry_side"], reason, state["entry_left"])
    state["entry_side"] = 0


@compiled
def make_orders(
    settings: Any, state: Any, log: Any, made_at: int, first_bar: int, atr: float, annual_volatility: float
) -> None:
    """Turn the standing target into orders made at the close of `made_at`, which fill from `first_bar` on.

    `atr` and `annual_volatility` are those known at that close.
    """
    state["due"] = 0
    position = state["position"]
    leaving = state["exit_reason"] != codes.NO_ORDER and state["exit_reason"] != codes.SIGNAL
    sign = 0 if position == 0.0 or leaving else (1 if position > 0.0 else -1)
    goal = state["standing"]
    if sign == goal:
        return
    if sign != 0:
        state["exit_reason"], state["exit_session"] = codes.SIGNAL, -1
        state["exit_charged_to"] = codes.NO_ORDER
    if goal == 0:
        return
    price = state["mark_price"]
    asked = wanted_quantity(
        settings, price, state["equity"], atr, annual_volatility,
        state["cycles"], state["winners"], state["cycles_won"], state["cycles_lost"],
    )  # fmt: skip
    quantity = whole_lots(asked, settings["lot"])
    reason = codes.REFUSED_SIZE
    if settings["max_position"] > 0.0 and quantity > 0.0:
        room = whole_lots(settings["max_position"] * state["equity"] / price, settings["lot"])
        if room < quantity:
            quantity, reason = room, codes.REFUSED_LIMIT
    if first_bar <= state["cooldown_until"]:
        refuse(state, log, made_at, goal, codes.REFUSED_COOLDOWN, quantity)
        return
    if quantity <= 0.0:
        refuse(state, log, made_at, goal, reason, 0.0)
        return
    state["entry_side"], state["entry_left"], state["entry_done"] = goal, quantity, 0.0
    state["entry_turnover"], state["entry_brokerage"], state["entry_session"] = 0.0, 0.0, -1
