"""What a verification answers: one outcome a check, and the first bar where a strategy gave itself away."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Value = int | float | bool | str | None


class Outcome(StrEnum):
    """How a check ended. Only `failed` makes the whole verification fail."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Difference(_Record):
    """The first bar at which one column differs between two runs that must be equal.

    Times are starts of bars in UTC; null values are None.
    """

    symbol: str
    timestamp: datetime = Field(description="the first bar that differs")
    column: str = Field(description="`signal` for the target, an indicator's name, or a column of the result")
    whole: Value = Field(description="with the whole history; vector engine where engines are compared")
    other: Value = Field(description="with the changed history; event engine where engines are compared")
    known_until: datetime | None = Field(None, description="last bar of the history that was left as it was")
    bars_ahead: int | None = Field(None, description="the value depends on bars at least so far after it")


class Settling(_Record):
    """How many bars of history one column wants before its value no longer depends on where the history begins."""

    symbol: str
    column: str
    timeframe: str = Field(description="bars that the numbers count")
    needed: int | None = Field(description="bars until the value stays within the tolerance; None: it never did")
    tried: int = Field(description="bars of the longest history that was tried")
    declared: int = Field(description="bars that warmup() asks for")

    @property
    def enough(self) -> bool:
        """Whether the declared warm-up covers what is needed."""
        return self.needed is not None and self.needed <= self.declared


class Check(_Record):
    """One check: its outcome, a sentence, and the findings behind it."""

    name: str
    title: str
    outcome: Outcome
    summary: str
    differences: tuple[Difference, ...] = ()
    settling: tuple[Settling, ...] = ()


class VerifiedBars(_Record):
    """The bars of one symbol that were used; days are exchange-local."""

    symbol: str
    first_day: date
    last_day: date
    bars: int = Field(description="bars from the first day asked for")
    warmup_bars: int = Field(description="bars before it")
    cuts: int = Field(description="bars at which the history was cut")
    synthetic: bool


class Verification(_Record):
    """A finished verification; `passed` is False when a check failed."""

    strategy: str
    params: dict[str, Any]
    timeframe: str
    full: bool
    seed: int
    bars: tuple[VerifiedBars, ...]
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed; warnings and skipped checks do not fail."""
        return all(each.outcome is not Outcome.FAILED for each in self.checks)

    def check(self, name: str) -> Check:
        """The check called `name`. Raises KeyError for one that was not made."""
        found = {each.name: each for each in self.checks}
        return found[name]

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON types, with `passed`; times are ISO 8601 in UTC."""
        return {"passed": self.passed, **self.model_dump(mode="json")}
