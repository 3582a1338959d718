"""One moment after the other, each rule for every symbol before the next one."""

from collections.abc import Sequence

from tests.oracle.model import Bar, exact
from tests.oracle.own_orders.desk import Desk
from tests.oracle.own_orders.model import (
    Action,
    Moment,
    OwnOrderResult,
    OwnOrderSettings,
    TicketOutcome,
)
from tests.oracle.own_orders.purse import Purse
from tests.oracle.own_orders.strategy import Player
from tests.oracle.own_orders.ticket import Ticket


def simulate_moments(
    moments: Sequence[Moment], script: Sequence[Sequence[Action]], settings: OwnOrderSettings
) -> OwnOrderResult:
    """Play `script` over `moments`: the oracle's entry point.

    `moments[m]` holds the bars that start together, by symbol; a symbol whose bar is missing is not in it. Bars carry
    what is known about their day (see `tests.oracle.model.Bar`); the lot is the settings' and the same for all.
    `script[m]` are the actions at the close of moment m, played in the order given, after the mark and before orders
    of targets that are due for another reason (a lapse). An action may name a symbol without a bar in the moment: its
    order waits for the symbol's next bar. The first part of the page alone is a script of `Target`s.

    The result's fills stand in the order in which they happened, tickets by ordinal (see
    `tests.oracle.own_orders.model`); what is closed at the end of data is closed in the last moment.
    """
    symbols = sorted({symbol for moment in moments for symbol in moment})
    purse = Purse(settings, day_start=exact(settings.initial_cash))
    desks = {symbol: Desk(symbol, purse) for symbol in symbols}
    purse.holders.extend(desks.values())
    player = Player(desks, purse)
    day: int | None = None
    for number, (moment, actions) in enumerate(zip(moments, script, strict=True)):
        purse.moment = number
        today = next(iter(moment.values())).session
        if today != day:
            start_day(purse)
            day = today
        before_close([(desks[symbol], moment[symbol]) for symbol in symbols if symbol in moment], settings)
        at_mark([(desks[symbol], moment[symbol]) for symbol in symbols if symbol in moment], purse, desks)
        for action in actions:
            player.play(action)
        for desk in desks.values():
            if desk.symbol in moment:
                desk.make_due_orders()
        if settings.fill_at == "close":
            at_close([(desks[symbol], moment[symbol]) for symbol in symbols if symbol in moment], purse)
    if moments:
        for desk in desks.values():
            desk.end_of_data()
        purse.mark_again()
    return told(player, purse, desks)


def start_day(purse: Purse) -> None:
    """1., the account's part."""
    if purse.equity:
        purse.day_start = purse.equity[-1]
    purse.loss_reached = False


def before_close(bars: Sequence[tuple[Desk, Bar]], settings: OwnOrderSettings) -> None:
    for desk, bar in bars:
        desk.begin(bar)
        desk.session_start(bar)
    for desk, bar in bars:
        if settings.product == "MIS" and bar.square_off_open:
            desk.square_off_at_open(bar)
    tradable = [(desk, bar) for desk, bar in bars if desk.is_tradable(bar)]
    for desk, bar in tradable:
        desk.close_at_open(bar)
        desk.book.close_at_open(bar)
    for desk, bar in tradable:
        desk.open_at_open(bar)
        desk.book.open_at_open(bar)
    for desk, bar in tradable:
        desk.book.inside(bar)
    for desk, bar in bars:
        if settings.product == "MIS" and bar.last_of_session:
            desk.square_off_at_close(bar)


def at_mark(bars: Sequence[tuple[Desk, Bar]], purse: Purse, desks: dict[str, Desk]) -> None:
    """6."""
    for desk, bar in bars:
        desk.previous, desk.last_close = bar, exact(bar.close)
        desk.follow_best(bar)
    purse.mark()
    loss = purse.settings.max_daily_loss
    if loss is None or purse.loss_reached or purse.equity[-1] > purse.day_start * (1 - exact(loss)):
        return
    purse.loss_reached = True
    for desk in desks.values():
        desk.reach_daily_loss()


def at_close(bars: Sequence[tuple[Desk, Bar]], purse: Purse) -> None:
    """7., where targets fill at the close at which they are given."""
    for desk, bar in bars:
        desk.close_at_close(bar)
    for desk, bar in bars:
        desk.open_at_close(bar)
    purse.mark_again()


def told(player: Player, purse: Purse, desks: dict[str, Desk]) -> OwnOrderResult:
    return OwnOrderResult(
        fills=purse.fills,
        tickets=[outcome(ticket) for ticket in player.tickets],
        target_refusals=purse.target_refusals,
        refused_changes=player.refused_changes,
        equity=[float(each) for each in purse.equity],
        cash=[float(each) for each in purse.cash],
        positions={symbol: [float(each[place]) for each in purse.positions] for place, symbol in enumerate(desks)},
        trades={symbol: desk.account.trades for symbol, desk in desks.items()},
        shorts_ignored=purse.shorts_ignored,
    )


def outcome(ticket: Ticket | None) -> TicketOutcome:
    if ticket is None:
        return TicketOutcome("", "sell", "none", "", 0.0, None, None)
    return TicketOutcome(
        ticket.symbol,
        "buy" if ticket.side > 0 else "sell",
        ticket.status,
        ticket.reason,
        float(ticket.filled),
        float(ticket.turnover / ticket.filled) if ticket.filled else None,
        ticket.ended,
    )
