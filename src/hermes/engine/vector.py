"""The vector engine: one compiled pass over the bars, then round trips out of its fills."""

import numpy as np

from hermes.engine.kernel import FILL, NOW, REFUSAL, SETTINGS, STATE, TRADE, Log, pair_fills, simulate
from hermes.engine.kernel.codes import SIZING_MODES
from hermes.engine.prepare import Prepared
from hermes.engine.request import BacktestRequest
from hermes.engine.run import Run, moments_held
from hermes.engine.sizing import AtrRisk
from hermes.market import Product

_ROOM = 4096
"""Fills and refusals that a first pass has room for; pages that are not touched cost nothing."""


def kernel_settings(request: BacktestRequest, lot: float) -> np.void:
    """The request's numbers in the kernel's layout; 0 stands for off."""
    risk = request.risk
    settings: np.void = np.zeros(1, dtype=SETTINGS)[0]
    settings["initial_cash"] = request.initial_cash
    settings["leverage"] = request.leverage
    settings["lot"] = lot
    settings["slippage"] = request.slippage
    settings["impact"] = request.impact_k if request.impact else 0.0
    settings["volume_share"] = request.max_volume_share or 0.0
    settings["sizing_mode"] = SIZING_MODES[request.sizing.mode]
    settings["sizing_value"] = request.sizing.value
    settings["sizing_multiple"] = request.sizing.multiple if isinstance(request.sizing, AtrRisk) else 0.0
    settings["stop_loss"] = risk.stop_loss_pct or 0.0
    settings["take_profit"] = risk.take_profit_pct or 0.0
    settings["trailing_stop"] = risk.trailing_stop_pct or 0.0
    settings["max_position"] = risk.max_position_pct or 0.0
    settings["max_daily_loss"] = risk.max_daily_loss or 0.0
    settings["cooldown"] = risk.cooldown_bars
    settings["fill_at_close"] = request.fill_at == "close"
    settings["optimistic"] = request.intrabar == "optimistic"
    settings["intraday_product"] = request.product is Product.MIS
    return settings


def run_vector(prepared: Prepared, settings: np.void) -> Run:
    """Simulate every bar of `prepared`; a run whose fills outgrow the room made for them is repeated with enough."""
    bars = prepared.bars
    equity = np.empty(len(bars.close))
    fill_room = refusal_room = _ROOM
    while True:
        state = opening_state(settings)
        log = Log(np.empty(fill_room, dtype=FILL), np.empty(refusal_room, dtype=REFUSAL))
        simulate(bars, settings, state, np.zeros(1, dtype=NOW)[0], equity, log)
        fills, refusals = int(state["fill_count"]), int(state["refusal_count"])
        if fills <= fill_room and refusals <= refusal_room:
            break
        fill_room, refusal_room = max(fill_room, fills), max(refusal_room, refusals)
    trades = np.zeros(2 * fills, dtype=TRADE)
    entered_at_close = bool(settings["fill_at_close"])
    count = pair_fills(log.fills[:fills], bars.high, bars.low, entered_at_close, trades)
    filled, symbol = log.fills[:fills], np.zeros(fills, dtype=np.int64)
    return Run(
        equity=equity,
        fills=filled,
        refusals=log.refusals[:refusals],
        trades=trades[:count],
        fill_symbol=symbol,
        refusal_symbol=np.zeros(refusals, dtype=np.int64),
        trade_symbol=np.zeros(count, dtype=np.int64),
        bars_in_market=moments_held(filled, symbol, len(equity)),
    )


def opening_state(settings: np.void) -> np.void:
    """The kernel's state before the first bar: all cash, nothing owed, nothing pending."""
    state: np.void = np.zeros(1, dtype=STATE)[0]
    state["cash"] = state["equity"] = state["day_start"] = settings["initial_cash"]
    state["cooldown_until"] = state["dp_session"] = -1
    return state
