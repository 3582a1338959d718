"""Reading files that a writer may replace meanwhile: what was made of two states of them is made anew."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from hermes.data.provider import BarsProvider, StoredSeries
from hermes.errors import DataError

T = TypeVar("T")
# Seconds before each further try. An import replaces a file a year, one after the other.
PAUSES: Final = (0.0, 0.1, 0.5)


class Source(NamedTuple):
    """The store, the files of one symbol as they were found, and the timeframe of their bars."""

    provider: BarsProvider
    series: StoredSeries
    base: str

    def changed(self) -> bool:
        """True where the files are no longer those that were found."""
        now = self.provider.series(self.series.symbol)
        return now is None or now.identity != self.series.identity


def steadily(find: Callable[[], Source], use: Callable[[Source], T]) -> T:
    """What `use` makes of the files that `find` finds; made anew, a few times at most, where they changed meanwhile.

    An error of `use` stands where the files are still the same. Raises DataError where they never rest.
    """
    for pause in (None, *PAUSES):
        if pause:
            time.sleep(pause)
        source = find()
        try:
            made = use(source)
        except DataError:
            if not source.changed():
                raise
        else:
            if not source.changed():
                return made
    raise DataError(
        f"The files of {source.series.symbol} change while they are read. Try again when their writer has finished."
    )
