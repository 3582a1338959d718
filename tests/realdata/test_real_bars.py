from collections.abc import Iterator
from dataclasses import astuple
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.oracle import Bar, OracleResult, OracleSettings, Sizing, simulate
from tests.oracle.model import Rates
from tests.property.kernel_runner import OUR_REFUSALS
from tests.property.test_kernel_against_oracle import close_to

from hermes.data import DataService
from hermes.data.importer import import_bars
from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.engine.kernel.codes import CLOSE_OUT, LOCKED_DOWN, LOCKED_UP, SQUARE_OFF
from hermes.engine.load import charge_schedule, load
from hermes.engine.prepare import Prepared
from hermes.market import CHARGE_ITEMS, ChargeSchedule
from hermes.settings import Settings
from hermes.strategy import create_strategy

pytestmark = pytest.mark.realdata

# Two large caps, one whose tick is half a percent of its price, and one with many minutes without a trade.
SYMBOLS = ("RELIANCE", "TATASTEEL", "JPASSOCIAT", "PAGEIND")
# The strategies' own parameters for minutes; fewer bars for 18 days.
DAYS: dict[str, dict[str, Any]] = {
    "RSIStrategy": {"period": 3, "oversold": 45, "overbought": 55},
    "MACDStrategy": {"fast": 2, "slow": 4, "signal": 2},
    "BollingerBandsStrategy": {"period": 4, "width": 0.8},
    "SMACrossover": {"fast": 2, "slow": 4},
    "MTFTrendFollowingStrategy": {"trend_period": 2, "fast": 1, "slow": 3},
}
ACCOUNTS: dict[str, dict[str, Any]] = {
    "delivery": {"initial_cash": 1_000_000},
    "intraday": {
        "product": "MIS",
        "leverage": 4,
        "slippage": 0.0002,
        "sizing": {"mode": "percent_equity", "fraction": 1.5},
        "risk": {"stop_loss_pct": 0.005, "take_profit_pct": 0.008, "trailing_stop_pct": 0.004, "cooldown_bars": 5},
    },
    "at the close": {"fill_at": "close", "max_volume_share": None, "commission": "0.0049"},
}


@pytest.fixture(scope="module")
def minutes(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> DataService:
    """The vendor's file of 19 symbols, brought in by the importer."""
    settings = Settings(data_root=tmp_path_factory.mktemp("minute-2016"), registry_enabled=False)
    source = real_data / "nse" / "minute_2016" / "minute_2016_20symbols.parquet"
    done = import_bars(source, settings, timezone="Asia/Kolkata")
    assert {*SYMBOLS} <= {each.symbol for each in done.symbols}
    return DataService(settings)


def request(symbol: str, strategy: str, timeframe: str, account: str) -> BacktestRequest:
    # Eighteen days never warm up a trend of twenty.
    params = DAYS[strategy] if timeframe == "1d" or strategy == "MTFTrendFollowingStrategy" else {}
    return BacktestRequest(
        symbols=(symbol,), strategy=strategy, params=params, timeframe=timeframe, **ACCOUNTS[account]
    )


def oracle(result: BacktestResult, prepared: Prepared) -> OracleResult:
    """The oracle's answer on the bars, targets and facts of each day that the engine was given."""
    asked, bars = result.request, prepared.bars
    schedule = charge_schedule(asked, result.instrument)
    last = np.append(bars.session[1:] != bars.session[:-1], True)
    told = [
        Bar(
            index=k,
            session=int(bars.session[k]),
            open=float(bars.open[k]),
            high=float(bars.high[k]),
            low=float(bars.low[k]),
            close=float(bars.close[k]),
            volume=float(bars.volume[k]),
            tick=float(bars.tick[bars.session[k]]),
            band_upper=float(bars.close[k]) if bars.flags[k] & LOCKED_UP else None,
            band_lower=float(bars.close[k]) if bars.flags[k] & LOCKED_DOWN else None,
            square_off_open=bool(bars.flags[k] & SQUARE_OFF),
            last_of_session=bool(last[k]),
            charge_rates=rates_of(schedule, prepared.session_days[bars.session[k]].item()),
        )
        for k in range(len(bars.close))
    ]
    if asked.product == "MIS":
        assert np.array_equal(last, (bars.flags & CLOSE_OUT) > 0)
    settings = OracleSettings(
        initial_cash=asked.initial_cash,
        product=asked.product.value,
        leverage=asked.leverage,
        fill_at=asked.fill_at,
        slippage=asked.slippage,
        max_volume_share=asked.max_volume_share,
        zero_volume_blocks=prepared.volume_known,
        sizing=Sizing(asked.sizing.mode, fraction=getattr(asked.sizing, "fraction", 0.1)),
        **{name: value for name, value in asked.risk.model_dump().items() if name != "max_open_positions"},
    )
    return simulate(told, result.signals["signal"].to_list(), settings)


@cache
def rates_of(schedule: ChargeSchedule, day: date) -> Rates:
    rates = schedule.rates_on(day)
    names = ("brokerage_rate", "brokerage_cap", "brokerage_flat", "per_share", "stt_buy", "stt_sell", "transaction",
             "sebi", "ipft", "stamp_buy", "stamp_sell", "gst", "dp")  # fmt: skip
    return {name: getattr(rates, name) for name in names}


def fills_of(result: BacktestResult) -> Iterator[tuple[Any, ...]]:
    for row in result.fills.iter_rows(named=True):
        charges = tuple(row[item] for item in CHARGE_ITEMS)
        yield row["bar"], row["side"], row["quantity"], row["price"], row["reason"], charges


def assert_equal_to_oracle(result: BacktestResult, data: DataService) -> None:
    asked = result.request
    prepared = load(asked.symbol, asked, data, create_strategy(asked.strategy, asked.params)).prepared
    expected = oracle(result, prepared)
    ours = list(fills_of(result))
    for kernel, told in zip(ours, expected.fills, strict=False):
        assert close_to(kernel, astuple(told)), f"engine {kernel}, oracle {told}"
    assert len(ours) == len(expected.fills)
    refused = result.rejections.select("side", "quantity", "reason").rows()
    assert [(side, count, OUR_REFUSALS[reason]) for side, count, reason in refused] == [
        (each.side, each.quantity, each.reason) for each in expected.rejections
    ]
    assert result.equity["equity"].to_numpy() == pytest.approx(expected.equity, rel=1e-9, abs=1e-6)
    assert result.trades["net"].to_list() == pytest.approx([each.net for each in expected.trades], abs=1e-6)


def assert_bitwise_equal(one: BacktestResult, other: BacktestResult) -> None:
    for name in ("equity", "fills", "refusals", "trades"):
        assert getattr(one.run, name).tobytes() == getattr(other.run, name).tobytes(), name
    assert one.metrics == other.metrics


def assert_sound(result: BacktestResult) -> None:
    frame = result.equity.with_columns(result.candles["close"])
    assert frame["equity"].equals((frame["cash"] + frame["position"] * frame["close"]).alias("equity"))
    change = result.equity["equity"][-1] - result.request.initial_cash
    assert result.trades["net"].sum() == pytest.approx(change, abs=1e-4)
    assert result.equity["position"][-1] == 0
    assert (result.fills["charges"] >= 0).all()
    if result.request.product == "CNC":
        assert (result.equity["position"] >= 0).all()
        assert (result.equity["cash"].filter(result.equity["position"] > 0) >= -1e-6).all()
    else:
        days = result.equity.group_by(pl.col("timestamp").dt.date()).agg(pl.col("position").last())
        assert (days["position"] == 0).all()


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("strategy", list(DAYS))
def test_every_strategy_on_every_timeframe_is_what_the_oracle_says(
    minutes: DataService, symbol: str, strategy: str
) -> None:
    fills = 0
    for timeframe in ("1m", "15m", "1d"):
        for account in ACCOUNTS:
            # A third of the minute runs is enough: the oracle counts in fractions.
            if timeframe == "1m" and account != list(ACCOUNTS)[SYMBOLS.index(symbol) % len(ACCOUNTS)]:
                continue
            if timeframe == "1d" and account == "intraday":
                continue
            result = run_backtest(request(symbol, strategy, timeframe, account), minutes)
            assert_sound(result)
            assert_equal_to_oracle(result, minutes)
            fills += result.fills.height
    assert fills > 0


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("strategy", list(DAYS))
def test_every_strategy_on_every_timeframe_is_bitwise_the_same_in_both_engines(
    minutes: DataService, symbol: str, strategy: str
) -> None:
    fills = 0
    for timeframe in ("1m", "15m", "1d"):
        for account in ACCOUNTS:
            if timeframe == "1d" and account == "intraday":
                continue
            asked = request(symbol, strategy, timeframe, account)
            vector = run_backtest(asked, minutes)
            event = run_backtest(asked.model_copy(update={"mode": "event"}), minutes)
            assert_bitwise_equal(event, vector)
            fills += event.fills.height
    assert fills > 0


def test_bars_of_real_days_are_those_of_the_file(minutes: DataService, real_data: Path) -> None:
    source = pl.read_parquet(real_data / "nse" / "minute_2016" / "minute_2016_20symbols.parquet")
    mine = source.filter(pl.col("symbol") == "RELIANCE").sort("date")
    result = run_backtest(request("RELIANCE", "RSIStrategy", "1m", "delivery"), minutes)
    local = result.candles["timestamp"].dt.convert_time_zone("Asia/Kolkata").dt.replace_time_zone(None)
    assert local.to_list() == mine["date"].to_list()
    for name in ("open", "high", "low", "close", "volume"):
        assert result.candles[name].to_list() == mine[name].to_list()
    assert result.timeline.session_days.tolist() == sorted(set(mine["date"].dt.date()))


def test_a_minute_without_trades_fills_nothing(minutes: DataService) -> None:
    result = run_backtest(request("PAGEIND", "MACDStrategy", "1m", "delivery"), minutes)
    filled = result.fills.join(result.candles, on="timestamp").filter(pl.col("reason") != "end_of_data")
    assert result.candles.filter(pl.col("volume") == 0).height > 1_000
    assert filled.height > 50
    assert (filled["volume"] > 0).all()
    # Fills of a minute take at most a tenth of its volume.
    spread = filled.group_by("timestamp").agg(pl.col("quantity").sum(), pl.col("volume").first())
    assert (spread["quantity"] <= (spread["volume"] * 0.1).floor()).all()


def test_fills_of_days_before_the_charges_are_known_are_warned_about(minutes: DataService) -> None:
    result = run_backtest(request("RELIANCE", "RSIStrategy", "15m", "delivery"), minutes)
    assert any(each.startswith("Charges before 2021-04-01 are not known") for each in result.warnings)
    assert not any("Synthetic" in each for each in result.warnings)
    assert value_of(result, "prices") == "as traded"


def value_of(result: BacktestResult, name: str) -> str:
    (found,) = [each.value for each in result.assumptions if each.name == name]
    return found


@pytest.fixture(scope="module")
def indices(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> DataService:
    """NIFTY and BANKNIFTY of 2021, whose times are the ends of minutes."""
    settings = Settings(data_root=tmp_path_factory.mktemp("index-2021"), registry_enabled=False)
    source = real_data / "nse" / "index_minute_2021" / "nifty_banknifty_2021.parquet"
    import_bars(source, settings, timezone="Asia/Kolkata", label="end")
    return DataService(settings)


@pytest.mark.parametrize("account", ["delivery", "intraday"])
@pytest.mark.parametrize("symbol", ["NIFTY", "BANKNIFTY"])
def test_an_index_runs_without_volume_and_says_so(indices: DataService, symbol: str, account: str) -> None:
    result = run_backtest(request(symbol, "MACDStrategy", "15m", account), indices)
    assert_sound(result)
    assert result.fills.height > 100
    assert any("These bars have no volume" in each for each in result.warnings)
    assert any(each.startswith("Bad bars were left out.") for each in result.warnings)
    assert value_of(result, "zero-volume bars") == "fill"


def test_the_odd_days_of_2021_keep_their_own_hours(indices: DataService) -> None:
    result = run_backtest(request("NIFTY", "MACDStrategy", "1m", "intraday"), indices)
    local = result.candles.with_columns(pl.col("timestamp").dt.convert_time_zone("Asia/Kolkata"))
    hours = local.group_by(day=pl.col("timestamp").dt.date(), maintain_order=True).agg(
        first=pl.col("timestamp").first().dt.to_string("%H:%M"), last=pl.col("timestamp").last().dt.to_string("%H:%M")
    )
    of_day = {day: (first, last) for day, first, last in hours.rows()}
    assert of_day[date(2021, 1, 4)] == ("09:15", "15:29")
    assert of_day[date(2021, 2, 24)] == ("09:15", "16:59")  # the outage: traded until 17:00
    assert of_day[date(2021, 11, 4)] == ("18:15", "19:14")  # Muhurat
    out = result.fills.filter(pl.col("reason") == "square_off").with_columns(
        pl.col("timestamp").dt.convert_time_zone("Asia/Kolkata")
    )
    # Ten minutes before the end of continuous trading, whenever that is.
    odd = {date(2021, 2, 24): "16:50", date(2021, 11, 4): "19:05"}
    found = list(zip(out["timestamp"].dt.date(), out["timestamp"].dt.to_string("%H:%M"), strict=True))
    assert len(found) > 40
    assert found == [(day, odd.get(day, "15:20")) for day, _ in found]


def test_adjusted_and_raw_prices_of_one_share_differ_by_the_bonus(
    minutes: DataService, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(data_root=tmp_path_factory.mktemp("adjusted"), registry_enabled=False)
    source = real_data / "nse" / "reliance_adjusted" / "reliance_15min_data.csv"
    import_bars(source, settings, symbol="RELIANCE", timezone="Asia/Kolkata", adjusted=True)
    asked: dict[str, Any] = {"start_date": date(2016, 8, 16), "end_date": date(2016, 9, 9), "timeframe": "15m"}
    crossover = BacktestRequest(symbols=("RELIANCE",), strategy="SMACrossover", **asked)
    adjusted, raw = (run_backtest(crossover, data) for data in (DataService(settings), minutes))
    both = raw.candles.join(adjusted.candles, on="timestamp", suffix="_adjusted")
    assert both.height > 400
    # One share for one in September 2017.
    assert (both["close"] / both["close_adjusted"]).median() == pytest.approx(2, rel=1e-3)
    assert value_of(adjusted, "tick rounding") == "off"
    assert value_of(raw, "tick rounding") == "on"
