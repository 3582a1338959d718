from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.engine.market import bars, days, obey

from hermes.data import DataService
from hermes.data.store import write_bars
from hermes.engine import BacktestResult
from hermes.settings import Settings

pytestmark = pytest.mark.kernel

CHOICES: dict[str, list[Any]] = {
    "timeframe": ["15m", "30m", "1h", "4h", "1d", "1w"],
    "product": ["CNC", "MIS"],
    "leverage": [1, 1, 5],
    "fill_at": ["next_open", "close"],
    "intrabar": ["pessimistic", "optimistic"],
    "slippage": [0, 0.001],
    "impact": [None, "square_root"],
    "charges": ["zerodha", "none", {"stt_sell": 0.001, "rounding": "none"}],
    "max_volume_share": [None, 0.1, 1],
    "lot_size": [None, 0, 7],
    "initial_cash": [500, 100_000, 1e9],
    "tick_rounding": [True, False],
    "start_date": [None, date(2024, 2, 12)],
    "sizing": [
        {"mode": mode}
        for mode in (
            "all_in",
            "fixed_quantity",
            "percent_equity",
            "fixed_fractional",
            "atr",
            "volatility_target",
            "kelly",
        )
    ],
    "risk": [
        {},
        {"stop_loss_pct": 0.01},
        {"stop_loss_pct": 0.03, "trailing_stop_pct": 0.02, "take_profit_pct": 0.01},
        {"stop_loss_pct": 0.01, "max_daily_loss": 0.01, "cooldown_bars": 3, "max_position_pct": 0.5},
    ],
}
requests = st.fixed_dictionaries({name: st.sampled_from(choices) for name, choices in CHOICES.items()})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataService:
    """Sixty sessions of bars of 15 minutes with gaps, minutes without a trade, and orders at random."""
    draw = np.random.default_rng(0)
    sessions = days("2024-01-01", [1.0] * 60)["timestamp"].dt.date()
    closes = 200 * np.exp(np.cumsum(draw.normal(0, 0.02, len(sessions))))
    frame = pl.concat(
        bars(
            str(day),
            np.round(close * (1 + draw.normal(0, 0.003, 25)).cumprod(), 1).tolist(),
            step=15,
            volume=draw.integers(0, 5_000, 25).tolist(),
            oi=draw.choice([0, 0, 0, 1, 2, 3], 25).tolist(),
        )
        for day, close in zip(sessions, closes, strict=True)
    )
    frame = frame.with_columns(high=pl.col("close") + 0.5, low=pl.col("close") - 0.5)
    settings = Settings(data_root=tmp_path_factory.mktemp("any"), registry_enabled=False)
    write_bars(frame, settings.minute_dir, "ABC", "written by hand")
    return DataService(settings)


def answer(data: DataService, fields: dict[str, Any]) -> BacktestResult:
    try:
        return obey(data, **fields)
    except ValidationError:
        # Combinations that a request refuses are tested with the request.
        assume(condition=False)
        raise


@given(fields=requests)
def test_any_request_keeps_its_books(data: DataService, fields: dict[str, Any]) -> None:
    result = answer(data, fields)
    cash = fields["initial_cash"]
    books = result.equity.with_columns(result.candles["close"])
    assert books["equity"].equals((books["cash"] + books["position"] * books["close"]).alias("equity"))
    assert result.trades["net"].sum() == pytest.approx(books["equity"][-1] - cash, abs=1e-9 * max(cash, 1e3))
    assert books["position"][-1] == 0
    if fields["product"] == "CNC":
        assert (books["position"] >= 0).all()
    else:
        ends = books.group_by(pl.col("timestamp").dt.date()).agg(pl.col("position").last())
        assert (ends["position"] == 0).all()
    assert "NaN" not in result.to_json()


@given(fields=requests, end=st.sampled_from([date(2024, 2, 20), date(2024, 3, 1), date(2024, 3, 15)]))
def test_what_comes_later_does_not_change_what_was(data: DataService, fields: dict[str, Any], end: date) -> None:
    whole, cut = answer(data, fields), answer(data, fields | {"end_date": end})
    # Not its last bar, whose position is closed, nor the one before, which may be a week that the end cuts.
    same = cut.candles.height - 2
    assert whole.equity["equity"][:same].to_list() == cut.equity["equity"][:same].to_list()
    past = pl.col("bar") < same
    assert whole.fills.filter(past).equals(cut.fills.filter(past))
