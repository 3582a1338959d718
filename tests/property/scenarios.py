"""Random markets, targets and settings, as the oracle takes them."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from tests.oracle import Bar, OracleSettings, Sizing
from tests.oracle.model import Rates

# Rates are whole billionths and amounts whole paise: what a schedule may hold.
RATE_NAMES = ("brokerage_rate", "stt_buy", "stt_sell", "transaction", "sebi", "ipft", "stamp_buy", "stamp_sell")


# No price on a tick lies on a level that such a share makes: floats and fractions may differ about what touches.
SHARES = (0.01007, 0.0513)


@dataclass(frozen=True)
class Scenario:
    bars: list[Bar]
    targets: list[int | None]
    settings: OracleSettings


@st.composite
def charge_rates(draw: st.DrawFn) -> Rates:
    if draw(st.booleans()):
        return {}
    rates: dict[str, Decimal | None] = {name: Decimal(draw(st.integers(0, 2_000_000))) / 10**9 for name in RATE_NAMES}
    rates["gst"] = draw(st.sampled_from([Decimal(0), Decimal("0.18")]))
    rates["brokerage_cap"] = draw(st.none() | st.sampled_from([Decimal(20), Decimal("7.35")]))
    rates["brokerage_flat"] = draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("3.11")]))
    rates["per_share"] = draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.0049")]))
    rates["dp"] = draw(st.sampled_from([Decimal(0), Decimal("15.34")]))
    return rates


def optional(*values: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.sampled_from(values)


@st.composite
def sizings(draw: st.DrawFn, stop_loss_pct: float | None) -> Sizing:
    modes = ["all_in", "all_in", "fixed_quantity", "percent_equity", "atr", "volatility_target", "kelly"]
    mode: Any = draw(st.sampled_from([*modes, "fixed_fractional"] if stop_loss_pct else modes))
    return Sizing(
        mode,
        quantity=draw(st.sampled_from([1, 10, 37, 500])),
        fraction=draw(st.sampled_from([0.1, 0.25, 0.93])),
        risk=draw(st.sampled_from([0.01, 0.037])),
        multiple=draw(st.sampled_from([1.0, 2.0, 2.7])),
        target=draw(st.sampled_from([0.15, 0.4])),
    )


@st.composite
def all_settings(draw: st.DrawFn) -> OracleSettings:
    product: Any = draw(st.sampled_from(["CNC", "MIS"]))
    stop = draw(optional(*SHARES, 0.0237))
    return OracleSettings(
        initial_cash=draw(st.sampled_from([100_000.0, 9_873.21, 1_000_000.0])),
        product=product,
        leverage=draw(st.sampled_from([1.0, 3.0, 5.0])) if product == "MIS" else 1.0,
        fill_at=draw(st.sampled_from(["next_open", "next_open", "close"])),
        intrabar=draw(st.sampled_from(["pessimistic", "optimistic"])),
        slippage=draw(st.sampled_from([0.0, 0.0005, 0.0031])),
        impact=draw(st.sampled_from([None, None, "square_root"])),
        impact_k=draw(st.sampled_from([0.5, 1.0])),
        max_volume_share=draw(st.sampled_from([0.1, 0.1, 0.37, None])),
        lot=draw(st.sampled_from([1, 1, 7, 50, 0])),
        zero_volume_blocks=draw(st.sampled_from([True, True, True, False])),
        sizing=draw(sizings(stop)),
        stop_loss_pct=stop,
        take_profit_pct=draw(optional(*SHARES, 0.0291)),
        trailing_stop_pct=draw(optional(*SHARES, 0.0193)),
        max_position_pct=draw(optional(0.31, 0.8)),
        max_daily_loss=draw(optional(0.0113, 0.03)),
        cooldown_bars=draw(st.sampled_from([0, 0, 1, 3])),
        rounding=draw(st.sampled_from(["paisa", "paisa", "none"])),
    )


@dataclass
class Walk:
    """Where the price stands, in ticks."""

    place: int


@st.composite
def session_bars(draw: st.DrawFn, session: int, first: int, walk: Walk, tick: float) -> list[Bar]:
    """The bars of one session: gaps, bars without volume, bars locked at a band; short sessions are short lists."""
    count = draw(st.integers(1, 7))
    # Twenty per cent, and never so low that slippage could turn a price negative.
    lower, upper = max(walk.place * 4 // 5, 30), walk.place * 6 // 5
    facts: dict[str, Any] = {
        "tick": tick,
        "band_lower": price(lower, tick),
        "band_upper": price(upper, tick),
        "day_volatility": draw(optional(0.02)),
        "average_daily_volume": draw(optional(31_000.0)),
        "sizing_volatility": draw(optional(0.22)),
    }
    square_off = draw(st.integers(0, count))
    bars = []
    for place in range(count):
        opened = min(max(walk.place + draw(st.integers(-9, 9)), lower), upper)
        body = [opened, min(max(opened + draw(st.integers(-9, 9)), lower), upper)]
        high = min(max(body) + draw(st.integers(0, 6)), upper)
        low = max(min(body) - draw(st.integers(0, 6)), lower)
        kind = draw(st.sampled_from(["traded"] * 8 + ["locked_up", "locked_down", "standing"]))
        if kind != "traded":
            opened = {"locked_up": upper, "locked_down": lower, "standing": opened}[kind]
            body, high, low = [opened, opened], opened, opened
        walk.place = body[1]
        bars.append(
            Bar(
                first + place,
                session,
                open=price(opened, tick),
                high=price(high, tick),
                low=price(low, tick),
                close=price(body[1], tick),
                volume=float(draw(st.sampled_from([0, 30, 900, 5_000, 10**6, 10**6]))),
                square_off_open=place == square_off,
                last_of_session=place == count - 1,
                atr=draw(st.sampled_from([None, 1.37, 2.2])),
                **facts,
            )
        )
    return bars


def price(place: int, tick: float) -> float:
    """`place` steps as a decimal price; without a tick the steps are odd thousandths."""
    return float(Decimal(place) * (Decimal(str(tick)) if tick else Decimal("0.237")))


@st.composite
def kelly_scenarios(draw: st.DrawFn) -> Scenario:
    """In and out every other bar, often enough for the Kelly fraction to be estimated."""
    count = 2 * draw(st.integers(32, 45))
    moves = draw(st.lists(st.integers(-6, 8), min_size=count, max_size=count))
    place, bars = 2_000, []
    for index, move in enumerate(moves):
        opened, closed = price(place, 0.05), price(place + move, 0.05)
        high, low = max(opened, closed), min(opened, closed)
        bars.append(Bar(index, index // 10, opened, high, low, closed, 50_000.0, 0.05))
        place += move
    sizing = Sizing("kelly", fraction=draw(st.sampled_from([0.25, 0.5, 1.0])))
    settings = OracleSettings(sizing=sizing, fill_at=draw(st.sampled_from(["next_open", "close"])))
    return Scenario(bars, [index % 2 for index in range(count)], settings)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    settings = draw(all_settings())
    tick = draw(st.sampled_from([0.05, 0.25, 1.0, 0.0]))
    walk = Walk(draw(st.sampled_from([120, 400, 2_003])))
    bars: list[Bar] = []
    schedule = [draw(charge_rates()), draw(charge_rates())]
    for session in range(draw(st.integers(1, 5))):
        bars += draw(session_bars(session, len(bars), walk, tick))
    bars = [replace(each, charge_rates=schedule[each.session // 3]) for each in bars]
    targets = draw(st.lists(st.sampled_from([1, 0, -1, 1, -1, None, None]), min_size=len(bars), max_size=len(bars)))
    return Scenario(bars, targets, settings)
