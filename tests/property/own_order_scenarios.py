"""Random markets of up to three symbols on one account, and random scripts of a strategy that sends its own orders."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from hypothesis import strategies as st
from tests.oracle import Bar
from tests.oracle.own_orders import (
    Action,
    Bracket,
    Cancel,
    CancelAll,
    Close,
    Modify,
    Moment,
    Oco,
    OwnOrderSettings,
    Send,
    Target,
)
from tests.property.scenarios import Walk, all_settings, charge_rates, optional, price

SYMBOLS = ("AA", "BB", "CC")


@dataclass(frozen=True)
class OwnOrderScenario:
    """`script[m]` are the actions at the close of `moments[m]`; see `tests.oracle.own_orders.simulate_moments`."""

    moments: list[Moment]
    script: list[list[Action]]
    settings: OwnOrderSettings


@dataclass
class Listing:
    """A symbol while its bars are drawn."""

    symbol: str
    tick: float
    walk: Walk
    count: int = 0


@dataclass
class Writer:
    """What the script's author knows: where the prices stand, and the kind and symbol of every ordinal taken."""

    listings: dict[str, Listing]
    long_only: bool
    places: dict[str, int] = field(default_factory=dict)
    taken: list[tuple[str, str]] = field(default_factory=list)


# Markets


def once_in(many: int) -> st.SearchStrategy[bool]:
    """True that rarely; integers near 0 are drawn more often than their share."""
    return st.integers(0, many - 1).map(lambda number: number == many // 2 + 1)


@st.composite
def bar_of(draw: st.DrawFn, listing: Listing, session: int, lower: int, upper: int, facts: dict[str, Any]) -> Bar:
    walk, tick = listing.walk, listing.tick
    moves = st.sampled_from([0, 0, 1, -1, 2, -2, 4, -4, 8, -8, 15, -15])
    opened = min(max(walk.place + draw(moves), lower), upper)
    closed = min(max(opened + draw(moves), lower), upper)
    high = min(max(opened, closed) + draw(st.integers(0, 6)), upper)
    low = max(min(opened, closed) - draw(st.integers(0, 6)), lower)
    kind = draw(st.sampled_from(["traded"] * 12 + ["locked_up", "locked_down", "standing"]))
    if kind != "traded":
        opened = {"locked_up": upper, "locked_down": lower, "standing": opened}[kind]
        closed = high = low = opened
    walk.place = closed
    listing.count += 1
    return Bar(
        listing.count - 1,
        session,
        open=price(opened, tick),
        high=price(high, tick),
        low=price(low, tick),
        close=price(closed, tick),
        volume=float(draw(st.sampled_from([0, 30, 900, 5_000, 10**6, 10**6, 10**6]))),
        tick=tick,
        band_lower=price(lower, tick),
        band_upper=price(upper, tick),
        **facts,
    )


@st.composite
def sessions(draw: st.DrawFn, listings: Sequence[Listing], session: int) -> list[dict[str, Bar]]:
    """The moments of one day; bars may be missing, and a symbol may not trade at all."""
    slots = draw(st.integers(1, 9))
    square_off = slots - draw(st.sampled_from([-1, -1, 0, 1, 1, 2, slots]))
    moments: list[dict[str, Bar]] = [{} for _ in range(slots)]
    for listing in listings:
        lower, upper = max(listing.walk.place * 4 // 5, 30), listing.walk.place * 6 // 5
        facts = {
            "day_volatility": draw(optional(0.02)),
            "average_daily_volume": draw(optional(31_000.0)),
            "sizing_volatility": draw(optional(0.22)),
            "atr": draw(optional(1.37, 2.2)),
        }
        present = [place for place in range(slots) if not draw(once_in(7))]
        is_squared_off = False
        for place in present:
            bar = draw(bar_of(listing, session, lower, upper, facts))
            begins = place >= square_off and not is_squared_off
            is_squared_off = is_squared_off or begins
            moments[place][listing.symbol] = replace(bar, square_off_open=begins, last_of_session=place == present[-1])
    return [dict(sorted(each.items())) for each in moments if each]


# Scripts


@st.composite
def quantities(draw: st.DrawFn, lot: int) -> float:
    if draw(once_in(60)):
        return draw(st.sampled_from([0.0, -10.0, 2.5]))
    units: float = draw(st.sampled_from([1, 2, 5, 10, 10, 20, 50, 100, 300]))
    return units * lot if 0 < lot < 10 else float(lot * draw(st.integers(1, 6))) if lot else units + 0.5


@st.composite
def near(draw: st.DrawFn, writer: Writer, symbol: str, low: int, high: int) -> float:
    """A price that many steps from the last close; now and then one that no order can have."""
    tick = writer.listings[symbol].tick
    place = max(writer.places[symbol] + draw(st.integers(low, high)), 1)
    if draw(once_in(120)):
        return -1.0
    return price(place, tick) + (0.01 if tick and draw(once_in(120)) else 0.0)


@st.composite
def single_orders(draw: st.DrawFn, writer: Writer, symbol: str, lot: int) -> Send:
    side: Any = draw(st.sampled_from(["buy", "buy", "sell"]))
    toward = 1 if side == "buy" else -1
    kind = draw(st.sampled_from(["market", "limit", "limit", "stop", "stop", "stop_limit", "stop_limit", "trailing"]))
    prices: dict[str, Any] = {}
    if "limit" in kind:
        prices["limit"] = draw(near(writer, symbol, -12, 12))
    if kind.startswith("stop"):
        reach = sorted((toward * 14, toward * -3))
        prices["trigger"] = draw(near(writer, symbol, *reach))
    if kind == "trailing":
        prices["trail"] = draw(st.sampled_from([0.0107, 0.0107, 0.0193, 0.0351, 0.3, 1.5]))
    validity: Literal["day", "ioc"] = draw(st.sampled_from(["day", "day", "day", "day", "ioc"]))
    if kind.startswith(("stop", "trailing")) and not draw(once_in(40)):
        validity = "day"
    writer.taken.append((kind, symbol))
    reduce_only = draw(once_in(7))
    return Send(symbol, side, draw(quantities(lot)), **prices, validity=validity, reduce_only=reduce_only)


@st.composite
def brackets(draw: st.DrawFn, writer: Writer, symbol: str, lot: int) -> Bracket:
    side: Any = "buy" if writer.long_only else draw(st.sampled_from(["buy", "sell"]))
    toward = 1 if side == "buy" else -1

    def away(most: int, least: int = 0) -> st.SearchStrategy[float]:
        return near(writer, symbol, *sorted((toward * least, toward * most)))

    kind = draw(st.sampled_from(["market", "market", "limit", "limit", "stop", "stop_limit"]))
    prices: dict[str, Any] = {}
    if "limit" in kind:
        prices["limit"] = draw(away(3, -6))
    if kind.startswith("stop"):
        prices["trigger"] = draw(away(5, -2))
    if draw(st.integers(0, 3)):
        prices["stop"] = draw(away(-18, -5))
    else:
        prices["trail"] = draw(st.sampled_from([0.0107, 0.0193, 0.0411]))
    writer.taken += [(kind, symbol), ("trailing" if "trail" in prices else "stop", symbol), ("target", symbol)]
    validity: Literal["day", "ioc"] = "ioc" if draw(once_in(9)) else "day"
    return Bracket(symbol, side, draw(quantities(lot)), draw(away(18, 4)), **prices, validity=validity)


@st.composite
def changes(draw: st.DrawFn, writer: Writer, lot: int) -> Modify:
    """Mostly of a price that the order has; now and then of another one, or of the quantity."""
    ordinal = draw(recent_ordinals(writer))
    kind, symbol = writer.taken[ordinal]
    if kind not in ("target", "stop", "trailing") and draw(once_in(3)):
        return Modify(ordinal, quantity=draw(quantities(lot)))
    wanted: dict[str, Any] = {}
    if kind in ("limit", "stop_limit", "target"):
        wanted["limit"] = draw(near(writer, symbol, -10, 10))
    if kind == "stop" or (kind == "stop_limit" and draw(st.booleans())):
        wanted["trigger"] = draw(near(writer, symbol, -10, 10))
    if kind == "trailing":
        wanted["trail"] = draw(st.sampled_from([0.0053, 0.0151, 0.0519]))
    return Modify(ordinal, **wanted) if wanted else Modify(ordinal, quantity=draw(quantities(lot)))


def recent_ordinals(writer: Writer) -> st.SearchStrategy[int]:
    last = len(writer.taken) - 1
    return st.integers(max(last - 5, 0), last)


@st.composite
def steps(draw: st.DrawFn, writer: Writer, symbol: str, lot: int) -> list[Action]:
    """One thought of the strategy: an order, a pair that cancels each other, a change of its mind."""
    kinds = ["single"] * 6 + ["bracket"] * 6 + ["pair"] * 2 + ["target", "close"]
    if writer.taken:
        kinds += ["modify"] * 4 + ["cancel", "cancel", "link", "cancel_all"]
    match draw(st.sampled_from(kinds)):
        case "single":
            return [draw(single_orders(writer, symbol, lot))]
        case "bracket":
            return [draw(brackets(writer, symbol, lot))]
        case "pair":
            first = draw(single_orders(writer, symbol, lot))
            second = draw(single_orders(writer, symbol, lot))
            last = len(writer.taken) - 1
            return [first, second, Oco(last - 1, last)]
        case "target":
            return [Target(symbol, draw(st.sampled_from([1, 0, -1])))]
        case "close":
            writer.taken.append(("market", symbol))
            return [Close(symbol)]
        case "modify":
            return [draw(changes(writer, lot))]
        case "cancel":
            return [Cancel(draw(recent_ordinals(writer)))]
        case "link":
            return [Oco(draw(recent_ordinals(writer)), draw(recent_ordinals(writer)))]
        case _:
            return [CancelAll(draw(st.sampled_from([None, symbol])))]


@st.composite
def scripts(
    draw: st.DrawFn, moments: Sequence[Moment], listings: Sequence[Listing], settings: OwnOrderSettings
) -> list[list[Action]]:
    writer = Writer({each.symbol: each for each in listings}, settings.product == "CNC")
    script: list[list[Action]] = []
    for moment in moments:
        for symbol, bar in moment.items():
            tick = writer.listings[symbol].tick
            writer.places[symbol] = round(bar.close / (tick or 0.237))
        actions: list[Action] = []
        # Mostly of a symbol whose bar has just closed; now and then of one that has no bar in this moment.
        known = sorted(writer.places)
        for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
            symbol = draw(st.sampled_from([*list(moment) * 4, *known]))
            actions += draw(steps(writer, symbol, settings.lot))
        if draw(once_in(120)):
            writer.taken.append(("market", known[0]))
            actions.append(Send("ZZ", "buy", 10))
        script.append(actions)
    return script


@st.composite
def own_order_scenarios(draw: st.DrawFn, most_symbols: int = 3) -> OwnOrderScenario:
    """One to `most_symbols` symbols over one to four days."""
    drawn = draw(all_settings())
    if draw(st.booleans()):
        # Leave the field to the strategy's own orders.
        drawn = replace(drawn, stop_loss_pct=None, take_profit_pct=None, trailing_stop_pct=None)
        drawn = replace(drawn, max_position_pct=None, max_daily_loss=None)
    if drawn.sizing.mode == "fixed_fractional" and drawn.stop_loss_pct is None:
        drawn = replace(drawn, sizing=replace(drawn.sizing, mode="percent_equity"))
    settings = OwnOrderSettings(**vars(drawn), max_open_positions=draw(st.sampled_from([None, None, 1, 2])))
    listings = [
        Listing(symbol, draw(st.sampled_from([0.05, 0.25, 1.0, 0.0])), Walk(draw(st.sampled_from([120, 400, 2_003]))))
        for symbol in SYMBOLS[: draw(st.integers(1, most_symbols))]
    ]
    moments: list[dict[str, Bar]] = []
    rates = {each.symbol: draw(charge_rates()) for each in listings}
    for session in range(draw(st.integers(1, 4))):
        moments += draw(sessions(listings, session))
    if not moments:
        moments = [{"AA": draw(bar_of(listings[0], 0, 30, 4_000, {}))}]
    priced: list[Moment] = [
        {symbol: replace(bar, charge_rates=rates[symbol]) for symbol, bar in moment.items()} for moment in moments
    ]
    return OwnOrderScenario(priced, draw(scripts(priced, listings, settings)), settings)
