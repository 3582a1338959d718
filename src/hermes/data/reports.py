"""What the data layer says about bars: where they come from, how good they are, whether the store is well."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

QualityPolicy = Literal["raise", "drop", "keep"]

# What each kind means, in the words the user reads. Rows of the first group leave under the policy "drop"; a jump over
# the band stays, since a split looks the same, and rows out of order are put in order.
ROW_RULES: Final = {
    "missing": "a price or the volume is null, NaN or infinite",
    "non_positive": "a price is zero or below, or the volume is negative",
    "inconsistent": "low <= open, close <= high does not hold",
    "outside_session": "the bar starts outside the exchange's session",
    "duplicate": "a time stamp occurs again (the last good row is kept)",
}
NOTED_RULES: Final = {
    "out_of_order": "the row is earlier than the one before it (rows are sorted)",
    "price_jump": "the price moved by more than the band from the bar before (a split, or a bad price)",
}
RULES: Final = ROW_RULES | NOTED_RULES


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of defect: how many rows have it and the first few, as "exchange-local time: what is wrong"."""

    kind: str
    count: int
    examples: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """The rule that these rows break, in words."""
        return RULES.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What the quality guard found in one symbol's files.

    `rows` were looked at, `bad_rows` of them (each counted once) are left out under the policy "drop".
    """

    symbol: str
    identity: str
    rows: int
    problems: tuple[Problem, ...] = ()
    bad_rows: int = 0

    @property
    def clean(self) -> bool:
        """True where no rule was broken."""
        return not self.problems

    def count(self, kind: str) -> int:
        """Rows that break the rule `kind`."""
        return sum(each.count for each in self.problems if each.kind == kind)

    def summary(self) -> str:
        """One line: "RELIANCE: 3 of 93,750 rows are bad (2 missing, 1 duplicate)"."""
        if self.clean:
            return f"{self.symbol}: {self.rows:,} rows, no problem found"
        found = ", ".join(f"{each.count:,} {each.kind}" for each in self.problems)
        return f"{self.symbol}: {self.bad_rows:,} of {self.rows:,} rows are bad ({found})"


@dataclass(frozen=True, slots=True)
class BarsSource:
    """Where a symbol's bars come from.

    `identity` changes whenever a file does. `official_daily`: the bars are the exchange's own daily bars rather than
    built from minutes. `interval` is the length of the stored bars in minutes, None for daily ones. Days are
    exchange-local; None where the files hold no row.
    """

    symbol: str
    identity: str
    synthetic: bool
    adjusted: bool
    official_daily: bool
    origin: str
    rows: int
    first_day: date | None
    last_day: date | None
    interval: int | None = 1


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that was looked at: whether it is well, and what was seen."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Whether the data layer can work: its folder, its bars, its cache, its registry."""

    checks: tuple[HealthCheck, ...]

    @property
    def healthy(self) -> bool:
        """True where every check is well."""
        return all(each.ok for each in self.checks)
