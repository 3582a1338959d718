"""What every streaming indicator has, and the exact arithmetic of prices on the paisa."""

import math
from typing import Final, Generic, TypeVar

# What a stream takes as missing is what no difference is zero of: NaN and the infinities. `x - x == 0.0` says so in a
# third of the time that math.isfinite(x) takes.
UNKNOWN: Final = math.nan

# Added and taken off again, 1.5 x 2^52 leaves the nearest whole number of anything below 2^51, in a third of the time
# that a call of round() takes.
ROUNDER: Final = 6755399441055744.0
# Sums of whole numbers are exact as long as they stay below 2^53, which is a little more.
EXACT: Final = 9e15

Lines = TypeVar("Lines", bound=tuple[float, ...])


class ValueStream:
    """A stream of one number a bar. `value` is the newest, NaN until it is known."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = UNKNOWN

    @property
    def ready(self) -> bool:
        """Whether `value` is known."""
        return self.value == self.value


class LinesStream(Generic[Lines]):
    """A stream of several numbers a bar. `value` is the newest tuple of them, each NaN until it is known."""

    __slots__ = ("value",)

    def __init__(self, unknown: Lines) -> None:
        self.value: Lines = unknown

    @property
    def ready(self) -> bool:
        """Whether every line of `value` is known."""
        return all(each - each == 0.0 for each in self.value)
