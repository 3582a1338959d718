from datetime import date

import numpy as np
import polars as pl
import pytest
from pydantic import field_validator

from hermes.research.verify.subject import Columns, comparable, differing, fresh
from hermes.strategy import Strategy

NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    ("whole", "other", "rows"),
    [
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], []),
        ([1.0, 2.0, 3.0], [1.0, 2.1, 3.1], [1, 2]),
        ([1.0], [1.0 + 9e-10], []),
        ([1.0], [1.0 + 2e-9], [0]),
        ([1e6], [1e6 + 9e-4], []),
        ([1e6], [1e6 + 2e-3], [0]),
        ([NAN, 1.0, NAN], [NAN, NAN, 1.0], [1, 2]),
        ([INF, INF, 1.0], [INF, -INF, INF], [1, 2]),
    ],
)
def test_numbers_differ_beyond_the_tolerance_and_where_one_is_unknown(
    whole: list[float], other: list[float], rows: list[int]
) -> None:
    assert differing(np.array(whole), np.array(other)).tolist() == rows


@pytest.mark.parametrize(
    ("values", "others", "rows"),
    [
        (pl.Series([1, None, 0], dtype=pl.Int8), pl.Series([1, 0, None], dtype=pl.Int8), [1, 2]),
        (pl.Series([True, None, False]), pl.Series([True, None, None]), [2]),
        (pl.Series(["up", None, "down"]), pl.Series(["up", None, "up"]), [2]),
        (pl.Series([date(2024, 1, 1), None]), pl.Series([date(2024, 1, 1), date(2024, 1, 2)]), [1]),
        (pl.Series([1.5, None]), pl.Series([1.5, 2.5]), [1]),
        (pl.Series([None, None]), pl.Series([1.0, None]), [0]),
    ],
)
def test_a_null_differs_from_every_value_and_from_no_null(
    values: pl.Series, others: pl.Series, rows: list[int]
) -> None:
    assert differing(comparable(values), comparable(others)).tolist() == rows


def test_values_are_shown_as_plain_python() -> None:
    columns = Columns(pl.DataFrame({"x": [1.5, NAN, INF], "when": [date(2024, 1, 1)] * 3, "signal": [1, None, 0]}))
    assert [columns.value("x", row) for row in range(3)] == [1.5, None, "inf"]
    assert columns.value("when", 0) == "2024-01-01"
    assert [columns.value("signal", row) for row in range(3)] == [1, None, 0]


def test_a_fresh_strategy_has_the_parameters_and_none_of_the_state() -> None:
    class Counting(Strategy):
        """Counts in a private attribute."""

        step: int = 2
        _seen: int = 0

    used = Counting(step=3)
    used._seen = 9
    new = fresh(used)
    assert (new.step, new._seen) == (3, 0)  # type: ignore[attr-defined]


def test_lists_of_one_length_and_hashes_beyond_int64_can_be_compared() -> None:
    lists = pl.Series([[1.0, NAN], [2.0, 3.0], None])
    assert differing(comparable(lists), comparable(lists)).tolist() == []
    assert differing(comparable(lists), comparable(pl.Series([[1.0, NAN], [2.0, 4.0], [5.0]]))).tolist() == [1, 2]
    hashes = pl.Series([2**64 - 1, 5, None], dtype=pl.UInt64)
    assert differing(comparable(hashes), comparable(hashes)).tolist() == []
    assert differing(comparable(hashes), comparable(pl.Series([2**64 - 2, 5, 6], dtype=pl.UInt64))).tolist() == [0, 2]


class Doubled(Strategy):
    minutes: int = 5

    @field_validator("minutes")
    @classmethod
    def _in_seconds(cls, value: int) -> int:
        return value * 60


def test_a_fresh_strategy_does_not_go_through_its_validators_again() -> None:
    assert fresh(Doubled(minutes=5)).minutes == 300  # type: ignore[attr-defined]
