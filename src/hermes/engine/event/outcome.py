"""From the ledger's lists to the arrays that both engines give."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hermes.engine.event.engine import EventEngine
from hermes.engine.event.ledger import Ledger
from hermes.engine.kernel import FILL, REFUSAL, TRADE, pair_fills
from hermes.engine.run import Run, moments_held

F8 = npt.NDArray[np.float64]
HighsAndLows = Callable[[str], tuple[npt.NDArray[np.int64], F8, F8]]


def outcome(engine: EventEngine, highs_and_lows: HighsAndLows, *, entered_at_close: bool) -> Run:
    """The run of an engine that has ended.

    `highs_and_lows(symbol)` gives starts (µs UTC), highs and lows of a symbol's bars, for the excursions of its
    trades; it is asked for one traded symbol after the other, so that no two need to be held.
    """
    ledger = engine.ledger
    fills, fill_symbol = _fills(ledger)
    refusals = np.array(
        [(each.moment, each.side, each.reason, each.quantity) for each in ledger.refusals], dtype=REFUSAL
    )
    times = np.frombuffer(ledger.times, dtype=np.int64) if ledger.times else np.zeros(0, dtype=np.int64)
    moments = len(ledger.marks)
    parts = [np.zeros(0, dtype=TRADE)]
    owners = [np.zeros(0, dtype=np.int64)]
    for symbol, book in engine.books.items():
        own = fills[fill_symbol == book.index]
        if len(own) == 0:
            continue
        trades = np.zeros(2 * len(own), dtype=TRADE)
        start_us, high, low = highs_and_lows(symbol)
        if len(start_us) != moments:
            high, low = _on_moments(times, start_us, high, low)
        parts.append(trades[: pair_fills(own, high, low, entered_at_close, trades)])
        owners.append(np.full(len(parts[-1]), book.index))
    trades, owner = np.concatenate(parts), np.concatenate(owners)
    # In order of exit; what ends in one moment stays in order of symbol, and the lots of one exit in theirs.
    order = np.argsort(trades["exit_bar"], kind="stable") if len(engine.books) > 1 else slice(None)
    return Run(
        equity=np.frombuffer(ledger.marks, dtype=np.float64) if ledger.marks else np.zeros(0),
        fills=fills,
        refusals=refusals,
        trades=trades[order],
        fill_symbol=fill_symbol,
        refusal_symbol=np.array([each.book.index for each in ledger.refusals], dtype=np.int64),
        trade_symbol=owner[order],
        bars_in_market=moments_held(fills, fill_symbol, moments),
        own=engine.orders,
    )


def _fills(ledger: Ledger) -> tuple[npt.NDArray[np.void], npt.NDArray[np.int64]]:
    rows = [
        (moment, fill.side, fill.reason, fill.quantity, fill.price, *fill.items, fill.charges)
        for moment, fill in ledger.fills
    ]
    return np.array(rows, dtype=FILL), np.array([fill.book.index for _, fill in ledger.fills], dtype=np.int64)


def _on_moments(times: npt.NDArray[np.int64], start_us: npt.NDArray[np.int64], high: F8, low: F8) -> tuple[F8, F8]:
    """Highs and lows by moment; a moment without a bar of the symbol has none that could be an extreme."""
    highs, lows = np.full(len(times), -np.inf), np.full(len(times), np.inf)
    place = np.searchsorted(times, start_us)
    highs[place], lows[place] = high, low
    return highs, lows
