"""Cash, positions, lots and the mark at every close: replaying its fills in order reproduces all of it bitwise."""

from array import array
from bisect import bisect_left, insort

from hermes.engine.event.book import Book
from hermes.engine.event.events import FillEvent, MarketEvent, RefusalEvent
from hermes.engine.kernel import codes
from hermes.strategy import Bar


class Ledger:
    """One cash account over the books of a run. Writes what is held into them; nobody else does."""

    def __init__(self, books: dict[str, Book], initial_cash: float) -> None:
        self._books = books
        self._held: list[Book] = []
        self.initial_cash = initial_cash
        self.cash = initial_cash
        self._has_begun = False
        self.marks = array("d")
        self.times = array("q")
        self._only = next(iter(books.values()))
        self._keep_mark, self._keep_time = self.marks.append, self.times.append
        self.fills: list[tuple[int, FillEvent]] = []
        self.refusals: list[RefusalEvent] = []
        # Closed positions, for the Kelly estimate.
        self.cycles = self.winners = 0
        self.won = self.lost = 0.0
        # Of closed lots, before charges; and all charges so far.
        self.realised = 0.0
        self.charges = 0.0

    def on_market(self, event: MarketEvent) -> None:
        """Rule 6: mark the account at the closes of the moment."""
        # This runs at every bar: places in the tuple are read faster than names.
        books = self._books
        for bar in event:
            books[bar[0]].mark = bar[5]
        equity = self.cash
        for book in self._held:
            equity += book.position * book.mark
        self._keep_mark(equity)
        self._keep_time(event[0][1])

    def on_bar(self, bar: Bar) -> None:
        """`on_market` of a run with one symbol."""
        book = self._only
        book.mark = close = bar[5]
        equity = self.cash
        if book.position != 0.0:
            equity += book.position * close
        self._keep_mark(equity)

    @property
    def moment(self) -> int:
        """Number of the moment at hand: the one marked last, or the one that has begun since; -1 before the first."""
        return len(self.marks) - 1 + self._has_begun

    @property
    def equity(self) -> float:
        """At the last mark."""
        return self.marks[-1] if self.marks else self.initial_cash

    def moment_of(self, book: Book, bar: Bar) -> int:
        """Number of the moment of the book's last bar or of the one before it."""
        if len(self._books) == 1:
            return book.number - (bar is not book.bar)
        return bisect_left(self.times, bar.start_us)

    def begin(self) -> None:
        """Fills from now on belong to a moment that has not been marked."""
        self._has_begun = True

    def end(self) -> None:
        """Every fill of that moment is in."""
        self._has_begun = False

    def mark_again(self) -> None:
        """Set the last mark anew, after fills at its very closes."""
        self.marks[-1] = self.worth

    @property
    def worth(self) -> float:
        """Cash plus positions at their last closes."""
        equity = self.cash
        for book in self._held:
            equity += book.position * book.mark
        return equity

    @property
    def unrealised(self) -> float:
        """What closing every lot at the last closes would gain, before charges."""
        return sum(lot[0] * (book.mark - lot[1]) for book in self._held for lot in book.lots)

    def open_positions(self) -> int:
        """Symbols with a position."""
        return len(self._held)

    def without(self, book: Book) -> float:
        """The equity of everything but `book`'s position: cash and the others at their last closes."""
        equity = self.cash
        for other in self._held:
            if other is not book:
                equity += other.position * other.mark
        return equity

    def free_without(self, book: Book, leverage: float) -> float:
        """As `without`, less the margin of the other positions."""
        free = self.cash
        for other in self._held:
            if other is not book:
                free = free + other.position * other.mark - abs(other.position) * other.mark / leverage
        return free

    def on_refusal(self, event: RefusalEvent) -> None:
        """Keep a refusal for the result."""
        self.refusals.append(event)

    def on_fill(self, event: FillEvent) -> None:
        """Carry one fill through cash, position, average price and lots."""
        book, quantity, price, charges = event.book, event.quantity, event.price, event.charges
        self.fills.append((self.moment, event))
        before = book.position
        signed = event.side * quantity
        flow = signed * price
        self.cash = self.cash - flow - charges
        self.charges += charges
        book.cycle_cash = book.cycle_cash - flow - charges
        if event.reason == codes.ENTRY:
            held = abs(before)
            book.cycle_entries += quantity * price
            if held == 0.0:
                book.average = book.best = price
                insort(self._held, book, key=_index)
            else:
                book.average = (book.average * held + quantity * price) / (held + quantity)
            book.position = before + signed
            book.lots.append([signed, price])
            return
        after = before + signed
        if book.lot <= 0.0 and abs(after) <= 1e-9 * abs(before):
            after = 0.0
        book.position = after
        self._close_lots(book, quantity, price)
        if after == 0.0:
            self._held.remove(book)
            book.lots.clear()
            self._close_cycle(book)

    def _close_lots(self, book: Book, quantity: float, price: float) -> None:
        """First in, first out."""
        while quantity > 0.0 and book.lots:
            lot = book.lots[0]
            size = abs(lot[0])
            taken = min(size, quantity)
            self.realised += (taken if lot[0] > 0.0 else -taken) * (price - lot[1])
            quantity -= taken
            if taken == size:
                del book.lots[0]
            else:
                lot[0] += -taken if lot[0] > 0.0 else taken

    def _close_cycle(self, book: Book) -> None:
        gained = book.cycle_cash / book.cycle_entries
        self.cycles += 1
        if gained > 0.0:
            self.winners += 1
            self.won += gained
        else:
            self.lost -= gained
        book.cycle_cash = book.cycle_entries = 0.0


def _index(book: Book) -> int:
    return book.index
