"""The loop over bars: the rules of docs/execution-model.md, in their order.

Most bars change nothing but the mark. Two tight loops run over those (`_run_quiet`, `_run_guarded`) and stop at the
first bar in which anything could happen; `_step` then takes that one bar through all rules.
"""

import math
from typing import Any

from hermes.compiled import compiled
from hermes.engine.kernel import codes
from hermes.engine.kernel.orders import (
    book,
    end_entry,
    enter,
    leave,
    make_orders,
    market_price,
    open_budget,
    take_profit,
)
from hermes.engine.kernel.rounding import tick_down, tick_up


@compiled
def simulate(bars: Any, settings: Any, state: Any, now: Any, equity: Any, log: Any) -> None:
    """Run all bars.

    `state` (layout STATE) must be zeroed but for what `hermes.engine.vector` sets, `now` (layout NOW) is scratch.
    Equity at each close is left in `equity` (float64[n]), fills and refusals in `log`, their counts in `state`.
    """
    n = len(bars.close)
    bar = 0
    while bar < n:
        idle = state["exit_reason"] == codes.NO_ORDER and state["entry_side"] == 0
        if idle and (state["due"] == 0 or state["blocked"] == 1):
            bar = _run(bars, settings, state, equity, bar)
        if bar < n:
            _look(bars, now, bar)
            rates = bars.rates[bars.rate_row[bars.session[bar]]]
            _step(now, rates, settings, state, log)
            equity[bar] = state["equity"]
            bar += 1
    if n > 0 and state["position"] != 0.0:
        _look(bars, now, n - 1)
        rates = bars.rates[bars.rate_row[bars.session[n - 1]]]
        _force_out(now, rates, settings, state, log, codes.END_OF_DATA)
        equity[n - 1] = state["cash"]


@compiled
def _look(bars: Any, now: Any, bar: int) -> None:
    """Copy what is known of `bar` into `now`."""
    session = bars.session[bar]
    now["bar"], now["session"], now["flags"] = bar, session, bars.flags[bar]
    now["open"], now["high"], now["low"], now["close"] = bars.open[bar], bars.high[bar], bars.low[bar], bars.close[bar]
    now["volume"], now["target"], now["tick"] = bars.volume[bar], bars.target[bar], bars.tick[session]
    now["daily_volatility"], now["daily_volume"] = bars.daily_volatility[session], bars.daily_volume[session]
    now["annual_volatility"] = bars.annual_volatility[session]
    before = max(bar - 1, 0)
    now["annual_volatility_before"] = bars.annual_volatility[bars.session[before]]
    sized_by_atr = len(bars.atr) > 0
    now["atr"] = bars.atr[bar] if sized_by_atr else math.nan
    now["atr_before"] = bars.atr[before] if sized_by_atr else math.nan


@compiled
def _run(bars: Any, settings: Any, state: Any, equity: Any, start: int) -> int:
    watched = (
        settings["stop_loss"] > 0.0
        or settings["take_profit"] > 0.0
        or settings["trailing_stop"] > 0.0
        or settings["max_daily_loss"] > 0.0
    )
    if state["position"] != 0.0 and watched:
        bar = _run_guarded(bars, settings, state, equity, start)
    else:
        bar = _run_quiet(bars, state, equity, start)
    if bar > start:
        state["equity"] = equity[bar - 1]
        state["mark_price"] = bars.close[bar - 1]
    return bar


@compiled
def _run_quiet(bars: Any, state: Any, equity: Any, start: int) -> int:
    """Mark bars until one with a new target or a turn of the session that takes more than a new day; its index."""
    close, flags, target = bars.close, bars.flags, bars.target
    cash, position, standing = state["cash"], state["position"], state["standing"]
    plain_turn = codes.FIRST if state["blocked"] == 0 else 0
    for bar in range(start, len(close)):
        wish = target[bar]
        if wish != standing and wish != codes.NO_OPINION:
            return bar
        turn = flags[bar] & codes.TURNING
        if turn != 0:
            if turn != plain_turn:
                return bar
            state["day_start"] = equity[bar - 1] if bar > start else state["equity"]
        equity[bar] = cash + position * close[bar]
    return len(close)


@compiled
def _run_guarded(bars: Any, settings: Any, state: Any, equity: Any, start: int) -> int:
    """As `_run_quiet` with a position under guard: also stops where an exit or the daily loss could be reached."""
    flags, target = bars.flags, bars.target
    opened, high, low, close = bars.open, bars.high, bars.low, bars.close
    cash, position, standing = state["cash"], state["position"], state["standing"]
    floor = -math.inf
    if settings["max_daily_loss"] > 0.0 and state["blocked"] == 0:
        floor = state["day_start"] * (1.0 - settings["max_daily_loss"])
    trail, best = settings["trailing_stop"], state["best"]
    long = position > 0.0
    stop, _ = _stop_level(settings, state)
    goal = _target_level(settings, state, bars.tick[bars.session[start]])
    bar = start
    while bar < len(close):
        wish = target[bar]
        if (flags[bar] & codes.TURNING) != 0 or (wish != standing and wish != codes.NO_OPINION):
            break
        if long:
            if low[bar] <= stop or opened[bar] <= stop or high[bar] > goal or opened[bar] > goal:
                break
        elif high[bar] >= stop or opened[bar] >= stop or low[bar] < goal or opened[bar] < goal:
            break
        marked = cash + position * close[bar]
        if marked <= floor:
            break
        equity[bar] = marked
        if trail > 0.0:
            if long and close[bar] > best:
                best = close[bar]
                stop = max(stop, best * (1.0 - trail))
            elif not long and close[bar] < best:
                best = close[bar]
                stop = min(stop, best * (1.0 + trail))
        bar += 1
    state["best"] = best
    return bar


@compiled
def _stop_level(settings: Any, state: Any) -> tuple[float, int]:
    """The nearer of stop and trailing level, and its reason; an infinity that is never reached where both are off."""
    loss, trail = settings["stop_loss"], settings["trailing_stop"]
    if state["position"] > 0.0:
        stop = state["average"] * (1.0 - loss) if loss > 0.0 else -math.inf
        trailing = state["best"] * (1.0 - trail) if trail > 0.0 else -math.inf
        return (trailing, codes.TRAILING) if trailing > stop else (stop, codes.STOP)
    stop = state["average"] * (1.0 + loss) if loss > 0.0 else math.inf
    trailing = state["best"] * (1.0 + trail) if trail > 0.0 else math.inf
    return (trailing, codes.TRAILING) if trailing < stop else (stop, codes.STOP)


@compiled
def _target_level(settings: Any, state: Any, tick: float) -> float:
    """Price of the resting target limit, on the tick; an infinity that is never reached where it is off."""
    gain = settings["take_profit"]
    if state["position"] > 0.0:
        return tick_up(state["average"] * (1.0 + gain), tick) if gain > 0.0 else math.inf
    return tick_down(state["average"] * (1.0 - gain), tick) if gain > 0.0 else -math.inf


@compiled
def _step(now: Any, rates: Any, settings: Any, state: Any, log: Any) -> None:
    """One bar through all rules."""
    flags = now["flags"]
    if (flags & codes.FIRST) != 0:
        _begin_session(now, settings, state, log)
    _date_orders(now, state)
    open_budget(now, settings, state)
    if (flags & codes.SQUARE_OFF) != 0:
        _begin_square_off(now, state)
    if (flags & codes.TRADABLE) != 0:
        _at_open(now, rates, settings, state, log)
        if state["position"] != 0.0 and state["exit_reason"] == codes.NO_ORDER:
            _inside(now, rates, settings, state, log)
    if (flags & codes.CLOSE_OUT) != 0:
        if state["position"] != 0.0:
            _force_out(now, rates, settings, state, log, codes.SQUARED_OFF)
        state["entry_side"], state["blocked"] = 0, 1
    _mark(now, settings, state)
    _see_target(now, settings, state, log)
    if settings["fill_at_close"] == 1:
        _at_close(now, rates, settings, state, log)


@compiled
def _begin_session(now: Any, settings: Any, state: Any, log: Any) -> None:
    """Rule 1: DAY orders lapse, the day's loss starts anew, a block ends."""
    session = now["session"]
    lapsed = False
    if state["entry_side"] != 0 and 0 <= state["entry_session"] < session:
        end_entry(state, log, now["bar"], codes.REFUSED_LAPSED)
        lapsed = True
    if state["exit_reason"] == codes.SIGNAL and 0 <= state["exit_session"] < session:
        state["exit_reason"], lapsed = codes.NO_ORDER, True
    if lapsed and _sign(state) != state["standing"]:
        state["due"] = 1
    state["day_start"] = state["equity"]
    if state["blocked"] == 1:
        state["blocked"] = 0
        if settings["intraday_product"] == 1:
            state["due"] = 1 if state["standing"] != 0 else 0
        if state["due"] == 1 and settings["fill_at_close"] == 0:
            bar = now["bar"]
            make_orders(settings, state, log, bar - 1, bar, now["atr_before"], now["annual_volatility_before"])


@compiled
def _sign(state: Any) -> int:
    position = state["position"]
    return 0 if position == 0.0 else 1 if position > 0.0 else -1


@compiled
def _date_orders(now: Any, state: Any) -> None:
    """Orders live through the session of their first possible bar: this one, if they are new."""
    if state["entry_session"] < 0:
        state["entry_session"] = now["session"]
    if state["exit_session"] < 0:
        state["exit_session"] = now["session"]


@compiled
def _begin_square_off(now: Any, state: Any) -> None:
    """Rule 2: everything that works is cancelled, and the position is on its way out."""
    state["entry_side"], state["blocked"] = 0, 1
    state["exit_reason"] = codes.SQUARED_OFF if state["position"] != 0.0 else codes.NO_ORDER
    state["exit_session"] = now["session"]


@compiled
def _at_open(now: Any, rates: Any, settings: Any, state: Any, log: Any) -> None:
    """Rule 3: exits before entries."""
    opened = now["open"]
    deferred = settings["fill_at_close"] == 1  # orders of a target then wait for the close
    reason = state["exit_reason"]
    if reason != codes.NO_ORDER:
        if not (deferred and reason == codes.SIGNAL):
            leave(now, rates, settings, state, log, opened, reason)
    elif state["position"] != 0.0:
        stop, kind = _stop_level(settings, state)
        goal = _target_level(settings, state, now["tick"])
        long = state["position"] > 0.0
        if (long and opened <= stop) or (not long and opened >= stop):
            leave(now, rates, settings, state, log, opened, kind)
        elif (long and opened > goal) or (not long and opened < goal):
            take_profit(now, rates, settings, state, log, goal)
    if not deferred:
        _try_entry(now, rates, settings, state, log, opened)


@compiled
def _try_entry(now: Any, rates: Any, settings: Any, state: Any, log: Any, base: float) -> None:
    """Fill the entry order once nothing stands against it: no exit works, no opposite position is left."""
    if state["entry_side"] == 0 or state["exit_reason"] != codes.NO_ORDER:
        return
    if state["position"] == 0.0 or _sign(state) == state["entry_side"]:
        enter(now, rates, settings, state, log, base)


@compiled
def _inside(now: Any, rates: Any, settings: Any, state: Any, log: Any) -> None:
    """Rule 4: the position's resting exits against the bar's high and low."""
    opened, high, low = now["open"], now["high"], now["low"]
    stop, kind = _stop_level(settings, state)
    goal = _target_level(settings, state, now["tick"])
    if state["position"] > 0.0:
        stopped, reached, base = low <= stop, high > goal, min(opened, stop)
    else:
        stopped, reached, base = high >= stop, low < goal, max(opened, stop)
    if reached and (settings["optimistic"] == 1 or not stopped):
        take_profit(now, rates, settings, state, log, goal)
    elif stopped:
        leave(now, rates, settings, state, log, base, kind)


@compiled
def _force_out(now: Any, rates: Any, settings: Any, state: Any, log: Any, reason: int) -> None:
    """Close the position at the bar's close whatever its volume and lock: rules 5 and 8."""
    side = -1 if state["position"] > 0.0 else 1
    held = abs(state["position"])
    price = market_price(now, settings, side, now["close"], held)
    book(now, rates, settings, state, log, reason, side, held, price)


@compiled
def _mark(now: Any, settings: Any, state: Any) -> None:
    """Rule 6: equity, the best close, the day's loss."""
    price = now["close"]
    state["mark_price"] = price
    state["equity"] = state["cash"] + state["position"] * price
    if state["position"] > 0.0:
        state["best"] = max(state["best"], price)
    elif state["position"] < 0.0:
        state["best"] = min(state["best"], price)
    limit = settings["max_daily_loss"]
    if limit > 0.0 and state["blocked"] == 0 and state["equity"] <= state["day_start"] * (1.0 - limit):
        state["blocked"], state["entry_side"] = 1, 0
        if state["position"] != 0.0 and state["exit_reason"] in (codes.NO_ORDER, codes.SIGNAL):
            state["exit_reason"], state["exit_session"] = codes.DAILY_LOSS, -1


@compiled
def _see_target(now: Any, settings: Any, state: Any, log: Any) -> None:
    """Rule 7: a new target replaces what is left of the earlier one's orders."""
    wish = now["target"]
    if wish not in (codes.NO_OPINION, state["standing"]):
        state["standing"], state["due"], state["entry_side"] = wish, 1, 0
        if state["exit_reason"] == codes.SIGNAL:
            state["exit_reason"] = codes.NO_ORDER
    if state["due"] == 1 and state["blocked"] == 0:
        bar = now["bar"]
        first_bar = bar if settings["fill_at_close"] == 1 else bar + 1
        make_orders(settings, state, log, bar, first_bar, now["atr"], now["annual_volatility"])


@compiled
def _at_close(now: Any, rates: Any, settings: Any, state: Any, log: Any) -> None:
    """Rule 7 under `fill_at="close"`: the target's orders fill at this very close, and the bar is marked again."""
    if (now["flags"] & codes.TRADABLE) == 0:
        return
    price = now["close"]
    if state["exit_reason"] == codes.SIGNAL:
        leave(now, rates, settings, state, log, price, codes.SIGNAL)
    _try_entry(now, rates, settings, state, log, price)
    state["equity"] = state["cash"] + state["position"] * price
