import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.engine.market import bars, days

from hermes.engine import BacktestRequest
from hermes.engine.kernel.codes import (
    CLOSE_OUT,
    FIRST,
    LOCKED_DOWN,
    LOCKED_UP,
    NO_OPINION,
    SQUARE_OFF,
    TRADABLE,
)
from hermes.engine.prepare import Prepared, prepare, rate_table
from hermes.errors import DataError, UsageError
from hermes.market import (
    ChargeRates,
    ChargeSchedule,
    Instrument,
    InstrumentType,
    default_instrument,
    no_charges,
    schedule_from_mapping,
    zerodha,
)

# A share without derivatives: its band is 20 %, its tick 0.05 until June 2024.
SMALL = Instrument("ABC")
LARGE = Instrument("BIG", has_derivatives=True)
INDEX = Instrument("NIFTY", type=InstrumentType.INDEX)
FUTURE = Instrument("RELIANCE26AUGFUT", type=InstrumentType.FUTURE)


def prepared(
    frame: pl.DataFrame,
    start: int = 0,
    instrument: Instrument = SMALL,
    *,
    adjusted: bool = False,
    schedule: ChargeSchedule | None = None,
    **fields: Any,
) -> Prepared:
    if "signal" not in frame.columns:
        frame = frame.with_columns(signal=pl.lit(None, dtype=pl.Int8))
    request = BacktestRequest(symbols=(instrument.symbol,), strategy="Told", **fields)
    return prepare(frame, start, request, instrument, schedule or no_charges(), adjusted=adjusted, lot=1.0)


def flagged(found: Prepared, bit: int) -> list[int]:
    return np.flatnonzero(found.bars.flags & bit).tolist()


def test_the_first_bar_of_each_session_is_marked() -> None:
    found = prepared(pl.concat([bars("2024-01-02", [100, 101, 102]), bars("2024-01-03", [103, 104])]))
    assert flagged(found, FIRST) == [0, 3]
    assert found.bars.session.tolist() == [0, 0, 0, 1, 1]
    assert found.session_days.tolist() == [date(2024, 1, 2), date(2024, 1, 3)]
    assert flagged(found, CLOSE_OUT | SQUARE_OFF) == []


def test_a_session_is_a_day_in_india_not_in_utc() -> None:
    # 04:00 IST on the third is 22:30 UTC on the second.
    frame = pl.concat([bars("2024-01-02", [100], at="23:59"), bars("2024-01-03", [100], at="04:00")])
    assert frame["timestamp"].dt.date().n_unique() == 1
    assert prepared(frame).bars.session.tolist() == [0, 1]


def test_bars_before_the_start_only_warm_up() -> None:
    frame = days("2024-01-01", [100, 101, 102, 103], bars_a_day=2)
    found = prepared(frame, start=4)
    assert found.bars.close.tolist() == [102, 102, 103, 103]
    assert found.bars.session.tolist() == [0, 0, 1, 1]
    assert found.session_days.tolist() == [date(2024, 1, 3), date(2024, 1, 4)]
    assert flagged(found, FIRST) == [0, 2]
    assert len(found.bars.tick) == len(found.bars.rate_row) == 2


def test_a_bar_without_trades_is_not_tradable() -> None:
    found = prepared(bars("2024-01-02", [100, 100, 100], volume=[5, 0, 7]))
    assert flagged(found, TRADABLE) == [0, 2]
    assert found.volume_known


@pytest.mark.parametrize(("instrument", "volume"), [(SMALL, 0), (INDEX, 0), (INDEX, 500)])
def test_bars_that_never_have_volume_all_trade(instrument: Instrument, volume: int) -> None:
    found = prepared(bars("2024-01-02", [100, 100, 100], volume=volume), instrument=instrument)
    assert flagged(found, TRADABLE) == [0, 1, 2]
    assert not found.volume_known


@pytest.mark.parametrize(
    ("day", "at", "instrument", "square_off"),
    [
        ("2024-01-02", "15:18", LARGE, 2),  # 15:20 on a normal day
        ("2022-10-24", "19:03", LARGE, 2),  # Muhurat ends at 19:15: ten minutes before
        ("2026-07-31", "15:18", LARGE, 2),  # the last session without a closing auction
        ("2026-08-03", "15:08", LARGE, 2),  # from here on 15:10 for stocks with derivatives ...
        ("2026-08-03", "15:18", SMALL, 2),  # ... and 15:20 still for the others
        ("2026-08-03", "15:23", FUTURE, 2),  # futures 15:25
    ],
)
def test_intraday_positions_are_squared_off_at_the_time_of_day_and_class(
    day: str, at: str, instrument: Instrument, square_off: int
) -> None:
    frame = bars(day, [100.0] * 6, at=at)
    found = prepared(frame, instrument=instrument, product="MIS")
    assert flagged(found, SQUARE_OFF) == [square_off]
    assert flagged(found, CLOSE_OUT) == [5]


def test_each_session_has_its_own_square_off() -> None:
    frame = pl.concat([bars("2024-01-02", [100.0] * 4, at="15:18"), bars("2024-01-03", [100.0] * 2, at="15:28")])
    found = prepared(frame, product="MIS")
    # The second session has no bar before 15:20, so its first bar is the one.
    assert flagged(found, SQUARE_OFF) == [2, 4]
    assert flagged(found, CLOSE_OUT) == [3, 5]


def test_long_bars_that_start_before_the_square_off_are_closed_at_their_end() -> None:
    found = prepared(bars("2024-01-02", [100.0] * 7, step=60), product="MIS", timeframe="1h")
    assert flagged(found, SQUARE_OFF) == []
    assert flagged(found, CLOSE_OUT) == [6]


# The close before is 100, so the band of 20 % is 80 to 120.
@pytest.mark.parametrize(
    ("price", "bit"),
    [(120.0, LOCKED_UP), (119.98, LOCKED_UP), (119.95, 0), (80.0, LOCKED_DOWN), (80.02, LOCKED_DOWN), (80.05, 0)],
)
def test_a_standing_bar_at_its_band_is_locked_within_half_a_tick(price: float, bit: int) -> None:
    found = prepared(days("2024-01-01", [100, price]))
    assert found.bars.flags[0] & (LOCKED_UP | LOCKED_DOWN) == 0
    assert found.bars.flags[1] & (LOCKED_UP | LOCKED_DOWN) == bit


def test_a_bar_that_moved_is_not_locked_though_it_closed_at_the_band() -> None:
    frame = pl.concat([bars("2024-01-01", [100]), bars("2024-01-02", [120.0, 120.0], open=[119.0, 120.0], low=119.0)])
    assert flagged(prepared(frame), LOCKED_UP | LOCKED_DOWN) == []


def test_a_narrow_band_lies_on_the_ticks_inside() -> None:
    # 5 % of 101.30: 96.235 to 106.365, hence 96.25 to 106.35 in steps of 0.05.
    narrow = replace(SMALL, price_band=0.05)
    frame = pl.concat([bars("2024-01-01", [101.30]), bars("2024-01-02", [106.35, 96.25, 106.30, 96.30])])
    found = prepared(frame, instrument=narrow)
    assert flagged(found, LOCKED_UP) == [1]
    assert flagged(found, LOCKED_DOWN) == [2]


def test_the_band_is_that_of_the_special_session() -> None:
    # Disaster-recovery Saturday: at most 5 %.
    frame = pl.concat([bars("2024-03-01", [100.0]), bars("2024-03-02", [105.0, 95.0, 120.0])])
    found = prepared(frame)
    assert flagged(found, LOCKED_UP) == [1]
    assert flagged(found, LOCKED_DOWN) == [2]


def test_the_band_looks_back_on_the_session_before_the_start() -> None:
    assert flagged(prepared(days("2024-01-01", [100, 120]), start=1), LOCKED_UP) == [0]


@pytest.mark.parametrize(
    ("instrument", "adjusted", "fields"),
    [(LARGE, False, {}), (INDEX, False, {}), (SMALL, True, {}), (SMALL, False, {"price_bands": False})],
)
def test_nothing_is_locked_where_no_band_is_known(
    instrument: Instrument, adjusted: bool, fields: dict[str, Any]
) -> None:
    found = prepared(days("2024-01-01", [100, 120, 96]), instrument=instrument, adjusted=adjusted, **fields)
    assert flagged(found, LOCKED_UP | LOCKED_DOWN) == []


# Rs 0.05 until 2024-06-07, then Rs 0.01 below Rs 250, decided by the last close of the month before.
REVIEW = {
    "2024-06-07": (240, 0.05),
    "2024-06-10": (240, 0.01),
    "2024-06-28": (260, 0.01),
    "2024-07-01": (240, 0.05),
    "2024-07-31": (240, 0.05),
    "2024-08-01": (300, 0.01),
}


def reviewed() -> pl.DataFrame:
    return pl.concat(bars(day, [close]) for day, (close, _) in REVIEW.items())


def test_the_tick_changes_with_the_month_after_the_price_has() -> None:
    found = prepared(reviewed())
    assert found.bars.tick.tolist() == [tick for _, tick in REVIEW.values()]
    assert found.ticks_rounded


def test_the_review_of_the_month_before_the_start_counts() -> None:
    assert prepared(reviewed(), start=3).bars.tick.tolist() == [0.05, 0.05, 0.01]


@pytest.mark.parametrize(("adjusted", "rounding"), [(True, True), (False, False)])
def test_without_ticks_nothing_is_rounded(adjusted: bool, rounding: bool) -> None:
    found = prepared(reviewed(), adjusted=adjusted, tick_rounding=rounding)
    assert found.bars.tick.tolist() == [0.0] * 6
    assert not found.ticks_rounded


MARCH_AND_APRIL = np.array(["2026-02-27", "2026-03-02", "2026-03-30", "2026-04-01"], dtype="datetime64[D]")


def test_exchange_charges_change_on_the_first_of_march_2026() -> None:
    rates, row = rate_table(zerodha("delivery"), MARCH_AND_APRIL)
    in_force = rates[row]
    # Billionths of turnover: Rs 297 a crore and Rs 10 of IPFT become Rs 307 with IPFT inside.
    assert in_force["transaction"].tolist() == [29_700, 30_700, 30_700, 30_700]
    assert in_force["ipft"].tolist() == [1_000, 0, 0, 0]
    assert in_force["dp"].tolist() == [1_534] * 4
    assert in_force["brokerage_cap"].tolist() == [-1] * 4
    assert in_force["stt_buy"].tolist() == [1_000_000] * 4
    assert in_force["stamp_buy"].tolist() == [150_000] * 4
    assert in_force["gst"].tolist() == [180_000_000] * 4
    assert in_force["rounded"].tolist() == [1] * 4


def test_tax_on_futures_changes_on_the_first_of_april_2026() -> None:
    rates, row = rate_table(zerodha("futures"), MARCH_AND_APRIL)
    assert rates[row]["stt_sell"].tolist() == [200_000, 200_000, 200_000, 500_000]
    assert rates[row]["transaction"].tolist() == [17_300, 18_300, 18_300, 18_300]
    assert rates[row]["brokerage_cap"].tolist() == [2_000] * 4


def test_the_rates_of_a_run_are_those_of_its_own_sessions() -> None:
    frame = pl.concat(bars(str(day), [100.0]) for day in MARCH_AND_APRIL)
    found = prepared(frame, start=1, schedule=zerodha("futures"), instrument=FUTURE)
    assert found.bars.rates[found.bars.rate_row]["stt_sell"].tolist() == [200_000, 200_000, 500_000]


def test_days_before_the_first_known_rates_take_the_first() -> None:
    _, row = rate_table(zerodha("delivery"), np.array(["2016-08-16"], dtype="datetime64[D]"))
    assert row.tolist() == [0]


def test_a_rate_finer_than_the_kernels_unit_is_refused_by_name() -> None:
    day = np.array(["2024-01-01"], dtype="datetime64[D]")
    with pytest.raises(UsageError, match="sebi has too many digits"):
        rate_table(schedule_from_mapping({"sebi": "0.0000000005"}), day)
    with pytest.raises(UsageError, match="dp has too many digits"):
        rate_table(ChargeSchedule("mine", "any", (ChargeRates(date.min, dp=Decimal("15.345")),)), day)


def with_targets(*targets: int | None) -> pl.DataFrame:
    frame = bars("2024-01-02", [100.0] * len(targets))
    return frame.with_columns(pl.Series("signal", targets, dtype=pl.Int8))


def test_delivery_turns_shorts_into_flats_and_counts_them() -> None:
    frame = with_targets(1, -1, None, -1, 0)
    found = prepared(frame)
    assert found.bars.target.tolist() == [1, 0, NO_OPINION, 0, 0]
    assert found.short_targets == 2
    assert frame["signal"].to_list() == [1, -1, None, -1, 0]


def test_intraday_keeps_its_shorts() -> None:
    found = prepared(with_targets(1, -1, None, -1, 0), product="MIS")
    assert found.bars.target.tolist() == [1, -1, NO_OPINION, -1, 0]
    assert found.short_targets == 0


def test_shorts_before_the_start_are_not_counted() -> None:
    assert prepared(with_targets(-1, -1, 1, -1), start=2).short_targets == 1


def test_annual_volatility_is_that_of_the_sessions_before() -> None:
    # Returns +10 %, -10 %, 0: standard deviations (n - 1) of two are sqrt(0.02) and sqrt(0.005).
    frame = days("2024-01-01", [100, 110, 99, 99, 150], bars_a_day=2)
    found = prepared(frame, sizing={"mode": "volatility_target", "sessions": 2})
    assert found.bars.annual_volatility[:3] == pytest.approx([math.nan] * 3, nan_ok=True)
    assert found.bars.annual_volatility[3:] == pytest.approx([math.sqrt(0.02 * 252), math.sqrt(0.005 * 252)])


def test_a_sessions_own_bars_do_not_change_what_is_known_in_it() -> None:
    closes = [100.0, 102, 101, 104, 103, 106, 99, 101]
    sizing = {"mode": "volatility_target", "sessions": 3}
    before = prepared(days("2024-01-01", closes), sizing=sizing).bars.annual_volatility
    after = prepared(days("2024-01-01", [*closes[:6], 50.0, 200.0]), sizing=sizing).bars.annual_volatility
    assert before[:7] == pytest.approx(after[:7], nan_ok=True)
    assert before[7] != after[7]


def test_impact_rests_on_twenty_sessions_before() -> None:
    # Closes double and halve in turn: returns +1 and -0.5, ten of each; volumes 1000, 2000 ...
    frame = days("2024-01-01", [100.0, 200.0] * 11).with_columns(volume=1000 * pl.int_range(1, 23))
    found = prepared(frame, impact="square_root")
    assert np.isnan(found.bars.daily_volume[:20]).all()
    assert found.bars.daily_volume[20:].tolist() == [10_500, 11_500]
    assert np.isnan(found.bars.daily_volatility[:21]).all()
    # Mean 0.25, each 0.75 away: the variance is 20 x 0.75^2 / 19.
    assert found.bars.daily_volatility[21] == pytest.approx(0.75 * math.sqrt(20 / 19))


def test_nothing_is_estimated_that_nobody_asked_for() -> None:
    found = prepared(days("2024-01-01", [100.0] * 30))
    assert np.isnan(found.bars.daily_volatility).all()
    assert np.isnan(found.bars.annual_volatility).all()
    assert len(found.bars.atr) == 0


def ranges(*spans: float) -> pl.DataFrame:
    half = np.array(spans) / 2
    return bars("2024-01-02", [100.0] * len(spans), high=(100 + half).tolist(), low=(100 - half).tolist())


def test_the_average_true_range_of_a_bar_ends_with_that_bar() -> None:
    # Wilder over 2: ranges of 2 average 2, then (2 + 6) / 2 = 4, then (4 + 2) / 2 = 3.
    atr = prepared(ranges(2, 2, 2, 6, 2), sizing={"mode": "atr", "period": 2}).bars.atr
    assert atr[2:].tolist() == [2, 4, 3]
    assert np.isnan(atr[0])
    unlike = prepared(ranges(2, 2, 2, 6, 50), sizing={"mode": "atr", "period": 2}).bars.atr
    assert unlike[:4] == pytest.approx(atr[:4], nan_ok=True)


def test_the_average_true_range_is_warm_at_the_start() -> None:
    atr = prepared(ranges(2, 2, 2, 6, 2), start=3, sizing={"mode": "atr", "period": 2}).bars.atr
    assert atr.tolist() == [4, 3]


@pytest.mark.parametrize("column", ["open", "high", "low", "close"])
@pytest.mark.parametrize("price", [math.nan, 0.0, -1.0, None])
def test_a_price_that_cannot_be_traded_is_refused_with_its_bar(column: str, price: float | None) -> None:
    prices: dict[str, Any] = {column: [100, price, 102]}
    frame = bars("2024-01-02", [100, 101, 102], **prices)
    with pytest.raises(DataError, match=rf"The {column} of the bar at 2024-01-02 09:16 IST is .* cannot be traded"):
        prepared(frame)


def test_known_instruments_have_the_class_that_the_rules_ask_for() -> None:
    assert default_instrument("RELIANCE").closing_auction
    assert default_instrument("NIFTY").type is InstrumentType.INDEX
