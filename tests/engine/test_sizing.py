import math
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from tests.engine.market import LONG, bars, days, obey, store, told

from hermes.engine import BacktestRequest
from hermes.engine.kernel.codes import SIZING_MODES
from hermes.engine.sizing import Sizing
from hermes.engine.vector import kernel_settings, opening_state

SIZINGS: TypeAdapter[Any] = TypeAdapter(Sizing)


@pytest.mark.parametrize(
    ("mode", "fields", "value", "multiple"),
    [
        ("all_in", {}, 0.0, 0.0),
        ("fixed_quantity", {"quantity": 7.5}, 7.5, 0.0),
        ("percent_equity", {"fraction": 0.4}, 0.4, 0.0),
        ("fixed_fractional", {"risk": 0.02}, 0.02, 0.0),
        ("atr", {"risk": 0.03, "multiple": 2.5}, 0.03, 2.5),
        ("volatility_target", {"volatility": 0.2}, 0.2, 0.0),
        ("kelly", {"fraction": 0.5}, 0.5, 0.0),
    ],
)
def test_each_mode_reaches_the_kernel_with_its_own_number(
    mode: str, fields: dict[str, float], value: float, multiple: float
) -> None:
    request = BacktestRequest(
        symbols=("ABC",), strategy="Told", sizing={"mode": mode} | fields, risk={"stop_loss_pct": 0.1}
    )
    settings = kernel_settings(request, lot=1.0)
    assert settings["sizing_mode"] == SIZING_MODES[mode]
    assert settings["sizing_value"] == value
    assert settings["sizing_multiple"] == multiple


def test_the_kernel_knows_every_mode() -> None:
    modes = {each["properties"]["mode"]["const"] for each in SIZINGS.json_schema()["$defs"].values()}
    assert modes == set(SIZING_MODES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "fixed_quantity", "quantity": 0},
        {"mode": "fixed_quantity", "quantity": float("inf")},
        {"mode": "percent_equity", "fraction": 0},
        {"mode": "percent_equity", "fraction": 20.1},
        {"mode": "fixed_fractional", "risk": 1},
        {"mode": "atr", "multiple": 0},
        {"mode": "atr", "period": 0},
        {"mode": "volatility_target", "volatility": 5.1},
        {"mode": "volatility_target", "sessions": 1},
        {"mode": "kelly", "fraction": 1.1},
    ],
)
def test_sizes_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SIZINGS.validate_python(wrong)


def test_what_is_off_is_zero_for_the_kernel() -> None:
    settings = kernel_settings(BacktestRequest(symbols=("ABC",), strategy="Told", max_volume_share=None), lot=0.0)
    off = {name for name in settings.dtype.names or () if settings[name] == 0}
    assert set(settings.dtype.names or ()) - off == {"initial_cash", "leverage"}


def test_every_setting_reaches_the_kernel() -> None:
    request = BacktestRequest(
        symbols=("ABC",),
        strategy="Told",
        product="MIS",
        leverage=5,
        initial_cash=50_000,
        slippage=0.001,
        impact="square_root",
        impact_k=0.7,
        max_volume_share=0.2,
        fill_at="close",
        intrabar="optimistic",
        risk={
            "stop_loss_pct": 0.01,
            "take_profit_pct": 0.02,
            "trailing_stop_pct": 0.03,
            "max_position_pct": 0.4,
            "max_daily_loss": 0.05,
            "cooldown_bars": 6,
        },
    )
    settings = kernel_settings(request, lot=25.0)
    given = {name: settings[name].item() for name in settings.dtype.names or ()}
    assert given == {
        "initial_cash": 50_000,
        "leverage": 5,
        "lot": 25,
        "slippage": 0.001,
        "impact": 0.7,
        "volume_share": 0.2,
        "sizing_value": 0,
        "sizing_multiple": 0,
        "stop_loss": 0.01,
        "take_profit": 0.02,
        "trailing_stop": 0.03,
        "max_position": 0.4,
        "max_daily_loss": 0.05,
        "cooldown": 6,
        "sizing_mode": SIZING_MODES["all_in"],
        "fill_at_close": 1,
        "optimistic": 1,
        "intraday_product": 1,
    }


def test_a_run_opens_with_cash_alone() -> None:
    settings = kernel_settings(BacktestRequest(symbols=("ABC",), strategy="Told", initial_cash=12_345), lot=1.0)
    state = opening_state(settings)
    assert {name for name in state.dtype.names or () if state[name] != 0} == {
        "cash",
        "equity",
        "day_start",
        "cooldown_until",
        "dp_session",
    }
    assert np.all([state[name] == 12_345 for name in ("cash", "equity", "day_start")])


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("sizing", "quantity"),
    [
        ({"mode": "all_in"}, 1000),
        ({"mode": "fixed_quantity", "quantity": 7.9}, 7),
        ({"mode": "percent_equity", "fraction": 0.25}, 250),
        ({"mode": "percent_equity", "fraction": 2}, 1000),  # cut to what can be paid
        ({"mode": "fixed_fractional", "risk": 0.01}, 500),  # 1,000 at risk, 2 a share to the stop
        ({"mode": "atr", "risk": 0.01, "multiple": 2, "period": 2}, 125),  # 1,000 at risk, two ranges of 4
        ({"mode": "kelly"}, 1),  # nothing is known before thirty positions
    ],
)
def test_the_quantity_of_an_entry_by_hand(sizing: dict[str, Any], quantity: float) -> None:
    frame = bars("2024-01-02", [100.0] * 6, high=102, low=98)
    result = obey(store(told(frame, {"2024-01-02 09:18": LONG})), sizing=sizing, risk={"stop_loss_pct": 0.02})
    assert result.fills["quantity"][0] == quantity


@pytest.mark.kernel
def test_a_volatile_share_is_bought_in_smaller_numbers() -> None:
    # Returns of +10 % and -10 %: 224 % a year, so 15 % is 6.68 % of the equity, 67 shares of 99.
    frame = told(days("2024-01-01", [100, 110, 99, 99, 99]), {"2024-01-04 09:15": LONG})
    sizing = {"mode": "volatility_target", "volatility": 0.15, "sessions": 2}
    assert obey(store(frame), timeframe="1d", sizing=sizing).fills["quantity"][0] == 67


@pytest.mark.kernel
def test_impact_grows_with_the_share_of_a_days_volume() -> None:
    # Daily volatility 0.75 sqrt(20/19), 10 of 1,000,000 shares: the price rises by its 0.00243.
    frame = told(days("2024-01-01", [100.0, 200.0] * 12), {"2024-01-31 09:15": LONG})
    fields: dict[str, Any] = {"sizing": {"mode": "fixed_quantity", "quantity": 10}, "tick_rounding": False}
    result = obey(store(frame), timeframe="1d", impact="square_root", price_bands=False, **fields)
    rise = 0.75 * math.sqrt(20 / 19) * math.sqrt(10 / 1_000_000)
    assert result.fills["price"][0] == pytest.approx(100 * (1 + rise), rel=1e-12)


@pytest.mark.kernel
def test_impact_is_nothing_while_volume_and_volatility_are_unknown() -> None:
    frame = told(days("2024-01-01", [100.0, 102.0, 104.0]), {"2024-01-01 09:15": LONG})
    result = obey(store(frame), timeframe="1d", impact="square_root")
    assert result.fills["price"].to_list() == [102, 104]
