from datetime import UTC, datetime

import polars as pl
import pytest

from hermes.report.monthly import monthly_returns


def _equity(*marks: tuple[str, float]) -> pl.DataFrame:
    stamps = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text, _ in marks]
    return pl.DataFrame(
        {"timestamp": stamps, "equity": [value for _, value in marks]},
        schema={"timestamp": pl.Datetime("us", "UTC"), "equity": pl.Float64},
    )


def test_each_month_starts_where_the_one_before_ended() -> None:
    equity = _equity(
        ("2023-11-01T04:00", 90.0),
        ("2023-11-30T09:00", 110.0),
        ("2023-12-29T09:00", 99.0),
        ("2024-02-01T04:00", 198.0),
    )
    first, second = monthly_returns(equity, 100.0)
    assert first.year == 2023
    assert first.months[:10] == (None,) * 10
    assert first.months[10:] == pytest.approx((0.10, -0.10))
    assert first.whole == pytest.approx(-0.01)
    assert second.months[0] is None
    assert second.months[1] == pytest.approx(1.0)
    assert second.whole == pytest.approx(1.0)


def test_months_are_those_of_india_not_of_utc() -> None:
    # 2024-01-31 18:30 UTC is midnight of 1 February in India.
    (year,) = monthly_returns(_equity(("2024-01-31T18:29", 110.0), ("2024-01-31T18:30", 121.0)), 100.0)
    assert year.months[:2] == pytest.approx((0.10, 0.10))


def test_a_return_on_nothing_is_undefined() -> None:
    (year,) = monthly_returns(_equity(("2024-01-02T04:00", -5.0), ("2024-02-02T04:00", 5.0)), 100.0)
    assert year.months[0] == pytest.approx(-1.05)
    assert year.months[1] is None
