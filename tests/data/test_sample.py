import math
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hermes.data.quality import check_bars
from hermes.data.sample import generate_sample
from hermes.data.sample.profiles import profiles
from hermes.errors import DataError, UnknownNameError, UsageError
from hermes.market.instruments import default_instrument, nifty50
from hermes.market.sessions import nse_calendar

BANKS = ("AXISBANK", "ICICIBANK", "KOTAKBANK", "SBIN")
SOFTWARE = ("HCLTECH", "INFY", "TCS", "WIPRO")
OTHERS = ("RELIANCE", "TATASTEEL")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("minute")
    generate_sample(target, [*BANKS, *SOFTWARE, *OTHERS])
    return target


def read(folder: Path, symbol: str, year: int = 2024) -> pl.DataFrame:
    day = pl.col("timestamp").dt.convert_time_zone("Asia/Kolkata").dt.date()
    return pl.read_parquet(folder / symbol / f"{year}.parquet").with_columns(day=day)


def full_sessions(bars: pl.DataFrame) -> pl.DataFrame:
    return bars.filter(pl.len().over("day") == 375)


def daily(bars: pl.DataFrame) -> pl.DataFrame:
    return bars.group_by("day", maintain_order=True).agg(
        pl.col("open").first(), pl.col("close").last(), pl.col("volume").sum(), pl.len().alias("minutes")
    )


def daily_returns(bars: pl.DataFrame) -> pl.Series:
    return daily(bars)["close"].log().diff().drop_nulls()


def correlation(first: pl.Series, second: pl.Series) -> float:
    return float(np.corrcoef(first.to_numpy(), second.to_numpy())[0, 1])


def test_the_year_has_the_sessions_that_the_exchange_held(folder: Path) -> None:
    days = daily(read(folder, "RELIANCE"))
    minutes = dict(days.select("day", "minutes").iter_rows())
    assert len(minutes) == 249
    assert minutes[date(2024, 1, 20)] == 375  # a Saturday, in place of the Monday after it
    assert date(2024, 1, 22) not in minutes
    assert minutes[date(2024, 3, 2)] == 45 + 60  # disaster-recovery drill: 09:15-10:00 and 11:30-12:30
    assert minutes[date(2024, 11, 1)] == 60  # Muhurat
    assert list(minutes.values()).count(375) == 246


def test_bars_are_labelled_by_their_start_in_utc(folder: Path) -> None:
    bars = read(folder, "RELIANCE")
    assert bars.schema["timestamp"] == pl.Datetime("us", "UTC")
    assert bars["timestamp"][0] == datetime(2024, 1, 1, 3, 45, tzinfo=UTC)
    assert bars["timestamp"][-1] == datetime(2024, 12, 31, 9, 59, tzinfo=UTC)
    muhurat = bars.filter(pl.col("day") == date(2024, 11, 1))
    assert muhurat["timestamp"][0] == datetime(2024, 11, 1, 12, 30, tzinfo=UTC)
    assert bars["timestamp"].is_sorted()
    assert bars["timestamp"].is_unique().all()


def test_no_bar_contradicts_itself(folder: Path) -> None:
    for symbol in (*BANKS, *SOFTWARE, *OTHERS):
        bars = read(folder, symbol)
        assert not bars.null_count().sum_horizontal()[0]
        assert bars.filter(pl.col("high") < pl.max_horizontal("open", "close")).is_empty()
        assert bars.filter(pl.col("low") > pl.min_horizontal("open", "close")).is_empty()
        assert bars.filter((pl.col("low") <= 0) | (pl.col("volume") < 0)).is_empty()


def test_the_quality_guard_finds_nothing(folder: Path) -> None:
    for symbol in (*BANKS, *SOFTWARE, *OTHERS):
        bars = pl.read_parquet(folder / symbol / "2024.parquet")
        assert check_bars(bars, default_instrument(symbol), "identity").problems == ()


@pytest.mark.parametrize("symbol", ["RELIANCE", "TATASTEEL"])
def test_prices_lie_on_the_tick_of_their_day(folder: Path, symbol: str) -> None:
    bars = read(folder, symbol)
    prices = bars.select("day", pl.concat_list("open", "high", "low", "close")).explode("open")
    paise = (prices["open"] * 100).round(6)
    assert (paise == paise.round()).all()
    off_five = prices.filter((prices["open"] * 100).round().cast(pl.Int64) % 5 != 0)
    # Below Rs 250 the tick fell from 0.05 to 0.01 on 2024-06-10; RELIANCE is far above.
    assert off_five.filter(pl.col("day") < date(2024, 6, 10)).is_empty()
    assert off_five.is_empty() == (symbol == "RELIANCE")


def test_a_subset_holds_the_very_same_bars(folder: Path, tmp_path: Path) -> None:
    generate_sample(tmp_path, ["TATASTEEL"])
    name = "TATASTEEL/2024.parquet"
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_another_seed_gives_other_bars(folder: Path, tmp_path: Path) -> None:
    generate_sample(tmp_path, ["RELIANCE"], seed=7)
    first, second = daily_returns(read(folder, "RELIANCE")), daily_returns(read(tmp_path, "RELIANCE"))
    assert abs(correlation(first, second)) < 0.25  # four standard errors of 248 independent pairs


def test_volume_is_u_shaped_and_averages_the_symbols_own(folder: Path) -> None:
    bars = full_sessions(read(folder, "RELIANCE"))
    shares = bars["volume"].to_numpy().reshape(-1, 375)
    assert shares.sum(axis=1).mean() == pytest.approx(7_000_000, rel=0.02)
    by_minute = shares.mean(axis=0)
    middle = by_minute[150:225].mean()
    assert by_minute[:15].mean() > 2.5 * middle
    assert by_minute[-15:].mean() > 2.5 * middle
    assert shares.min() > 0


def test_volatility_is_highest_at_the_open(folder: Path) -> None:
    bars = full_sessions(read(folder, "RELIANCE"))
    spread = ((bars["high"] - bars["low"]) / bars["close"]).to_numpy().reshape(-1, 375).mean(axis=0)
    assert spread[:10].mean() > 2 * spread[150:225].mean()


def test_volatility_clusters_and_returns_do_not(folder: Path) -> None:
    bars = full_sessions(read(folder, "RELIANCE"))
    close = np.log(bars["close"].to_numpy().reshape(-1, 375))
    returns = np.diff(close[:, 60:-30:5], axis=1)  # five minutes each, away from the U-shape's ends
    sizes = np.abs(returns)
    assert abs(np.corrcoef(returns[:, 1:].ravel(), returns[:, :-1].ravel())[0, 1]) < 0.05
    assert np.corrcoef(sizes[:, 1:].ravel(), sizes[:, :-1].ravel())[0, 1] > 0.1


def test_returns_have_fat_tails(folder: Path) -> None:
    bars = full_sessions(read(folder, "RELIANCE"))
    close = np.log(bars["close"].to_numpy().reshape(-1, 375))
    returns = np.diff(close, axis=1).ravel()
    assert ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 > 5


def test_large_moves_trade_more(folder: Path) -> None:
    bars = full_sessions(read(folder, "RELIANCE"))
    move = (bars["close"] / bars["open"]).log().abs()
    assert correlation(move, bars["volume"].cast(pl.Float64)) > 0.3


def test_the_range_of_a_minute_is_that_of_a_random_walk(folder: Path) -> None:
    # Feller 1951: a Brownian motion's mean range is sqrt(8 / pi) sigma, its mean absolute move sqrt(2 / pi) sigma.
    bars = read(folder, "RELIANCE")
    spread = float((bars["high"] - bars["low"]).mean())  # type: ignore[arg-type]
    move = float((bars["close"] - bars["open"]).abs().mean())  # type: ignore[arg-type]
    assert spread / move == pytest.approx(2.0, rel=0.05)


def test_a_year_is_about_as_volatile_as_an_indian_large_company(folder: Path) -> None:
    for symbol in (*BANKS, *SOFTWARE, "RELIANCE"):
        annual = float(np.std(daily_returns(read(folder, symbol)).to_numpy())) * math.sqrt(250)
        assert 0.13 < annual < 0.40, symbol


def test_the_market_opens_away_from_the_last_close(folder: Path) -> None:
    shares = []
    for symbol in (*BANKS, *SOFTWARE, *OTHERS):
        days = daily(read(folder, symbol))
        gaps = (days["open"].log() - days["close"].shift(1).log()).drop_nulls().to_numpy()
        assert np.abs(gaps).max() <= 0.0905
        shares.append(gaps.var() / daily_returns(read(folder, symbol)).to_numpy().var())
    # A quarter of the variance is drawn for the night, and more for company results.
    assert 0.15 < np.mean(shares) < 0.45


def test_one_sectors_symbols_move_together_more_than_two_sectors(folder: Path) -> None:
    returns = {symbol: daily_returns(read(folder, symbol)) for symbol in (*BANKS, *SOFTWARE)}

    def mean_of(first: tuple[str, ...], second: tuple[str, ...]) -> float:
        return float(np.mean([correlation(returns[a], returns[b]) for a in first for b in second if a != b]))

    inside = (mean_of(BANKS, BANKS) + mean_of(SOFTWARE, SOFTWARE)) / 2
    across = mean_of(BANKS, SOFTWARE)
    assert across > 0.15
    assert inside > across + 0.08


def test_files_say_that_they_are_synthetic(folder: Path) -> None:
    metadata = pl.read_parquet_metadata(folder / "RELIANCE" / "2024.parquet")
    assert metadata["hermes.origin"] == "synthetic-sample seed=20240101"
    assert metadata["hermes.adjusted"] == "false"


def test_a_symbols_year_is_small_on_disk(folder: Path) -> None:
    assert (folder / "RELIANCE" / "2024.parquet").stat().st_size < 2_000_000


def test_the_report_and_progress_name_what_was_written(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    report = generate_sample(
        tmp_path, ["itc", "INFY", "ITC"], progress=lambda symbol, done, of: seen.append((symbol, done, of))
    )
    assert report.symbols == ("ITC", "INFY")
    assert seen == [("ITC", 1, 2), ("INFY", 2, 2)]
    sessions = nse_calendar().sessions(date(2024, 1, 1), date(2024, 12, 31), closing_auction=True)
    assert report.rows == 2 * sum(session.minutes for session in sessions)
    assert (report.first_day, report.last_day) == (date(2024, 1, 1), date(2024, 12, 31))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["INFY", "ITC"]


def test_making_the_sample_again_changes_nothing(tmp_path: Path) -> None:
    generate_sample(tmp_path, ["ITC"])
    before = (tmp_path / "ITC" / "2024.parquet").read_bytes()
    generate_sample(tmp_path, ["ITC"], seed=5)
    generate_sample(tmp_path, ["ITC"])
    assert (tmp_path / "ITC" / "2024.parquet").read_bytes() == before


def test_since_the_closing_auction_continuous_trading_ends_at_a_quarter_past_three(tmp_path: Path) -> None:
    generate_sample(tmp_path, ["ITC"], year=2026)
    minutes = dict(daily(read(tmp_path, "ITC", 2026)).select("day", "minutes").iter_rows())
    assert minutes[date(2026, 7, 31)] == 375
    assert minutes[date(2026, 8, 3)] == 360


def test_every_member_of_the_index_has_a_profile() -> None:
    members = [instrument.symbol for instrument in nifty50()]
    assert len(members) == 50
    assert set(members) <= set(profiles())
    for profile in profiles().values():
        assert 50 < profile.start_price < 20_000
        assert profile.daily_volume > 100_000
        assert 0.3 < profile.beta < 2
        assert 0.1 < profile.own_volatility < 0.5


def test_a_misspelt_symbol_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="RELIANCE"):
        generate_sample(tmp_path, ["RELIANC"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"symbols": []}, "No symbol"),
        ({"year": 1990}, "1990"),
        ({"year": 2200}, "2200"),
        ({"seed": -1}, "-1"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        generate_sample(tmp_path, **arguments)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(DataError, match="cannot be written"):
        generate_sample(blocked, ["ITC"])
