"""A few bars written by hand, run through the kernel, and its fills as short tuples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hermes.engine.kernel import RATES, SETTINGS, Bars
from hermes.engine.kernel.codes import (
    CLOSE_OUT,
    FIRST,
    LOCKED_DOWN,
    LOCKED_UP,
    NO_OPINION,
    REASONS,
    REFUSALS,
    SIZING_MODES,
    TRADABLE,
)
from hermes.engine.kernel.codes import SQUARE_OFF as SQUARE_OFF_BAR
from hermes.engine.prepare import Prepared
from hermes.engine.run import Run
from hermes.engine.vector import run_vector


@dataclass(frozen=True)
class Candle:
    """One bar; a flat one unless told otherwise."""

    open: float
    high: float | None = None
    low: float | None = None
    close: float | None = None
    volume: float = 1_000_000
    target: int | None = None
    first: bool = False
    square_off: bool = False
    close_out: bool = False
    locked: str = ""


def run(candles: Sequence[Candle], tick: float = 0.05, **settings: Any) -> Run:
    """Simulate `candles` without charges, 10 units an entry unless `settings` says otherwise."""
    closes = [each.open if each.close is None else each.close for each in candles]
    highs = [max(c.open, x) if c.high is None else c.high for c, x in zip(candles, closes, strict=True)]
    lows = [min(c.open, x) if c.low is None else c.low for c, x in zip(candles, closes, strict=True)]
    flags = np.zeros(len(candles), dtype=np.uint8)
    for k, each in enumerate(candles):
        flags[k] |= FIRST if each.first or k == 0 else 0
        flags[k] |= TRADABLE if each.volume > 0 else 0
        flags[k] |= SQUARE_OFF_BAR if each.square_off else 0
        flags[k] |= CLOSE_OUT if each.close_out else 0
        flags[k] |= {"": 0, "up": LOCKED_UP, "down": LOCKED_DOWN}[each.locked]
    session = (np.cumsum([each.first or k == 0 for k, each in enumerate(candles)]) - 1).astype(np.int32)
    sessions = int(session[-1]) + 1
    unknown = np.full(sessions, np.nan)
    bars = Bars(
        open=np.array([each.open for each in candles], dtype=np.float64),
        high=np.array(highs, dtype=np.float64),
        low=np.array(lows, dtype=np.float64),
        close=np.array(closes, dtype=np.float64),
        volume=np.array([each.volume for each in candles], dtype=np.float64),
        flags=flags,
        session=session,
        target=np.array([NO_OPINION if c.target is None else c.target for c in candles], dtype=np.int8),
        atr=np.zeros(0),
        tick=np.full(sessions, tick),
        daily_volatility=unknown,
        daily_volume=unknown,
        annual_volatility=unknown,
        rate_row=np.zeros(sessions, dtype=np.int32),
        rates=_no_charges(),
    )
    prepared = Prepared(
        bars=bars,
        timestamps=np.arange(len(candles), dtype=np.int64),
        session_days=np.arange(sessions).astype("datetime64[D]"),
        lot=1.0,
        short_targets=0,
        volume_known=True,
        ticks_rounded=tick > 0,
    )
    return run_vector(prepared, _settings(settings))


def fills(run: Run) -> list[tuple[int, int, float, str]]:
    """(bar, signed quantity, price, reason) of each fill."""
    return [
        (int(f["bar"]), int(f["side"] * f["quantity"]), float(f["price"]), REASONS[int(f["reason"])]) for f in run.fills
    ]


def refusals(run: Run) -> list[tuple[int, str]]:
    """(bar, reason) of each refused entry."""
    return [(int(each["bar"]), REFUSALS[int(each["reason"])]) for each in run.refusals]


def _settings(given: dict[str, Any]) -> np.void:
    settings: np.void = np.zeros(1, dtype=SETTINGS)[0]
    plain: dict[str, Any] = {
        "initial_cash": 100_000.0,
        "leverage": 1.0,
        "lot": 1.0,
        "sizing": "fixed_quantity",
        "sizing_value": 10.0,
    }
    values = plain | given
    settings["sizing_mode"] = SIZING_MODES[str(values.pop("sizing"))]
    for name, value in values.items():
        settings[name] = value
    return settings


def _no_charges() -> np.ndarray:
    rates = np.zeros(1, dtype=RATES)
    rates["brokerage_cap"] = -1
    rates["rounded"] = 1
    return rates
