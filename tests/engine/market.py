"""Sessions of bars written by hand, a strategy that does as it is told, and a data root that holds the bars."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from hermes.data import DataService
from hermes.data.bars import BAR_SCHEMA
from hermes.data.store import write_bars
from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.market import IST, nse_calendar
from hermes.settings import Settings
from hermes.strategy import Strategy

LONG, FLAT, SHORT = 1, 2, 3


class Told(Strategy):
    """Does what the column `oi` says: 1 long, 2 flat, 3 short, anything else no opinion."""

    def signals(self) -> pl.Expr:
        return pl.col("oi").replace_strict({LONG: 1, FLAT: 0, SHORT: -1}, default=None, return_dtype=pl.Int8)


def bars(day: str, closes: Sequence[float], at: str = "09:15", step: int = 1, **columns: Any) -> pl.DataFrame:
    """Bars of `step` minutes from `at` IST on, each standing at its close; `columns` replace or add others."""
    first = datetime.fromisoformat(f"{day} {at}").replace(tzinfo=IST)
    frame = pl.DataFrame(
        {
            "timestamp": [first + timedelta(minutes=step * k) for k in range(len(closes))],
            **dict.fromkeys(("open", "high", "low", "close"), pl.Series(closes, dtype=pl.Float64)),
        }
    )
    frame = frame.with_columns(pl.col("timestamp").cast(pl.Datetime("us", "UTC")))
    plain = {"symbol": "ABC", "volume": 1_000_000, "oi": 0}
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in plain.items())
    given = [pl.Series(name, [each] * len(closes) if isinstance(each, int | float) else each, strict=False)
             for name, each in columns.items()]  # fmt: skip
    kinds: dict[Any, Any] = {name: kind for name, kind in BAR_SCHEMA.items() if name in frame.columns}
    return frame.with_columns(given).cast(kinds)


def days(first: str, closes: Sequence[float], bars_a_day: int = 1, **columns: Any) -> pl.DataFrame:
    """One session after the other from `first` on, each of `bars_a_day` bars that stand at the session's close."""
    sessions = nse_calendar().days(date.fromisoformat(first), date(2026, 12, 31))
    return pl.concat(
        bars(day.isoformat(), [close] * bars_a_day, **columns)
        for day, close in zip(sessions[: len(closes)], closes, strict=True)
    )


def told(frame: pl.DataFrame, orders: dict[str, int]) -> pl.DataFrame:
    """The bars with an order in the `oi` of those that start at a time like "2024-01-02 09:15" (IST)."""
    written = {datetime.fromisoformat(when).replace(tzinfo=IST): order for when, order in orders.items()}
    missing = set(written) - set(frame["timestamp"].dt.convert_time_zone("Asia/Kolkata"))
    assert not missing, missing
    told = frame["timestamp"].to_list()
    return frame.with_columns(pl.Series("oi", [written.get(each, 0) for each in told], dtype=pl.Int64))


def store(frame: pl.DataFrame, symbol: str = "ABC", *, daily: bool = False, adjusted: bool = False) -> DataService:
    """Write `frame` into the data root of the test and open it; the registry stays off for speed."""
    settings = Settings(registry_enabled=False)
    folder: Path = settings.daily_dir if daily else settings.minute_dir
    write_bars(frame, folder, symbol, "written by hand", adjusted, interval=None if daily else 1)
    return DataService(settings)


def obey(data: DataService, symbol: str = "ABC", **fields: Any) -> BacktestResult:
    """Run the bars' own orders without charges and without a share of the volume, unless `fields` say otherwise."""
    plain: dict[str, Any] = {"charges": "none", "max_volume_share": None, "lot_size": None}
    request = BacktestRequest(symbols=(symbol,), strategy="Told", **(plain | fields))
    return run_backtest(request, data, Told())


def fills(result: BacktestResult) -> list[tuple[str, str, float, float, str]]:
    """(IST time, side, quantity, price, reason) of each fill."""
    return [
        (
            f"{row['timestamp'].astimezone(IST):%Y-%m-%d %H:%M}",
            row["side"],
            row["quantity"],
            row["price"],
            row["reason"],
        )
        for row in result.fills.iter_rows(named=True)
    ]
