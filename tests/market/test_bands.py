import numpy as np
import pytest

from hermes.market.bands import session_bands
from hermes.market.instruments import Instrument, InstrumentType

FRIDAY_AND_MONDAY = np.array(["2024-06-07", "2024-06-10"], dtype="datetime64[D]")


def band(instrument: Instrument, close: float, days: np.ndarray = FRIDAY_AND_MONDAY) -> tuple[float, float]:
    lower, upper = session_bands(days, np.array([close, close]), instrument)
    assert np.isnan(lower[0])
    assert np.isnan(upper[0])
    return float(lower[1]), float(upper[1])


def test_the_widest_band_is_a_fifth_of_the_previous_close() -> None:
    assert band(Instrument("ABC"), 100.0) == (80.0, 120.0)


def test_bounds_lie_on_a_tick_inside_the_band() -> None:
    # 5 % of 333.35 gives 316.6825 and 350.0175; the tick is 0.05.
    assert band(Instrument("ABC", price_band=0.05), 333.35) == (316.70, 350.0)


def test_bounds_that_are_a_tick_stay_where_they_are() -> None:
    # 333.5 x 0.9 = 300.15 and x 1.1 = 366.85, neither of which float64 holds exactly.
    assert band(Instrument("ABC", price_band=0.10), 333.5) == (300.15, 366.85)


def test_the_finer_tick_of_cheap_stocks_is_used() -> None:
    # 2 % of 123.45: 120.981 and 125.919, the tick is 0.01 from 2024-06-10.
    assert band(Instrument("ABC", price_band=0.02), 123.45) == (120.99, 125.91)


@pytest.mark.parametrize(
    "instrument",
    [
        Instrument("RELIANCE", has_derivatives=True),
        Instrument("NIFTY", type=InstrumentType.INDEX),
        Instrument("NIFTY24JUNFUT", exchange="NFO", type=InstrumentType.FUTURE),
        Instrument("ABC", exchange="BSE"),
    ],
)
def test_no_fixed_band_is_nan(instrument: Instrument) -> None:
    assert np.isnan(band(instrument, 1000.0)).all()


def test_an_instrument_of_another_exchange_has_its_own_band() -> None:
    assert band(Instrument("ABC", exchange="BSE", price_band=0.2), 100.0) == pytest.approx((80.0, 120.0))


def test_every_stock_had_five_percent_on_the_disaster_recovery_saturday() -> None:
    days = np.array(["2024-03-01", "2024-03-02"], dtype="datetime64[D]")
    assert band(Instrument("RELIANCE", has_derivatives=True), 1000.0, days) == (950.0, 1050.0)
    assert band(Instrument("ABC"), 1000.0, days) == (950.0, 1050.0)
    assert band(Instrument("ABC", price_band=0.02), 1000.0, days) == (980.0, 1020.0)
    assert np.isnan(band(Instrument("NIFTY", type=InstrumentType.INDEX), 1000.0, days)).all()


def test_each_session_uses_the_close_before_it() -> None:
    days = np.arange("2024-06-10", "2024-06-13", dtype="datetime64[D]")
    lower, upper = session_bands(days, np.array([100.0, 110.0, 90.0]), Instrument("ABC"))
    assert lower.tolist()[1:] == [80.0, 88.0]
    assert upper.tolist()[1:] == [120.0, 132.0]


def test_no_sessions_no_bands() -> None:
    lower, upper = session_bands(np.array([], dtype="datetime64[D]"), np.array([]), Instrument("ABC"))
    assert (len(lower), len(upper)) == (0, 0)
