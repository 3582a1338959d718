import time
from datetime import date

import numpy as np
import pytest

from hermes.market.instruments import Instrument, InstrumentType
from hermes.market.ticks import session_ticks, tick_size

EQUITY = Instrument("ABC")


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("day", "price", "tick"),
    [
        (date(2016, 8, 16), 100.0, 0.05),
        (date(2024, 6, 7), 100.0, 0.05),
        (date(2024, 6, 10), 249.95, 0.01),
        (date(2024, 6, 10), 250.0, 0.05),
        (date(2024, 6, 10), 30_000.0, 0.05),
        (date(2025, 4, 11), 2_000.0, 0.05),
        (date(2025, 4, 15), 249.99, 0.01),
        (date(2025, 4, 15), 250.0, 0.05),
        (date(2025, 4, 15), 1_000.0, 0.05),
        (date(2025, 4, 15), 1_000.05, 0.10),
        (date(2025, 4, 15), 5_000.0, 0.10),
        (date(2025, 4, 15), 5_000.1, 0.50),
        (date(2025, 4, 15), 10_000.0, 0.50),
        (date(2025, 4, 15), 10_000.5, 1.00),
        (date(2025, 4, 15), 20_000.0, 1.00),
        (date(2025, 4, 15), 20_001.0, 5.00),
    ],
)
def test_tick_of_a_stock_by_date_and_price(day: date, price: float, tick: float) -> None:
    assert tick_size(day, price, EQUITY) == tick


@pytest.mark.parametrize(
    ("instrument", "day", "price", "tick"),
    [
        (Instrument("BANKBEES", type=InstrumentType.ETF), date(2025, 6, 2), 500.0, 0.01),
        (
            Instrument("NIFTY25JUNFUT", exchange="NFO", type=InstrumentType.FUTURE, sector="Index"),
            date(2025, 6, 2),
            25_000.0,
            0.10,
        ),
        (
            Instrument("NIFTY24JUNFUT", exchange="NFO", type=InstrumentType.FUTURE, sector="Index"),
            date(2024, 6, 3),
            25_000.0,
            0.05,
        ),
        (Instrument("RELIANCE25JUNFUT", exchange="NFO", type=InstrumentType.FUTURE), date(2025, 6, 2), 1_400.0, 0.10),
        (Instrument("NIFTY2560525000CE", exchange="NFO", type=InstrumentType.OPTION), date(2025, 6, 2), 120.0, 0.05),
        (Instrument("NIFTY", type=InstrumentType.INDEX), date(2025, 6, 2), 25_000.0, 0.0),
        (Instrument("ABC", exchange="BSE", tick_size=0.25), date(2025, 6, 2), 100.0, 0.25),
        (Instrument("ABC", tick_size=0.25), date(2025, 6, 2), 100.0, 0.01),
    ],
)
def test_tick_by_class_and_where_no_rule_is_dated(instrument: Instrument, day: date, price: float, tick: float) -> None:
    assert tick_size(day, price, instrument) == tick


def test_the_last_close_of_a_month_sets_the_tick_of_the_next_month() -> None:
    sessions = days("2025-05-29", "2025-05-30", "2025-06-02", "2025-06-30", "2025-07-01")
    closes = np.array([990.0, 1010.0, 900.0, 240.0, 2000.0])
    # May has no review before it, so its first close (990); June is set by 1010, July by 240.
    assert session_ticks(sessions, closes, EQUITY).tolist() == [0.05, 0.05, 0.10, 0.10, 0.01]


def test_a_rule_that_starts_inside_a_month_uses_the_review_before_that_month() -> None:
    sessions = days("2024-05-31", "2024-06-07", "2024-06-10", "2024-06-11")
    closes = np.array([240.0, 300.0, 300.0, 300.0])
    assert session_ticks(sessions, closes, EQUITY).tolist() == [0.05, 0.05, 0.01, 0.01]


def test_one_session_and_none() -> None:
    assert session_ticks(days("2024-07-01"), np.array([100.0]), EQUITY).tolist() == [0.01]
    assert session_ticks(days(), np.array([]), EQUITY).tolist() == []


def test_seventeen_years_of_sessions_take_milliseconds() -> None:
    sessions = np.arange("2010-01-01", "2027-01-01", dtype="datetime64[D]")
    closes = np.linspace(10.0, 30_000.0, len(sessions))
    session_ticks(sessions, closes, EQUITY)
    start = time.perf_counter()
    session_ticks(sessions, closes, EQUITY)
    assert time.perf_counter() - start < 0.05
