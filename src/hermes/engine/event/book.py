"""One symbol of a run: the facts of its bars, what is held, and the orders that came from targets."""

from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hermes.engine.event.working import WorkingOrder
from hermes.engine.kernel import NOW
from hermes.engine.kernel.codes import NO_OPINION, NO_ORDER
from hermes.engine.prepare import Prepared
from hermes.strategy import Bar


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the n bars and s sessions of a symbol beside their prices: two bytes a bar.

    `flags` and `target` are those of the kernel's layout `Bars`, as are the lists, one entry a session. `atr` is of
    length 0 unless entries are sized by it.
    """

    flags: bytes
    target: "array[int]"
    tick: list[float]
    daily_volatility: list[float]
    daily_volume: list[float]
    annual_volatility: list[float]
    rates: list[npt.NDArray[np.void]]
    atr: npt.NDArray[np.float64]

    @classmethod
    def of(cls, prepared: Prepared, *, with_targets: bool) -> "Facts":
        """The facts of a prepared symbol; without targets, every bar's is "no opinion"."""
        bars = prepared.bars
        n = len(bars.close)
        target = array("b", bars.target.tobytes() if with_targets else bytes([NO_OPINION % 256]) * n)
        return cls(
            flags=bars.flags.tobytes(),
            target=target,
            tick=bars.tick.tolist(),
            daily_volatility=bars.daily_volatility.tolist(),
            daily_volume=bars.daily_volume.tolist(),
            annual_volatility=bars.annual_volatility.tolist(),
            rates=[bars.rates[row : row + 1] for row in bars.rate_row.tolist()],
            atr=bars.atr,
        )


class Book:
    """The state of one symbol. Execution writes the orders, the ledger what is held, the portfolio what is wanted.

    `record`, `now` and `rates` are rows of the kernel's layouts, as arrays of length 1: for compiled functions.
    """

    __slots__ = (
        "annual_volatility",
        "atr",
        "average",
        "bar",
        "before",
        "best",
        "blocked",
        "budget",
        "budget_of",
        "busy",
        "cooldown_until",
        "cycle_cash",
        "cycle_entries",
        "dp_session",
        "due",
        "entry_brokerage",
        "entry_done",
        "entry_left",
        "entry_session",
        "entry_side",
        "entry_turnover",
        "exit_brokerage",
        "exit_charged_to",
        "exit_reason",
        "exit_session",
        "exit_turnover",
        "facts",
        "flags",
        "index",
        "lot",
        "lots",
        "mark",
        "now",
        "number",
        "opened_at",
        "opened_in",
        "openers",
        "position",
        "rates",
        "record",
        "session",
        "standing",
        "symbol",
        "target",
        "target_of",
        "tick",
        "working",
    )

    def __init__(self, symbol: str, index: int, facts: Facts, record: np.void) -> None:
        self.symbol, self.index, self.facts = symbol, index, facts
        self.record, self.lot = np.array([record]), float(record["lot"])
        self.flags, self.target = facts.flags, facts.target
        # The bar at hand.
        self.number = -1
        self.session = -1
        self.bar = self.before = Bar(symbol, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
        self.now = np.zeros(1, dtype=NOW)
        self.budget, self.budget_of = 0.0, -1
        self.begin_session(0)
        # What is held.
        self.position = self.average = self.best = self.mark = 0.0
        self.cycle_cash = self.cycle_entries = 0.0
        self.lots: list[list[float]] = []
        # What is wanted.
        self.standing = 0
        self.due = self.blocked = False
        self.cooldown_until = self.dp_session = -1
        # Orders that came from targets and from the risk settings.
        self.entry_side, self.entry_session = 0, -1
        self.entry_left = self.entry_done = self.entry_turnover = self.entry_brokerage = 0.0
        self.exit_reason = self.exit_charged_to = NO_ORDER
        self.exit_session = self.target_of = self.opened_in = -1
        self.exit_turnover = self.exit_brokerage = self.opened_at = 0.0
        # The strategy's own orders, oldest first.
        self.working: list[WorkingOrder] = []
        self.openers: list[WorkingOrder] = []  # those that opened what is held
        self.busy = False

    def begin_session(self, session: int) -> None:
        """Take over the facts of session number `session`."""
        facts, now = self.facts, self.now
        self.tick = now["tick"] = facts.tick[session]
        now["daily_volatility"], now["daily_volume"] = facts.daily_volatility[session], facts.daily_volume[session]
        self.annual_volatility = facts.annual_volatility[session]
        self.rates = facts.rates[session]

    def atr_at(self, number: int) -> float:
        """The average true range known at the close of bar `number`; NaN unless entries are sized by it."""
        return float(self.facts.atr[max(number, 0)]) if len(self.facts.atr) else float("nan")

    @property
    def sign(self) -> int:
        """1 long, -1 short, 0 flat."""
        return 0 if self.position == 0.0 else 1 if self.position > 0.0 else -1

    def opens(self, side: int, quantity: float) -> bool:
        """Whether a fill of so many units would open or enlarge a position."""
        return side * self.position >= 0.0 or quantity > abs(self.position)

    def has_opener(self, side: int | None = None) -> bool:
        """Whether something works that would open a position (by a buy, 1, or a sell, -1)."""
        if self.entry_side != 0 and side in (None, self.entry_side):
            return True
        return any(
            each.is_open and not each.only_closes and side in (None, each.side) and self.opens(each.side, each.left)
            for each in self.working
        )
