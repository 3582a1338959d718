from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from tests.oracle.own_orders import RefusedChange, TicketOutcome, simulate_moments
from tests.property.amount import cases
from tests.property.own_order_runner import run_script
from tests.property.own_order_scenarios import OwnOrderScenario, own_order_scenarios
from tests.property.test_kernel_against_oracle import close_to

pytestmark = pytest.mark.kernel


def fate(ticket: TicketOutcome) -> tuple[Any, ...]:
    return ticket.symbol, ticket.side, ticket.status, ticket.filled, ticket.average_price


def place(change: RefusedChange) -> tuple[int, int, str]:
    return change.moment, change.ordinal, change.reason


def assert_rows(kind: str, ours: list[Any], theirs: list[Any]) -> None:
    for number, (engine, oracle) in enumerate(zip(ours, theirs, strict=False)):
        assert close_to(engine, oracle), f"{kind} {number}: engine {engine}, oracle {oracle}"
    assert len(ours) == len(theirs), f"{kind}: engine {ours}, oracle {theirs}"


@cases(500)
@given(own_order_scenarios())
def test_own_orders_on_several_symbols_fill_as_the_oracle_says(scenario: OwnOrderScenario) -> None:
    # Fractions of a share let the oracle spend the last 1e-13 of a rupee, which floats cannot.
    assume(scenario.settings.lot > 0)
    oracle = simulate_moments(scenario.moments, scenario.script, scenario.settings)
    engine = run_script(scenario)
    assert_rows("fill", [astuple(each) for each in engine.fills], [astuple(each) for each in oracle.fills])
    assert_rows("ticket", [fate(each) for each in engine.tickets], [fate(each) for each in oracle.tickets])
    assert_rows(
        "refusal",
        [astuple(each) for each in engine.target_refusals],
        [astuple(each) for each in oracle.target_refusals],
    )
    assert_rows(
        "refused change",
        sorted(place(each) for each in engine.refused_changes),
        sorted(place(each) for each in oracle.refused_changes),
    )
    assert engine.equity == pytest.approx(oracle.equity, rel=1e-9, abs=1e-6)


@given(own_order_scenarios())
def test_the_account_adds_up_at_every_moment(scenario: OwnOrderScenario) -> None:
    engine = run_script(scenario)
    ledger, cash, realised = engine.engine.ledger, scenario.settings.initial_cash, 0.0
    closes: dict[str, float] = {}
    lots: dict[str, list[list[float]]] = {}
    fills = list(ledger.fills)
    for number, moment in enumerate(scenario.moments):
        closes |= {symbol: bar.close for symbol, bar in moment.items()}
        while fills and fills[0][0] == number:
            _, fill = fills.pop(0)
            signed = fill.side * fill.quantity
            cash = cash - signed * fill.price - fill.charges
            realised += first_in_first_out(lots.setdefault(fill.book.symbol, []), signed, fill.price) - fill.charges
        held = sum(lot[0] * closes[symbol] for symbol, own in lots.items() for lot in own)
        unrealised = sum(lot[0] * (closes[symbol] - lot[1]) for symbol, own in lots.items() for lot in own)
        assert engine.equity[number] == pytest.approx(cash + held, rel=1e-9, abs=1e-6)
        gained = engine.equity[number] - scenario.settings.initial_cash
        assert realised + unrealised == pytest.approx(gained, rel=1e-9, abs=1e-4)
        if scenario.settings.leverage == 1.0:
            assert_paid_in_full(cash, lots, engine.equity[number])
    assert not any(abs(lot[0]) > 1e-6 for own in lots.values() for lot in own)
    assert ledger.realised - ledger.charges == pytest.approx(realised, rel=1e-9, abs=1e-4)
    assert np.isfinite(engine.equity).all()


def assert_paid_in_full(cash: float, lots: dict[str, list[list[float]]], equity: float) -> None:
    """Without leverage no long position is bought with money that is not there: short sales do not give any."""
    longs = any(lot[0] > 1e-9 for own in lots.values() for lot in own)
    shorts = any(lot[0] < -1e-9 for own in lots.values() for lot in own)
    if longs and not shorts:
        # The charges of a sale may be owed by an account that has nothing else.
        assert cash >= -1e-6 - 0.01 * abs(equity)


def first_in_first_out(lots: list[list[float]], signed: float, price: float) -> float:
    """Apply a fill to the lots; what it realises before charges."""
    gained = 0.0
    while lots and signed * lots[0][0] < 0.0 and abs(signed) > 1e-9:
        taken = min(abs(signed), abs(lots[0][0])) * (1 if lots[0][0] > 0 else -1)
        gained += taken * (price - lots[0][1])
        lots[0][0] -= taken
        signed += taken
        if abs(lots[0][0]) <= 1e-9:
            lots.pop(0)
    if abs(signed) > 1e-9:
        lots.append([signed, price])
    return gained
