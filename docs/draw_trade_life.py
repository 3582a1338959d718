"""Draw one trade's life for the page on assumptions: bars made by hand, everything else from a run of the event engine.

Run `.venv/bin/python docs/draw_trade_life.py` after a change of the rules; `tests/test_documentation.py` fails until
then.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import polars as pl

from hermes import BacktestRequest, DataService, Strategy
from hermes.data.bars import BAR_SCHEMA
from hermes.data.store import write_bars
from hermes.engine import BacktestResult, run_backtest
from hermes.engine.event.book import Facts
from hermes.engine.event.engine import EventEngine
from hermes.engine.event.feed import feed
from hermes.engine.event.stored import columns_of
from hermes.engine.kernel.rounding import tick_up
from hermes.engine.load import load
from hermes.engine.vector import kernel_settings
from hermes.market import IST
from hermes.market.charges import CHARGE_ITEMS
from hermes.settings import Settings
from hermes.strategy import latch

PICTURE = Path(__file__).parent / "images" / "trade-life.svg"

# open, high, low, close of the 25 quarters of an hour of one session.
PRICES = (
    (500.00, 501.20, 498.60, 499.10), (499.10, 500.10, 498.00, 498.40), (498.40, 499.30, 497.60, 498.90),
    (498.90, 500.60, 498.50, 500.20), (500.20, 502.90, 500.00, 502.60), (503.00, 504.60, 502.10, 504.20),
    (504.20, 505.50, 503.60, 505.30), (505.30, 505.80, 503.10, 503.70), (503.70, 504.60, 502.20, 504.10),
    (504.10, 507.00, 503.90, 506.60), (506.60, 508.90, 506.10, 508.40), (508.40, 509.60, 507.20, 507.60),
    (507.60, 508.30, 506.00, 506.90), (506.90, 509.90, 506.70, 509.60), (509.60, 512.30, 509.10, 511.90),
    (511.90, 513.65, 510.90, 512.60), (512.60, 513.20, 511.00, 511.30), (511.30, 511.70, 509.40, 509.80),
    (509.80, 510.30, 505.90, 506.40), (506.40, 507.60, 505.50, 507.10), (507.10, 508.60, 506.80, 508.20),
    (508.20, 509.90, 507.90, 509.50), (509.50, 510.40, 508.60, 509.00), (509.00, 509.60, 507.70, 508.10),
    (508.10, 508.80, 507.40, 508.00),
)  # fmt: skip
FIRST = datetime(2025, 9, 10, 9, 15, tzinfo=IST)
STEP = timedelta(minutes=15)
REQUEST = BacktestRequest(
    symbols=("EXAMPLE",), strategy="Breakout", mode="event", timeframe="15m", product="MIS", slippage=0.001,
    risk={"stop_loss_pct": 0.006, "trailing_stop_pct": 0.01, "take_profit_pct": 0.02},
)  # fmt: skip
RISK = REQUEST.risk


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):g} %"


SLIPPAGE = _percent(REQUEST.slippage)


class Breakout(Strategy):
    """Long from a close above the highest price of the four bars before, until one below the lowest of eight."""

    def signals(self) -> pl.Expr:
        """The target."""
        above = pl.col("close") > pl.col("high").rolling_max(4).shift(1)
        below = pl.col("close") < pl.col("low").rolling_min(8).shift(1)
        return latch(enter=above, exit=below)


@dataclass(frozen=True, slots=True)
class Life:
    """What the run gave; lists are by bar. `stops`: what guarded the bar, and whether it was the trailing stop."""

    result: BacktestResult
    targets: list[int]
    positions: list[float]
    stops: list[tuple[float, bool] | None]
    goal: float
    tick: float

    @property
    def trade(self) -> dict[str, Any]:
        """The one row of the list of trades."""
        return self.result.trades.row(0, named=True)

    @property
    def fills(self) -> list[dict[str, Any]]:
        """Entry and exit."""
        return self.result.fills.to_dicts()


def live(mode: str = "event") -> Life:
    """Run the backtest in `mode`, and the event engine once more bar by bar to see the levels in its book."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_root=Path(folder), registry_enabled=False)
        write_bars(_bars(), settings.minute_dir, "EXAMPLE", "written by hand", adjusted=False, interval=15)
        data, strategy = DataService(settings), Breakout()
        result = run_backtest(REQUEST.model_copy(update={"mode": mode}), data, strategy)
        loaded = load("EXAMPLE", REQUEST, data, strategy)
    facts = Facts.of(loaded.prepared, with_targets=True)
    engine = EventEngine(strategy, {"EXAMPLE": facts}, {"EXAMPLE": kernel_settings(REQUEST, loaded.part.lot)})
    book = engine.books["EXAMPLE"]
    after: list[tuple[int, float, float, float]] = []

    def watched() -> Iterator[Any]:
        # A generator goes on when its event has been handled.
        for event in feed(["EXAMPLE"], [{"EXAMPLE": columns_of(loaded.bars)}]):
            yield event
            after.append((book.standing, book.position, book.average, book.best))

    engine.run(watched())
    held = [position for _, position, _, _ in after]
    entered = next(number for number, position in enumerate(held) if position)
    left = next(number for number in range(entered, len(held)) if not held[number])
    price = after[entered][2]
    stops: list[tuple[float, bool] | None] = [None] * len(after)
    for number in range(entered, left + 1):
        best = price if number == entered else after[number - 1][3]
        stop = price * (1 - (RISK.stop_loss_pct or 0.0))
        trailing = best * (1 - (RISK.trailing_stop_pct or 0.0))
        stops[number] = (max(stop, trailing), trailing > stop)
    goal = tick_up(price * (1 + (RISK.take_profit_pct or 0.0)), book.tick)
    return Life(result, [standing for standing, *_ in after], held, stops, goal, book.tick)


def _bars() -> pl.DataFrame:
    opened, high, low, close = zip(*PRICES, strict=True)
    frame = pl.DataFrame(
        {
            "symbol": "EXAMPLE",
            "timestamp": pl.Series([FIRST + STEP * n for n in range(len(PRICES))]).dt.convert_time_zone("UTC"),
            "open": opened,
            "high": high,
            "low": low,
            "close": close,
            "volume": 40_000,
            "oi": 0,
        }
    )
    return frame.cast({name: BAR_SCHEMA[name] for name in frame.columns})


# The drawing

WIDTH, HEIGHT = 880, 1030
LEFT, TOP, RIGHT, BOTTOM = 60, 104, 858, 526
LOWEST, HIGHEST = 496.5, 515.0
STRIDE = (RIGHT - LEFT) / len(PRICES)
BODY = 16

STYLE = """
  svg { --paper: #ffffff; --edge: #d5dbe3; --ink: #1d2530; --soft: #5b6675; --grid: #e8ecf1; --panel: #f5f7fa;
        --up: #1f8a70; --down: #c8553d; --stop: #b3261e; --goal: #2563b0; --fill: #1d2530; --held: #cfe3f7;
        --wish: #e4e0f5 }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #151a21; --edge: #323b48; --ink: #e6eaf0; --soft: #9aa6b5; --grid: #262e39; --panel: #1c222b;
          --up: #4dbf9f; --down: #e58a6f; --stop: #ff8f85; --goal: #7db5f5; --fill: #e6eaf0; --held: #24415f;
          --wish: #37325a }
  }
  text { font-family: system-ui, sans-serif; font-size: 13px; fill: var(--ink) }
  .title { font-size: 20px; font-weight: 600 }
  .soft { fill: var(--soft) }
  .small { font-size: 12px }
  .strong { font-weight: 600 }
  .end { text-anchor: end }
  .middle { text-anchor: middle }
  .stop { fill: var(--stop) }
  .goal { fill: var(--goal) }
  .line { fill: none; stroke-width: 2 }
  .number { fill: var(--ink) }
  .digit { fill: var(--paper); font-size: 12px; font-weight: 700; text-anchor: middle }
  .paper { fill: var(--paper); stroke: var(--edge) }
  .panel { fill: var(--panel); stroke: var(--edge) }
"""


def draw(life: Life) -> str:
    """The picture as SVG text."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' role="img" aria-labelledby="name text">',
        '<title id="name">One trade\'s life</title>',
        f'<desc id="text">{escape(_about(life))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10"/>',
        *_heading(),
        *_axes(),
        *_levels(life),
        *_candles(),
        *_fills(life),
        *_lanes(life),
        *_numbers(life),
        *_steps(life),
        *_rows(life),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _about(life: Life) -> str:
    trade = life.trade
    return (
        "25 candles. A close above the last four highs gives the target long; the order fills at the next open, worse "
        f"by the slippage, at {trade['entry_price']:.2f}. A stop follows the best close; the target above is touched "
        "but not traded through. The stop is reached inside a bar and fills at "
        f"{trade['exit_price']:.2f}. After charges the trade gains {trade['net']:.2f} rupees."
    )


def _x(number: float) -> float:
    return LEFT + (number + 0.5) * STRIDE


def _y(price: float) -> float:
    return BOTTOM - (price - LOWEST) / (HIGHEST - LOWEST) * (BOTTOM - TOP)


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{_class(kind)}>{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, color: str, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="var(--{color})"{more}/>'


def _box(x: float, y: float, width: float, height: float, more: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {more}/>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _badge(x: float, y: float, number: int) -> str:
    return f'<circle class="number" cx="{x:.1f}" cy="{y:.1f}" r="9.5"/>' + _text(x, y + 4.3, str(number), "digit")


def _heading() -> Iterator[str]:
    stop, trail, goal = (_percent(each) for each in (RISK.stop_loss_pct, RISK.trailing_stop_pct, RISK.take_profit_pct))
    rules = f"{REQUEST.product}, slippage {SLIPPAGE}, stop {stop}, trailing stop {trail}, target {goal}"
    yield _text(24, 36, "One trade’s life", "title")
    yield _text(24, 58, "A session of made-up prices in bars of 15 minutes, run by the event engine.", "soft")
    yield _text(24, 76, f"{rules}, everything else at its default.", "soft")


def _axes() -> Iterator[str]:
    for price in range(498, 515, 2):
        yield _line(LEFT, _y(price), RIGHT, _y(price), "grid")
        yield _text(LEFT - 8, _y(price) + 4, f"{price}", "soft small end")
    for number in range(0, len(PRICES), 3):
        yield _text(_x(number), BOTTOM + 18, f"{FIRST + STEP * number:%H:%M}", "soft small middle")


def _candles() -> Iterator[str]:
    for number, (opened, high, low, close) in enumerate(PRICES):
        color = "up" if close >= opened else "down"
        x, upper, lower = _x(number), _y(max(opened, close)), _y(min(opened, close))
        yield _line(x, _y(high), x, _y(low), color, ' stroke-width="1.6"')
        hollow = f'fill="var(--paper)" stroke="var(--{color})" stroke-width="1.6"'
        solid = f'fill="var(--{color})" stroke="var(--{color})" stroke-width="1.6"'
        yield _box(x - BODY / 2, upper, BODY, max(lower - upper, 1.0), hollow if color == "up" else solid)


def _levels(life: Life) -> Iterator[str]:
    first, last = _held(life)
    start, end = _x(first) - STRIDE / 2, _x(last) + STRIDE / 2
    goal = _y(life.goal)
    yield _line(start, goal, end, goal, "goal", ' stroke-width="2" stroke-dasharray="7 4"')
    yield _text(start, goal - 8, f"target {life.goal:.2f}, a resting limit order", "small goal")
    entry = _y(life.trade["entry_price"])
    yield _line(start, entry, end, entry, "soft", ' stroke-dasharray="2 4"')
    points = []
    for number in range(first, last + 1):
        level, _ = life.stops[number] or (0.0, False)
        points += [f"{_x(number) - STRIDE / 2:.1f},{_y(level):.1f}", f"{_x(number) + STRIDE / 2:.1f},{_y(level):.1f}"]
    yield f'<polyline class="line" points="{" ".join(points)}" stroke="var(--stop)"/>'
    level, _ = life.stops[first] or (0.0, False)
    yield _text(start + 26, _y(level) + 18, f"stop {level:.2f}", "small stop")
    yield _text(end + 8, entry + 4, f"entry {life.trade['entry_price']:.2f}", "soft small")


def _held(life: Life) -> tuple[int, int]:
    """The bar of the entry and that of the exit."""
    known = [number for number, stop in enumerate(life.stops) if stop]
    return known[0], known[-1]


def _fills(life: Life) -> Iterator[str]:
    entry, leave = life.fills
    first, last = _held(life)
    x, y = _x(first), _y(entry["price"])
    yield f'<path d="M{x - 19:.1f} {y - 6:.1f} l10 6 l-10 6 z" fill="var(--fill)"/>'
    x, y = _x(last), _y(leave["price"])
    yield f'<path d="M{x + 19:.1f} {y - 6:.1f} l-10 6 l10 6 z" fill="var(--fill)"/>'


def _lanes(life: Life) -> Iterator[str]:
    top = BOTTOM + 34
    targets = ["" if not each else f"{each}: long" for each in life.targets]
    positions = ["" if not each else f"long {each:g}" for each in life.positions]
    for row, (name, words, color) in enumerate((("target", targets, "wish"), ("holds", positions, "held"))):
        y = top + 27 * row
        yield _text(LEFT - 8, y + 15, name, "soft small end")
        yield _box(LEFT, y, RIGHT - LEFT, 22, 'fill="var(--panel)"')
        for start, end, word in _runs(words):
            if word:
                # A target is known at a bar's close; the position came at an open and went inside a bar.
                left = _x(start) + (STRIDE / 2 if name == "target" else -STRIDE / 2)
                right = _x(end) + STRIDE / 2 if end == len(words) - 1 else _x(end + 1)
                yield _box(left, y, right - left, 22, f'fill="var(--{color})"')
                yield _text((left + right) / 2, y + 15, word, "small middle")


def _runs(words: list[str]) -> Iterator[tuple[int, int, str]]:
    start = 0
    for number in range(1, len(words) + 1):
        if number == len(words) or words[number] != words[start]:
            yield start, number - 1, words[start]
            start = number


def _numbers(life: Life) -> Iterator[str]:
    first, last = _held(life)
    touch = next(number for number, price in enumerate(PRICES) if price[1] == round(life.goal, 2))
    moved = next(number for number in range(first, last) if (life.stops[number] or (0, False))[1])
    flat, _ = life.stops[first] or (0.0, False)
    risen, _ = life.stops[moved + 5] or (0.0, False)
    yield _badge(_x(first - 1), _y(PRICES[first - 1][2]) + 18, 1)
    yield _badge(_x(first) - 33, _y(life.trade["entry_price"]) - 12, 2)
    yield _badge(_x(first) - STRIDE / 2 + 10, _y(flat) + 14, 3)
    yield _badge(_x(moved + 5) - 5, _y(risen) + 17, 4)
    yield _text(_x(moved + 5) + 9, _y(risen) + 21, "trailing stop", "small stop")
    yield _badge(_x(touch), _y(life.goal) - 16, 5)
    yield _badge(_x(last), _y(PRICES[last][2]) + 16, 6)
    yield _badge(_x(last + 3), BOTTOM + 34 + 11, 7)


def _steps(life: Life) -> Iterator[str]:
    entry, leave = life.fills
    first, last = _held(life)
    level, _ = life.stops[last] or (0.0, False)
    flat, _ = life.stops[first] or (0.0, False)
    trail = _percent(RISK.trailing_stop_pct)
    signal, opened, best = PRICES[first - 1][3], PRICES[first][0], max(price[3] for price in PRICES[first:last])
    steps = (
        (
            f"Signal, {_clock(first)}: the bar is over",
            f"It closes at {signal:.2f}, above the four highs before it.",
            f"Order: {REQUEST.initial_cash:,.0f} / {signal:.2f} = {REQUEST.initial_cash // signal:.0f} whole shares.",
        ),
        (
            f"Fill, {_clock(first)}: the next bar’s open",
            f"{opened:.2f} + {SLIPPAGE} slippage = {opened * (1 + REQUEST.slippage):.3f},",
            f"up to the tick of {life.tick:.2f}: bought at {entry['price']:.2f}.",
        ),
        (
            "Guarded from the fill on",
            f"The stop stands {_percent(RISK.stop_loss_pct)} below the entry: {flat:.2f}.",
            "The bar of the entry is guarded too.",
        ),
        (
            "Followed up, at closes only",
            f"{trail} below the best close so far, once that is higher.",
            "A bar’s own high cannot move the stop within it.",
        ),
        (
            "Touched, not filled",
            f"The high is {life.goal:.2f}, the target’s very price.",
            "A limit fills only when the bar trades through it.",
        ),
        (
            "Stopped inside a bar",
            f"Low {PRICES[last][2]:.2f}, stop {best:.2f} - {trail} = {level:.3f}.",
            f"Sold there, less {SLIPPAGE}, down to the tick: {leave['price']:.2f}.",
        ),
        (
            "No new entry",
            "The target is still long. After a stop it must change",
            "before it enters again (under MIS, or the next day).",
        ),
        (
            "Charged and booked",
            "Each fill pays the charges of its day; entry and",
            "exit make one row of the list of trades.",
        ),
    )
    for number, (title, *lines) in enumerate(steps, start=1):
        column, row = divmod(number - 1, 4)
        x, y = 40 + 420 * column, 652 + 66 * row
        yield _badge(x, y - 5, number)
        yield _text(x + 20, y, title, "strong")
        for place, line in enumerate(lines, start=1):
            yield _text(x + 20, y + 18 * place, line, "soft")


def _clock(number: int) -> str:
    return f"{FIRST + STEP * number:%H:%M}"


def _rows(life: Life) -> Iterator[str]:
    trade = life.trade
    y = 914
    yield f'<rect class="panel" x="24" y="{y}" width="{WIDTH - 48}" height="94" rx="6"/>'
    cells = (
        ("trade", trade["side"]),
        ("quantity", f"{trade['quantity']:.0f}"),
        ("entry", f"{trade['entry_price']:.2f}"),
        ("exit", f"{trade['exit_price']:.2f}"),
        ("reason", trade["reason"]),
        ("gross", f"{trade['gross']:.2f}"),
        ("charges", f"{trade['charges']:.2f}"),
        ("net", f"{trade['net']:.2f}"),
    )
    for place, (name, value) in enumerate(cells):
        x = 44 + 104 * place
        yield _text(x, y + 22, name, "soft small")
        yield _text(x, y + 41, value, "strong")
    names = {"transaction": "exchange"}
    for row, fill in enumerate(life.fills):
        items = [name for name in CHARGE_ITEMS if fill[name]]
        words = ", ".join(f"{names.get(name, name)} {fill[name]:.2f}" for name in items)
        yield _text(44, y + 64 + 18 * row, f"{fill['side']}: {words} = {fill['charges']:.2f}", "soft small")


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(draw(live()), encoding="utf-8")


if __name__ == "__main__":
    main()
