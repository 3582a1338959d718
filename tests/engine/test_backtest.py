import math
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError
from tests.engine.market import FLAT, LONG, SHORT, Told, bars, days, fills, obey, store, told

import hermes
from hermes.data import DataService
from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.engine.load import charge_schedule, load_from
from hermes.errors import DataError, NoDataError, QualityError, StrategyError, UnknownNameError, UsageError
from hermes.market import IST, default_instrument, nse_calendar
from hermes.settings import Settings
from hermes.strategy import create_strategy

pytestmark = pytest.mark.kernel


def value(result: BacktestResult, assumption: str) -> str:
    (found,) = [each.value for each in result.assumptions if each.name == assumption]
    return found


def first_and_last(result: BacktestResult) -> tuple[str, str]:
    stamps = result.candles["timestamp"].dt.convert_time_zone("Asia/Kolkata")
    return f"{stamps[0]:%Y-%m-%d %H:%M}", f"{stamps[-1]:%Y-%m-%d %H:%M}"


# The way from a file to a fill


def test_an_order_of_a_bar_fills_at_the_open_of_the_next() -> None:
    frame = bars("2024-01-02", [100, 101, 102, 103], open=[100, 100.5, 101.5, 102.5], low=[100, 100.5, 101.5, 102.5])
    result = obey(store(told(frame, {"2024-01-02 09:15": LONG, "2024-01-02 09:17": FLAT})))
    # 100,000 at the close of 100 is 1,000 shares; at 100.50 it pays for 995 of them.
    assert fills(result) == [
        ("2024-01-02 09:16", "buy", 995, 100.5, "entry"),
        ("2024-01-02 09:18", "sell", 995, 102.5, "signal"),
    ]
    assert result.metrics.final_equity == 100_000 + 995 * 2


def test_charges_of_a_delivery_round_trip_by_hand() -> None:
    frame = told(days("2024-11-04", [100.0, 100, 110, 110]), {"2024-11-04 09:15": LONG, "2024-11-05 09:15": FLAT})
    sizing = {"mode": "fixed_quantity", "quantity": 100}
    (bought, sold) = obey(store(frame), timeframe="1d", charges="zerodha", sizing=sizing).fills.to_dicts()
    # Buy 10,000: STT 0.1 %, NSE 297 a crore, SEBI and IPFT 10 a crore, stamp 0.015 %, GST on 0.30 + 0.01 + 0.01.
    assert [bought[item] for item in ("brokerage", "stt", "transaction", "sebi", "ipft", "stamp", "gst", "dp")] == [
        0, 10.00, 0.30, 0.01, 0.01, 1.50, 0.06, 0,
    ]  # fmt: skip
    # Sell 11,000: no stamp, but Rs 13 and GST to the depository.
    assert [sold[item] for item in ("brokerage", "stt", "transaction", "sebi", "ipft", "stamp", "gst", "dp")] == [
        0, 11.00, 0.33, 0.01, 0.01, 0, 0.06, 15.34,
    ]  # fmt: skip
    assert bought["charges"] == pytest.approx(11.88)
    assert sold["charges"] == pytest.approx(26.75)


def test_days_are_exchange_days_and_both_ends_count() -> None:
    frame = days("2024-01-01", [100, 101, 102, 103, 104], bars_a_day=3)
    result = obey(store(frame), start_date=date(2024, 1, 2), end_date=date(2024, 1, 4))
    assert first_and_last(result) == ("2024-01-02 09:15", "2024-01-04 09:17")
    assert result.equity.height == 9
    one = obey(store(frame), start_date=date(2024, 1, 3), end_date=date(2024, 1, 3))
    assert first_and_last(one) == ("2024-01-03 09:15", "2024-01-03 09:17")


def test_a_start_on_a_holiday_begins_with_the_next_session() -> None:
    frame = days("2024-01-01", [100.0] * 20)
    assert first_and_last(obey(store(frame), start_date=date(2024, 1, 6)))[0] == "2024-01-08 09:15"


def test_an_order_from_before_the_start_is_not_made() -> None:
    frame = told(days("2024-01-01", [100, 101, 102, 103], bars_a_day=2), {"2024-01-01 09:16": LONG})
    assert obey(store(frame), start_date=date(2024, 1, 2)).fills.is_empty()


def wavy(count: int) -> list[float]:
    return [round(100 + 8 * math.sin(k / 3) + 5 * math.cos(k / 57.3), 2) for k in range(count)]


@pytest.mark.parametrize(
    ("strategy", "params"),
    [
        ("SMACrossover", {"fast": 3, "slow": 8}),
        ("RSIStrategy", {"period": 5, "oversold": 45, "overbought": 55}),
        ("MACDStrategy", {}),
    ],
)
@pytest.mark.parametrize("timeframe", ["15m", "1d"])
def test_signals_on_the_first_day_are_those_of_a_longer_history(
    strategy: str, params: dict[str, Any], timeframe: str
) -> None:
    sessions = days("2022-01-03", [1.0] * 330)["timestamp"].dt.date().to_list()
    closes = wavy(25 * 330)
    quarter = pl.concat(bars(day.isoformat(), closes[25 * k : 25 * k + 25], step=15) for k, day in enumerate(sessions))
    data = store(quarter)
    start = sessions[300]
    plain: dict[str, Any] = {"symbol": "ABC", "strategy": strategy, "params": params, "timeframe": timeframe}
    whole = run_backtest(BacktestRequest(**plain), data)
    late = run_backtest(BacktestRequest(**plain, start_date=start), data)
    name = next(iter(late.plots))
    same = whole.indicators.join(late.indicators, on="timestamp", suffix="_late")
    assert same.height == late.indicators.height >= 30
    assert late.indicators.null_count().sum_horizontal().item() == 0
    assert same[f"{name}_late"].to_numpy() == pytest.approx(same[name].to_numpy(), rel=1e-4, abs=1e-3)
    signals = whole.signals.join(late.signals, on="timestamp", suffix="_late")
    if strategy == "RSIStrategy":
        # A latch has no opinion before its first event, however warm the indicator under it.
        signals = signals.filter(pl.col("signal_late").is_not_null().cum_max())
    assert signals.height > 5
    assert signals["signal_late"].to_list() == signals["signal"].to_list()


def sessions_loaded(**fields: Any) -> int:
    start = date(2024, 6, 3)
    request = BacktestRequest(**({"symbol": "ABC", "strategy": "SMACrossover", "start_date": start} | fields))
    first = load_from(request, create_strategy(request.strategy, request.params))
    assert first is not None
    return len(nse_calendar().days(first, start)) - 1


def test_history_is_loaded_for_the_longest_need() -> None:
    # Ten times the 200 bars of the slow average: 6 sessions of minutes, so that the 25 for volumes and bands decide.
    assert sessions_loaded() == 25
    assert sessions_loaded(timeframe="15m") == 2000 / 25 + 1
    assert sessions_loaded(timeframe="1d") == 2001
    assert sessions_loaded(timeframe="1d", params={"fast": 2, "slow": 3}) == 31
    assert sessions_loaded(timeframe="1w", params={"fast": 2, "slow": 6}) == 60 * 5 + 1
    assert sessions_loaded(sizing={"mode": "volatility_target", "sessions": 60}) == 62
    # A trend of 20 days, whatever the minutes.
    assert sessions_loaded(strategy="MTFTrendFollowingStrategy", params={"trend_period": 40}) == 41
    anything = BacktestRequest(symbols=("ABC",), strategy="Told")
    assert load_from(anything, Told()) is None


def test_days_before_the_calendar_are_not_left_out() -> None:
    sessions = [f"2008-{month:02d}-{day:02d}" for month in range(1, 13) for day in (3, 4)]
    data = store(pl.concat(bars(day, [100.0 + k]) for k, day in enumerate(sessions)), daily=True)
    result = obey(data, timeframe="1d", start_date=date(2008, 6, 4))
    assert result.candles["close"].to_list() == [100.0 + k for k in range(11, 24)]
    assert obey(data, timeframe="1d", start_date=date.min, end_date=date.max).candles.height == 24


# Timeframes


def test_fifteen_minutes_are_anchored_at_the_open() -> None:
    frame = bars("2024-01-02", [100.0 + k for k in range(375)])
    result = obey(store(frame), timeframe="15m")
    assert result.candles.height == 25
    assert first_and_last(result) == ("2024-01-02 09:15", "2024-01-02 15:15")
    assert result.candles["close"][0] == 114
    assert result.candles["volume"][0] == 15_000_000


def test_an_order_of_a_day_fills_at_the_open_of_the_next_session() -> None:
    frame = told(days("2024-01-04", [100, 102, 104], bars_a_day=2), {"2024-01-04 09:16": LONG})
    result = obey(store(frame), timeframe="1d")
    # Friday the fifth; the last session is Monday the eighth.
    assert fills(result) == [
        ("2024-01-05 09:15", "buy", 980, 102, "entry"),
        ("2024-01-08 09:15", "sell", 980, 104, "end_of_data"),
    ]


def test_weeks_are_iso_weeks_of_sessions() -> None:
    frame = told(days("2024-01-01", [100.0] * 5 + [110.0] * 5 + [120.0] * 5), {"2024-01-05 09:15": LONG})
    result = obey(store(frame), timeframe="1w")
    assert result.candles["close"].to_list() == [100, 110, 120]
    assert fills(result)[0] == ("2024-01-08 09:15", "buy", 909, 110, "entry")


def test_the_exchanges_own_daily_bars_are_used_where_they_are_stored() -> None:
    store(days("2024-01-01", [100, 101, 102], bars_a_day=5))
    data = store(days("2024-01-01", [100.5, 101.5, 102.5]), daily=True)
    official = obey(data, timeframe="1d")
    assert official.candles["close"].to_list() == [100.5, 101.5, 102.5]
    assert official.source.official_daily
    assert value(official, "daily bars") == "exchange's own"
    minutes = obey(data)
    assert minutes.candles.height == 15
    assert value(minutes, "daily bars") == "built from minutes"


# Intraday products


def test_muhurat_is_squared_off_ten_minutes_before_its_close() -> None:
    frame = bars("2022-10-24", [100.0] * 60, at="18:15")
    result = obey(store(told(frame, {"2022-10-24 18:20": SHORT})), product="MIS")
    assert fills(result) == [
        ("2022-10-24 18:21", "sell", 1000, 100, "entry"),
        ("2022-10-24 19:05", "buy", 1000, 100, "square_off"),
    ]
    assert result.warnings[0].startswith("Only 1 trade:")


@pytest.mark.parametrize(("symbol", "out"), [("RELIANCE", "15:10"), ("ABC", "15:20")])
def test_from_august_2026_stocks_with_an_auction_leave_earlier(symbol: str, out: str) -> None:
    minutes = 360 if symbol == "RELIANCE" else 375
    frame = told(bars("2026-08-03", [100.0] * minutes), {"2026-08-03 09:15": LONG})
    found = fills(obey(store(frame, symbol), symbol, product="MIS"))
    assert [each[0] for each in found] == ["2026-08-03 09:16", f"2026-08-03 {out}"]


def test_an_intraday_position_is_never_carried_overnight() -> None:
    # No bar at or after 15:20: the close of the last one is the end.
    frame = told(days("2024-01-01", [100, 101, 102], bars_a_day=4), {"2024-01-01 09:15": LONG})
    result = obey(store(frame), product="MIS", leverage=5)
    ends = result.equity.group_by(pl.col("timestamp").dt.date()).agg(pl.col("position").last())
    assert ends["position"].to_list() == [0, 0, 0]
    # Each session starts from the standing target anew.
    assert [(each[0][:10], each[4]) for each in fills(result)] == [
        ("2024-01-01", "entry"),
        ("2024-01-01", "square_off"),
        ("2024-01-02", "entry"),
        ("2024-01-02", "square_off"),
        ("2024-01-03", "entry"),
        ("2024-01-03", "square_off"),
    ]


# Volume, lots, instruments


def test_bars_of_an_index_fill_without_volume_and_say_so() -> None:
    frame = told(bars("2024-01-02", [20_000.0] * 4, volume=0), {"2024-01-02 09:15": LONG})
    result = obey(store(frame, "NIFTY"), "NIFTY", max_volume_share=0.1)
    assert fills(result)[0] == ("2024-01-02 09:16", "buy", 5, 20_000, "entry")
    assert value(result, "zero-volume bars") == "fill"
    assert any("no volume" in each for each in result.warnings)


def test_a_share_of_the_volume_spreads_an_entry_over_bars() -> None:
    frame = told(bars("2024-01-02", [100.0] * 5, volume=[9, 4_000, 0, 2_500, 9_999]), {"2024-01-02 09:15": LONG})
    result = obey(store(frame), max_volume_share=0.1)
    assert fills(result)[:3] == [
        ("2024-01-02 09:16", "buy", 400, 100, "entry"),
        ("2024-01-02 09:18", "buy", 250, 100, "entry"),
        ("2024-01-02 09:19", "buy", 350, 100, "entry"),
    ]


@pytest.mark.parametrize(("lot", "quantity"), [(None, 333), (50, 300), (0, 100_000 / 300)])
def test_quantities_are_whole_lots_or_fractions(lot: int | None, quantity: float) -> None:
    result = obey(store(told(bars("2024-01-02", [300.0] * 3), {"2024-01-02 09:15": LONG})), lot_size=lot)
    assert result.fills["quantity"][0] == pytest.approx(quantity, rel=1e-12)
    assert value(result, "lot") == {None: "1", 50: "50", 0: "fractional"}[lot]


def test_a_locked_bar_sells_nothing_until_it_opens() -> None:
    frame = pl.concat([bars("2024-01-02", [100, 100]), bars("2024-01-03", [120.0, 120.0, 119.0])])
    frame = told(frame, {"2024-01-03 09:15": LONG})
    assert fills(obey(store(frame)))[0][0] == "2024-01-03 09:17"
    assert fills(obey(store(frame), price_bands=False))[0][0] == "2024-01-03 09:16"


# Adjusted prices and ticks


def test_prices_as_traded_are_rounded_to_the_tick_against_the_trader() -> None:
    frame = told(bars("2024-01-02", [100.0] * 4), {"2024-01-02 09:15": LONG, "2024-01-02 09:16": FLAT})
    sizing = {"mode": "fixed_quantity", "quantity": 10}
    result = obey(store(frame), slippage=0.0003, sizing=sizing)
    # 100.03 up and 99.97 down, in steps of 0.05.
    assert [each[3] for each in fills(result)] == [100.05, 99.95]
    assert value(result, "tick rounding") == "on"


def test_adjusted_prices_are_off_the_tick_and_the_result_says_so() -> None:
    frame = told(bars("2024-01-02", [50.37] * 4), {"2024-01-02 09:15": LONG, "2024-01-02 09:16": FLAT})
    sizing = {"mode": "fixed_quantity", "quantity": 10}
    result = obey(store(frame, adjusted=True), slippage=0.001, sizing=sizing)
    assert [each[3] for each in fills(result)] == pytest.approx([50.37 * 1.001, 50.37 * 0.999], rel=1e-12)
    assert value(result, "prices") == "adjusted"
    assert value(result, "tick rounding") == "off"
    assert value(result, "price bands") == "off"
    (note,) = [each.note for each in result.assumptions if each.name == "tick rounding"]
    assert note == "adjusted prices are off the tick"


# Benchmark


def test_the_benchmark_is_the_symbol_itself_unless_another_is_named() -> None:
    store(days("2024-01-01", [100, 100, 100, 120]))
    data = store(days("2024-01-01", [50, 50, 50, 55]), "OTHER")
    assert obey(data, timeframe="1d").metrics.benchmark_return == pytest.approx(0.2)
    assert obey(data, timeframe="1d", benchmark="OTHER").metrics.benchmark_return == pytest.approx(0.1)


def test_a_benchmark_that_ended_before_the_run_is_refused() -> None:
    store(days("2024-02-01", [100.0] * 3))
    data = store(days("2024-01-01", [100.0] * 3), "OLD")
    with pytest.raises(NoDataError, match="Benchmark OLD ends on 2024-01-03, before the backtest begins"):
        obey(data, benchmark="OLD", timeframe="1d")


def test_a_benchmark_with_holes_keeps_its_last_close_and_one_without_bars_is_refused() -> None:
    store(days("2024-01-01", [100.0] * 5))
    store(pl.concat([days("2024-01-02", [50.0]), days("2024-01-04", [60.0])]), "HOLEY")
    data = store(days("2024-02-01", [10.0]), "LATER")
    result = obey(data, timeframe="1d", benchmark="HOLEY")
    assert result.metrics.benchmark_return == pytest.approx(0.2)
    with pytest.raises(NoDataError, match="LATER has no 1d bars"):
        obey(data, timeframe="1d", benchmark="LATER", end_date=date(2024, 1, 5))
    with pytest.raises(NoDataError, match="Benchmark LATER has no bars in the period"):
        obey(data, timeframe="1d", benchmark="LATER")
    with pytest.raises(UnknownNameError, match="'HOLEY'"):
        obey(data, timeframe="1d", benchmark="HOLLEY")


# Charges


def test_the_schedule_is_the_one_that_was_asked_for() -> None:
    def named(**fields: Any) -> tuple[str, str]:
        request = BacktestRequest(symbols=("RELIANCE",), strategy="Told", **fields)
        schedule = charge_schedule(request, default_instrument("RELIANCE"))
        return schedule.name, schedule.segment

    assert named() == ("zerodha", "delivery")
    assert named(product="MIS") == ("zerodha", "intraday")
    assert named(charges="none")[0] == "none"
    assert named(charges={"name": "mine", "stt_sell": 0.001})[0] == "mine"
    assert named(commission=Decimal("0.0049"))[0] == "commission_per_share"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"charges": {"stt_sell": 0.1, "gst": 18}}, "'gst' is 18. It is a share of the amount charged, below 1"),
        ({"charges": {"stt_buy": 1}}, "write 0.001 for 0.1 %"),
        ({"charges": {"dp": 1e18}}, "'dp' is 1e+18. It is in rupees, at most 1,000,000."),
        ({"charges": {"brokerage_cap": -1}}, "finite and not negative"),
        ({"charges": {"sst": 0.001}}, "Unknown charge field 'sst'"),
        ({"commission": "1e10"}, "'commission_per_share'"),
    ],
)
def test_charges_that_cannot_be_meant_are_refused(fields: dict[str, Any], says: str) -> None:
    data = store(bars("2024-01-02", [100.0] * 3))
    with pytest.raises(UsageError) as refused:
        obey(data, **fields)
    assert says in str(refused.value)


def test_a_commission_replaces_every_other_charge() -> None:
    frame = told(bars("2024-01-02", [100.0] * 3), {"2024-01-02 09:15": LONG})
    sizing = {"mode": "fixed_quantity", "quantity": 10}
    result = obey(store(frame), charges="zerodha", commission="0.5", sizing=sizing)
    assert result.fills["charges"].to_list() == [5, 5]


# Strategies


def test_a_strategy_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import polars as pl\n"
        "from hermes.strategy import Strategy\n\n\n"
        "class Above(Strategy):\n"
        "    level: float = 100\n\n"
        "    def signals(self):\n"
        "        return pl.col('close') > self.level\n"
    )
    data = store(bars("2024-01-02", [100, 102, 104, 101, 99, 98]))
    request = BacktestRequest(symbols=("ABC",), strategy=f"{file}:Above", params={"level": 103}, charges="none")
    result = run_backtest(request, data)
    assert [(each[0][-5:], each[4]) for each in fills(result)] == [("09:18", "entry"), ("09:19", "signal")]


def test_the_one_line_form_takes_a_name_or_an_instance() -> None:
    store(told(bars("2024-01-02", [100.0 + k for k in range(30)]), {"2024-01-02 09:15": LONG}))
    named = hermes.backtest("abc", "SMACrossover", {"fast": 2, "slow": 5}, charges="none")
    assert named.request.params == {"fast": 2, "slow": 5}
    made = hermes.backtest("ABC", create_strategy("SMACrossover", {"fast": 2, "slow": 5}), charges="none")
    assert made.request == named.request
    assert made.fills.equals(named.fills)
    assert hermes.backtest("ABC", Told(), charges="none").request.strategy == "Told"
    with pytest.raises(UsageError, match="leave params out"):
        hermes.backtest("ABC", Told(), {"period": 3})


def test_a_strategy_that_fails_is_named() -> None:
    class Broken(Told):
        def signals(self) -> pl.Expr:
            return pl.col("nowhere")

    data = store(bars("2024-01-02", [100.0] * 3))
    with pytest.raises(StrategyError, match=r"Broken cannot give signals.*nowhere"):
        run_backtest(BacktestRequest(symbols=("ABC",), strategy="Broken"), data, Broken())


def test_a_run_is_the_same_with_the_registry_and_after_it_has_learned() -> None:
    frame = told(bars("2024-01-02", [100, 101, 102], high=[100, math.nan, 102]), {"2024-01-02 09:15": LONG})
    plain = obey(store(frame))
    for _ in range(2):
        data = DataService(Settings(registry_enabled=True))
        assert obey(data).to_json() == plain.to_json()
        data.close()


# Refusals


def test_what_is_not_there_is_refused_with_a_remedy() -> None:
    data = store(days("2024-01-01", [100.0] * 3))
    with pytest.raises(UnknownNameError, match=r"Unknown symbol 'AB'\. Did you mean 'ABC'"):
        obey(data, "AB")
    with pytest.raises(NoDataError, match="2024-01-01 to 2024-01-03"):
        obey(data, start_date=date(2025, 1, 1))
    with pytest.raises(UnknownNameError, match="RSIStrategy"):
        run_backtest(BacktestRequest(symbols=("ABC",), strategy="RSIStratgy"), data)
    with pytest.raises(UsageError, match="period"):
        run_backtest(BacktestRequest(symbols=("ABC",), strategy="RSIStrategy", params={"period": 1}), data)
    with pytest.raises(ValidationError):
        hermes.backtest("ABC", "RSIStrategy", initial_cash=-1)


def test_a_start_after_the_last_bar_says_so_though_earlier_bars_were_loaded() -> None:
    data = store(days("2024-01-01", [100.0] * 3))
    with pytest.raises(NoDataError, match=r"ABC has no 1m bars from 2024-01-08\. Stored: 2024-01-01 to 2024-01-03"):
        obey(data, start_date=date(2024, 1, 8))


# Quality


def with_nan() -> DataService:
    return store(bars("2024-01-02", [100, 101, 102, 103], high=[100, math.nan, 102, 103]))


def test_bad_bars_are_left_out_and_the_result_says_so() -> None:
    result = obey(with_nan())
    assert result.candles.height == 3
    assert result.quality is not None
    assert result.quality.bad_rows == 1
    assert any(each.startswith("Bad bars were left out. ABC: 1 of 4 rows are bad") for each in result.warnings)


def test_bad_bars_that_are_kept_are_not_traded_on() -> None:
    with pytest.raises(DataError, match=r"high of the bar at 2024-01-02 09:16 IST is nan"):
        obey(with_nan(), quality="keep")


def test_bad_bars_can_stop_the_run() -> None:
    with pytest.raises(QualityError, match="1 of 4 rows are bad"):
        obey(with_nan(), quality="raise")


def test_odd_bars_that_are_kept_are_named_all_the_same() -> None:
    # The high is below the close: odd, but it can be traded.
    data = store(bars("2024-01-02", [100, 101, 102], high=[100, 100.5, 102]))
    result = obey(data, quality="keep")
    assert result.candles.height == 3
    assert any(each.startswith("Bad bars were kept.") for each in result.warnings)


# Warnings


def quiet_frame(day: str = "2024-01-02") -> pl.DataFrame:
    """Thirty round trips on bars without a fault."""
    frame = bars(day, [100.0 + k % 7 for k in range(130)])
    orders = [LONG if k % 4 == 0 else FLAT if k % 4 == 2 else 0 for k in range(130)]
    return frame.with_columns(pl.Series("oi", orders, dtype=pl.Int64))


def test_a_run_without_a_doubt_has_no_warning() -> None:
    result = obey(store(quiet_frame()))
    assert result.trades.height >= 30
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"fill_at": "close"}, "Optimistic: orders fill at the very close that gave the signal"),
        ({"intrabar": "optimistic"}, "Optimistic: where a bar reaches both stop and target"),
        ({"end_date": date(2024, 1, 1)}, "Only 1 trade: under 30, the averages say little."),
    ],
)
def test_each_doubt_has_its_sentence_and_no_other(fields: dict[str, Any], says: str) -> None:
    if "end_date" in fields:
        frame, fields = told(bars("2024-01-02", [100.0] * 5), {"2024-01-02 09:15": LONG}), {}
    else:
        frame = quiet_frame()
    (only,) = obey(store(frame), **fields).warnings
    assert only.startswith(says)


def test_charges_of_days_before_the_table_are_named() -> None:
    (only,) = obey(store(quiet_frame("2016-08-16")), charges="zerodha").warnings
    assert only.startswith("Charges before 2021-04-01 are not known")


def test_short_targets_of_a_delivery_run_are_counted() -> None:
    frame = quiet_frame().with_columns(oi=pl.col("oi").replace(FLAT, SHORT))
    (only,) = obey(store(frame)).warnings
    assert only == "32 short targets counted as flat: product CNC is long only."
    intraday = obey(store(frame), product="MIS")
    assert intraday.warnings == ()


def test_refused_entries_are_counted() -> None:
    frame = quiet_frame()
    sizing = {"mode": "fixed_quantity", "quantity": 0.5}
    warnings = obey(store(frame), sizing=sizing).warnings
    assert warnings == (
        "No trades: the strategy never entered, or every entry was refused.",
        "33 entries were refused; see the rejections.",
    )


def test_bars_that_do_not_reach_the_days_asked_for_are_pointed_out() -> None:
    data = store(quiet_frame())
    stored = data.describe("ABC")
    asked = obey(data, start_date=date(2023, 1, 1), end_date=date(2025, 1, 1)).warnings
    assert f"The stored bars begin on {stored.first_day}, after the first day asked for (2023-01-01)." in asked
    assert f"The stored bars end on {stored.last_day}, before the last day asked for (2025-01-01)." in asked
    assert not [each for each in obey(data).warnings if each.startswith("The stored bars")]


def test_a_split_that_is_not_adjusted_is_pointed_out() -> None:
    frame = pl.concat([quiet_frame(), bars("2024-01-03", [10.0, 10.0])])
    (only,) = obey(store(frame)).warnings
    assert only.startswith("1 price jump(s) beyond the band")
    assert obey(store(frame, "DEF", adjusted=True), "DEF").warnings == ()


def test_the_synthetic_sample_is_announced_first(sample_root: Path) -> None:
    data = DataService(Settings(data_root=sample_root, registry_enabled=False))
    request = BacktestRequest(symbols=("RELIANCE",), strategy="RSIStrategy", timeframe="1d")
    result = run_backtest(request, data)
    assert result.source.synthetic
    assert result.warnings[0].startswith("Synthetic sample: these prices are generated, not traded.")


def test_every_parameter_of_the_request_is_among_the_assumptions() -> None:
    risk = {"stop_loss_pct": 0.02, "cooldown_bars": 2}
    result = obey(store(bars("2024-01-02", [100.0] * 3)), risk=risk, slippage=0.0005)
    names = {each.name for each in result.assumptions}
    assert {"fill_at", "intrabar", "slippage", "charges", "max_volume_share", "product", "sizing", "lot"} <= names
    assert {"initial_cash", "risk_free_rate", "stop_loss_pct", "cooldown_bars", "end of data"} <= names
    assert "take_profit_pct" not in names
    assert value(result, "slippage") == "0.0500%"
    impact = obey(store(bars("2024-01-02", [100.0] * 3)), impact="square_root", impact_k=0.8)
    assert value(impact, "slippage").startswith("0.8 x daily volatility x sqrt(")
    assert result.candles["timestamp"][0].astimezone(IST).hour == 9
