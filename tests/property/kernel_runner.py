"""The oracle's scenario in the kernel's arrays, and the kernel's rows as the oracle's words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.oracle import Bar, Fill, OracleSettings, Rejection, Sizing, Trade
from tests.oracle.model import Rates, Refusal
from tests.property.scenarios import Scenario

from hermes.engine.kernel import CHARGE_COLUMNS, RATES, SETTINGS, Bars
from hermes.engine.kernel.codes import (
    CLOSE_OUT,
    FIRST,
    LOCKED_DOWN,
    LOCKED_UP,
    NO_OPINION,
    REASONS,
    REFUSALS,
    SIZING_MODES,
    SQUARE_OFF,
    TRADABLE,
)
from hermes.engine.prepare import Prepared
from hermes.engine.run import Run
from hermes.engine.vector import run_vector

AMOUNTS = ("brokerage_cap", "brokerage_flat", "dp")
OUR_REFUSALS: dict[str, Refusal] = {
    "cooldown": "cooldown",
    "size_is_zero": "zero_quantity",
    "position_limit": "position_limit",
    "insufficient_funds": "buying_power",
    "lapsed": "lapsed",
}


@dataclass(frozen=True)
class KernelResult:
    """Equity per bar, and rows in the oracle's own types."""

    equity: NDArray[np.float64]
    fills: list[Fill]
    rejections: list[Rejection]
    trades: list[Trade]
    charges: list[float]


def run_kernel(scenario: Scenario) -> KernelResult:
    return read_run(run_vector(kernel_prepared(scenario), kernel_settings(scenario.settings)))


def kernel_prepared(scenario: Scenario) -> Prepared:
    bars = kernel_bars(scenario)
    return Prepared(
        bars,
        np.arange(len(bars.close)),
        np.arange(scenario.bars[-1].session + 1).astype("datetime64[D]"),
        scenario.settings.lot,
        0,
        volume_known=True,
        ticks_rounded=True,
    )


def replay(scenario: Scenario, kernel: KernelResult) -> tuple[list[float], list[float]]:
    """Cash and position at each bar's close, from the kernel's fills alone."""
    cash, position = scenario.settings.initial_cash, 0.0
    cashes, positions = [], []
    fills = list(zip(kernel.fills, kernel.charges, strict=True))
    for bar in scenario.bars:
        while fills and fills[0][0].bar == bar.index:
            fill, charges = fills.pop(0)
            signed = fill.quantity if fill.side == "buy" else -fill.quantity
            cash = cash - signed * fill.price - charges
            position += signed
        cashes.append(cash)
        positions.append(position)
    return cashes, positions


def kernel_bars(scenario: Scenario) -> Bars:
    bars, settings = scenario.bars, scenario.settings
    of_session = {each.session: each for each in bars}
    facts = [of_session[session] for session in range(bars[-1].session + 1)]
    cnc = settings.product == "CNC"
    targets = [NO_OPINION if each is None else max(each, 0) if cnc else each for each in scenario.targets]
    return Bars(
        open=np.array([each.open for each in bars]),
        high=np.array([each.high for each in bars]),
        low=np.array([each.low for each in bars]),
        close=np.array([each.close for each in bars]),
        volume=np.array([each.volume for each in bars]),
        flags=np.array([_flags(scenario, each) for each in bars], dtype=np.uint8),
        session=np.array([each.session for each in bars], dtype=np.int32),
        target=np.array(targets, dtype=np.int8),
        atr=np.array([_or_nan(each.atr) for each in bars]),
        tick=np.array([each.tick for each in facts]),
        daily_volatility=np.array([_or_nan(each.day_volatility) for each in facts]),
        daily_volume=np.array([_or_nan(each.average_daily_volume) for each in facts]),
        annual_volatility=np.array([_or_nan(each.sizing_volatility) for each in facts]),
        rate_row=np.arange(len(facts), dtype=np.int32),
        rates=_rates([each.charge_rates for each in facts], rounded=settings.rounding == "paisa"),
    )


def _flags(scenario: Scenario, bar: Bar) -> int:
    mis = scenario.settings.product == "MIS"
    first = bar.index == 0 or scenario.bars[bar.index - 1].session != bar.session
    still = bar.open == bar.high == bar.low == bar.close
    flags = {
        FIRST: first,
        CLOSE_OUT: mis and bar.last_of_session,
        SQUARE_OFF: mis and bar.square_off_open,
        TRADABLE: bar.volume > 0 or not scenario.settings.zero_volume_blocks,
        LOCKED_UP: still and _is_at(bar.band_upper, bar),
        LOCKED_DOWN: still and _is_at(bar.band_lower, bar),
    }
    return sum(bit for bit, is_set in flags.items() if is_set)


def _is_at(band: float | None, bar: Bar) -> bool:
    return band is not None and abs(bar.close - band) <= bar.tick / 2


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _rates(of_sessions: list[Rates], *, rounded: bool) -> NDArray[np.void]:
    rows = np.zeros(len(of_sessions), dtype=RATES)
    rows["brokerage_cap"] = -1
    rows["rounded"] = rounded
    for row, rates in zip(rows, of_sessions, strict=True):
        for name, value in rates.items():
            if value is not None:
                row[name] = int(value * (100 if name in AMOUNTS else 10**9))
    return rows


def kernel_settings(settings: OracleSettings) -> np.void:
    row: np.void = np.zeros(1, dtype=SETTINGS)[0]
    given: dict[str, Any] = {
        "initial_cash": settings.initial_cash,
        "leverage": settings.leverage,
        "lot": settings.lot,
        "slippage": settings.slippage,
        "impact": settings.impact_k if settings.impact else 0.0,
        "volume_share": settings.max_volume_share or 0.0,
        "sizing_mode": SIZING_MODES[settings.sizing.mode],
        "sizing_value": _sizing_value(settings.sizing),
        "sizing_multiple": settings.sizing.multiple,
        "stop_loss": settings.stop_loss_pct or 0.0,
        "take_profit": settings.take_profit_pct or 0.0,
        "trailing_stop": settings.trailing_stop_pct or 0.0,
        "max_position": settings.max_position_pct or 0.0,
        "max_daily_loss": settings.max_daily_loss or 0.0,
        "cooldown": settings.cooldown_bars,
        "fill_at_close": settings.fill_at == "close",
        "optimistic": settings.intrabar == "optimistic",
        "intraday_product": settings.product == "MIS",
    }
    for name, value in given.items():
        row[name] = value
    return row


def _sizing_value(sizing: Sizing) -> float:
    match sizing.mode:
        case "all_in":
            return 0.0
        case "fixed_quantity":
            return sizing.quantity
        case "percent_equity" | "kelly":
            return sizing.fraction
        case "fixed_fractional" | "atr":
            return sizing.risk
        case "volatility_target":
            return sizing.target


def read_run(run: Run) -> KernelResult:
    return KernelResult(
        equity=run.equity,
        fills=[
            Fill(
                int(row["bar"]),
                "buy" if row["side"] > 0 else "sell",
                float(row["quantity"]),
                float(row["price"]),
                REASONS[int(row["reason"])],
                tuple(float(row[name]) for name in CHARGE_COLUMNS),
            )
            for row in run.fills
        ],
        rejections=[
            Rejection(
                int(row["bar"]),
                "buy" if row["side"] > 0 else "sell",
                float(row["quantity"]),
                OUR_REFUSALS[REFUSALS[int(row["reason"])]],
            )
            for row in run.refusals
        ],
        trades=[_trade(row) for row in run.trades],
        charges=[float(row["charges"]) for row in run.fills],
    )


def _trade(row: np.void) -> Trade:
    side, quantity, charges = int(row["side"]), float(row["quantity"]), float(row["charges"])
    gross = side * quantity * (float(row["exit_price"]) - float(row["entry_price"]))
    return Trade(
        int(row["entry_bar"]),
        int(row["exit_bar"]),
        "long" if side > 0 else "short",
        quantity,
        float(row["entry_price"]),
        float(row["exit_price"]),
        gross,
        charges,
        gross - charges,
        int(row["exit_bar"]) - int(row["entry_bar"]),
        REASONS[int(row["reason"])],
        abs(float(row["mae"])),
        float(row["mfe"]),
    )
