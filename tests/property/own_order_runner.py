"""The oracle's scripts through the event engine, and its rows as the oracle's."""

from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.oracle import Bar as OracleBar
from tests.oracle.own_orders import (
    Action,
    Bracket,
    Cancel,
    CancelAll,
    Close,
    Modify,
    Oco,
    OwnFill,
    RefusedChange,
    Send,
    Target,
    TargetRefusal,
    TicketOutcome,
)
from tests.property.event_runner import DAY_US, MINUTE_US
from tests.property.kernel_runner import OUR_REFUSALS, kernel_prepared, kernel_settings
from tests.property.own_order_scenarios import OwnOrderScenario
from tests.property.scenarios import Scenario

from hermes.engine.event.book import Facts
from hermes.engine.event.engine import EventEngine
from hermes.engine.event.feed import Columns, feed
from hermes.engine.event.outcome import outcome
from hermes.engine.kernel.codes import REASONS, REFUSALS
from hermes.engine.run import Run
from hermes.market import Side, Validity
from hermes.strategy import Bar, Strategy, Ticket


@dataclass(frozen=True)
class EventResult:
    run: Run
    engine: EventEngine
    equity: NDArray[np.float64]
    fills: list[OwnFill]
    tickets: list[TicketOutcome]
    target_refusals: list[TargetRefusal]
    refused_changes: list[RefusedChange]


class Scripted(Strategy):
    """Plays a script at the close of each moment, after the last of its bars."""

    def play(self, script: dict[tuple[int, str], list[Action]]) -> "Scripted":
        self._script = script
        self._tickets: list[Ticket | None] = []
        self._unsaid: list[tuple[int, int]] = []
        return self

    def on_bar(self, bar: Bar) -> None:
        for action in self._script.get((bar.start_us, bar.symbol), ()):
            self._act(action, bar.start_us)

    def _act(self, action: Action, start_us: int) -> None:
        broker, tickets = self.broker, self._tickets
        match action:
            case Send():
                send = broker.buy if action.side == "buy" else broker.sell
                tickets.append(
                    send(
                        action.symbol,
                        action.quantity,
                        limit=action.limit,
                        trigger=action.trigger,
                        trail=action.trail,
                        validity=Validity(action.validity),
                        reduce_only=action.reduce_only,
                    )
                )
            case Bracket():
                tickets += broker.bracket(
                    action.symbol,
                    Side(action.side),
                    action.quantity,
                    target=action.target,
                    stop=action.stop,
                    trail=action.trail,
                    limit=action.limit,
                    trigger=action.trigger,
                    validity=Validity(action.validity),
                )
            case Close(symbol):
                tickets.append(broker.close(symbol))
            case Target(symbol, target):
                broker.target(symbol, target)
            case CancelAll(symbol):
                broker.cancel_all(symbol)
            case Cancel(ordinal):
                if (ticket := self._ticket(ordinal)) is not None:
                    broker.cancel(ticket)
            case Modify():
                if (ticket := self._ticket(action.ordinal)) is not None:
                    broker.modify(
                        ticket,
                        quantity=action.quantity,
                        limit=action.limit,
                        trigger=action.trigger,
                        trail=action.trail,
                    )
            case Oco(first, second):
                one, other = self._ticket(first), self._ticket(second)
                if one is not None and other is not None:
                    broker.oco(one, other)
                else:  # there is no ticket to name: the oracle refuses what a strategy cannot say
                    self._unsaid.append((start_us, first))

    def _ticket(self, ordinal: int) -> Ticket | None:
        return self._tickets[ordinal] if ordinal < len(self._tickets) else None


def run_script(scenario: OwnOrderScenario) -> EventResult:
    symbols = sorted({symbol for moment in scenario.moments for symbol in moment})
    record = kernel_settings(scenario.settings)
    starts = start_times(scenario)
    facts, columns = {}, {}
    for symbol in symbols:
        own = [
            (start, moment[symbol]) for start, moment in zip(starts, scenario.moments, strict=True) if symbol in moment
        ]
        bars = dense([bar for _, bar in own])
        prepared = kernel_prepared(Scenario(bars, [None] * len(bars), scenario.settings))
        facts[symbol] = Facts.of(prepared, with_targets=False)
        arrays = prepared.bars
        columns[symbol] = Columns(
            np.array([start for start, _ in own]),
            arrays.open,
            arrays.high,
            arrays.low,
            arrays.close,
            arrays.volume,
            np.zeros(len(bars)),
        )
    last = [max(moment) for moment in scenario.moments]
    script = {(start, symbol): acts for start, symbol, acts in zip(starts, last, scenario.script, strict=True)}
    strategy = Scripted().play(script)
    engine = EventEngine(strategy, facts, dict.fromkeys(symbols, record), scenario.settings.max_open_positions)
    engine.run(feed(symbols, [columns]))
    run = outcome(
        engine,
        lambda symbol: (columns[symbol].start_us, columns[symbol].high, columns[symbol].low),
        entered_at_close=scenario.settings.fill_at == "close",
    )
    tickets = strategy._tickets
    place = {id(ticket): ordinal for ordinal, ticket in enumerate(tickets) if ticket is not None}
    return EventResult(
        run=run,
        engine=engine,
        equity=run.equity,
        fills=[
            OwnFill(
                moment,
                fill.book.symbol,
                "buy" if fill.side > 0 else "sell",
                fill.quantity,
                fill.price,
                REASONS[fill.reason],
                fill.items,
                None if fill.working is None else place[id(fill.working.ticket)],
            )
            for moment, fill in engine.ledger.fills
        ],
        tickets=[told(ticket) for ticket in tickets],
        target_refusals=[
            TargetRefusal(
                each.moment,
                each.book.symbol,
                "buy" if each.side > 0 else "sell",
                each.quantity,
                OUR_REFUSALS.get(REFUSALS[each.reason], REFUSALS[each.reason]),
            )
            for each in engine.ledger.refusals
        ],
        refused_changes=sorted(
            [
                *(RefusedChange(starts.index(start), first, "bad_combination") for start, first in strategy._unsaid),
                *(
                    RefusedChange(each.moment, place[id(each.ticket)], each.reason)
                    for each in engine.orders.refused_changes
                ),
            ],
            key=astuple,
        ),
    )


def told(ticket: Ticket | None) -> TicketOutcome:
    if ticket is None:
        return TicketOutcome("", "sell", "none", "", 0.0, None, None)
    side: Any = str(ticket.side)
    return TicketOutcome(ticket.symbol, side, ticket.status, ticket.reason, ticket.filled, ticket.average_price, None)


def start_times(scenario: OwnOrderScenario) -> list[int]:
    """A minute for each moment of a day."""
    days = [next(iter(moment.values())).session for moment in scenario.moments]
    return [day * DAY_US + number * MINUTE_US for number, day in enumerate(days)]


def dense(bars: list[OracleBar]) -> list[OracleBar]:
    """Sessions counted without the days on which the symbol did not trade, as the engine counts them."""
    days = sorted({bar.session for bar in bars})
    return [replace(bar, session=days.index(bar.session)) for bar in bars]
