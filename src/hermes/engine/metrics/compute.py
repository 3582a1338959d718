"""From the arrays of a run to its `Metrics`."""

from datetime import date
from typing import TypedDict

import numpy as np

from hermes.engine.metrics.benchmark import compare
from hermes.engine.metrics.drawdown import deepest_drawdown, longest_under_water
from hermes.engine.metrics.inputs import MetricInputs
from hermes.engine.metrics.model import Metrics
from hermes.engine.metrics.returns import (
    Floats,
    annual_volatility,
    daily_returns,
    growth_rate,
    rate_of_a_mark,
    session_ends,
    sharpe_ratio,
    sortino_ratio,
)
from hermes.engine.metrics.trades import trade_statistics


class _DrawdownFields(TypedDict):
    max_drawdown: float
    max_drawdown_start: date | None
    max_drawdown_trough: date | None
    max_drawdown_recovery: date | None
    max_drawdown_sessions: int
    longest_drawdown_sessions: int


class _ReturnFields(TypedDict):
    annual_volatility: float | None
    sharpe_ratio: float | None
    sortino_ratio: float | None


class _ChargeFields(TypedDict):
    total_charges: float
    brokerage: float
    stt: float
    transaction: float
    sebi: float
    ipft: float
    stamp: float
    gst: float
    dp: float


def compute_metrics(inputs: MetricInputs) -> Metrics:
    """Every metric of a run; formulas and sources are in the fields' descriptions of `Metrics`."""
    ends = session_ends(inputs.session_index)
    marks = inputs.equity[ends]
    sessions = len(marks)
    days = int((inputs.session_days[-1] - inputs.session_days[0]).astype(np.int64)) + 1
    final = float(marks[-1])
    cagr = growth_rate(inputs.initial_cash, final, days)
    marks_a_year = inputs.marks_a_year
    rate = rate_of_a_mark(inputs.risk_free_rate, marks_a_year)
    returns = daily_returns(inputs.initial_cash, marks)
    drawdown = _drawdown_fields(inputs, marks)
    deepest = drawdown["max_drawdown"]
    turnover = _turnover(inputs.fill_notional, marks)
    benchmark = inputs.benchmark
    return Metrics(
        initial_cash=inputs.initial_cash,
        final_equity=final,
        sessions=sessions,
        bars=len(inputs.equity),
        total_return=final / inputs.initial_cash - 1.0,
        cagr=cagr,
        **_return_fields(returns, rate, marks_a_year),
        calmar_ratio=cagr / -deepest if cagr is not None and deepest < 0 else None,
        **drawdown,
        exposure=inputs.bars_in_market / len(inputs.equity),
        turnover=turnover,
        annual_turnover=None if turnover is None else turnover * marks_a_year / sessions,
        **vars(trade_statistics(inputs.trades)),
        **_charge_fields(inputs.charge_totals),
        **vars(compare(returns, float(benchmark[0]), benchmark[ends], days, rate, marks_a_year)),
    )


def _return_fields(returns: Floats | None, rate: float, marks_a_year: float) -> _ReturnFields:
    if returns is None:
        return {"annual_volatility": None, "sharpe_ratio": None, "sortino_ratio": None}
    excess = returns - rate
    return {
        "annual_volatility": annual_volatility(returns, marks_a_year),
        "sharpe_ratio": sharpe_ratio(excess, marks_a_year),
        "sortino_ratio": sortino_ratio(excess, marks_a_year),
    }


def _drawdown_fields(inputs: MetricInputs, marks: Floats) -> _DrawdownFields:
    deepest = deepest_drawdown(inputs.initial_cash, marks)
    if deepest is None:
        return {
            "max_drawdown": 0.0,
            "max_drawdown_start": None,
            "max_drawdown_trough": None,
            "max_drawdown_recovery": None,
            "max_drawdown_sessions": 0,
            "longest_drawdown_sessions": 0,
        }

    def day(place: int) -> date:
        # Place 0 is the initial cash, which stands before the first session.
        found: date = inputs.session_days[max(place - 1, 0)].astype("datetime64[D]").item()
        return found

    return {
        "max_drawdown": deepest.depth,
        "max_drawdown_start": day(deepest.peak),
        "max_drawdown_trough": day(deepest.trough),
        "max_drawdown_recovery": None if deepest.recovery is None else day(deepest.recovery),
        "max_drawdown_sessions": deepest.length,
        "longest_drawdown_sessions": longest_under_water(inputs.initial_cash, marks),
    }


def _turnover(fill_notional: Floats, marks: Floats) -> float | None:
    average = float(np.mean(marks))
    return float(np.sum(fill_notional)) / average if average > 0 else None


def _charge_fields(totals: Floats) -> _ChargeFields:
    brokerage, stt, transaction, sebi, ipft, stamp, gst, dp = totals.tolist()
    return {
        "total_charges": float(np.sum(totals)),
        "brokerage": brokerage,
        "stt": stt,
        "transaction": transaction,
        "sebi": sebi,
        "ipft": ipft,
        "stamp": stamp,
        "gst": gst,
        "dp": dp,
    }
