from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from hermes.data import Timeframe
from hermes.engine import BacktestRequest
from hermes.engine.sizing import AllIn, AtrRisk, FixedFractional, FixedQuantity, PercentEquity
from hermes.market import Product


def request(**fields: Any) -> BacktestRequest:
    return BacktestRequest(**({"symbol": "RELIANCE", "strategy": "RSIStrategy"} | fields))


def refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        request(**fields)
    (problem,) = refused.value.errors()
    return f"{'.'.join(str(each) for each in problem['loc'])}: {problem['msg']}"


def test_a_symbol_and_a_strategy_are_enough() -> None:
    asked = request()
    assert asked.timeframe is Timeframe.M1
    assert asked.product is Product.CNC
    assert (asked.initial_cash, asked.leverage, asked.slippage) == (100_000.0, 1.0, 0.0)
    assert (asked.fill_at, asked.intrabar, asked.charges, asked.quality) == (
        "next_open",
        "pessimistic",
        "zerodha",
        "drop",
    )
    assert asked.max_volume_share == 0.10
    assert asked.tick_rounding
    assert asked.price_bands
    assert asked.sizing == AllIn()
    assert not any(asked.risk.model_dump().values())


def test_the_symbol_is_written_as_the_exchange_does() -> None:
    assert request(symbol=" m&m ").symbol == "M&M"
    assert request(benchmark="nifty 50").benchmark == "NIFTY 50"


@pytest.mark.parametrize("name", ["../x", "", "A/B", "A\0B", "रिलायंस"])
def test_what_no_exchange_could_list_is_no_symbol(name: str) -> None:
    assert "not one an exchange could list" in refusal(symbol=name)
    assert "not one an exchange could list" in refusal(benchmark=name)


@pytest.mark.parametrize(
    ("field", "allowed", "forbidden"),
    [
        ("initial_cash", [0.01, 1e13], [0, -1, 1.1e13]),
        ("slippage", [0, 0.49], [-0.0001, 0.5]),
        ("impact_k", [0.001, 50], [0, -1]),
        ("max_volume_share", [0.001, 1, None], [0, 1.01, -0.1]),
        ("lot_size", [0, 1, 75, None], [-1, 1.5]),
        ("commission", [0, "0.0049", None], [-1]),
        ("risk_free_rate", [-0.99, 0, 0.07, 0.99], [-1, 1]),
        ("timeframe", ["1m", "4h", "1d", "1w"], ["2m", "1 minute", ""]),
        ("fill_at", ["next_open", "close"], ["open"]),
        ("intrabar", ["pessimistic", "optimistic"], ["stop"]),
        ("impact", [None, "square_root"], ["linear"]),
        ("quality", ["raise", "drop", "keep"], ["ignore"]),
        ("mode", ["vector", "event"], ["tick"]),
        ("charges", ["zerodha", "none", {"stt_sell": 0.001}], ["upstox"]),
    ],
)
def test_the_bounds_of_a_field(field: str, allowed: list[Any], forbidden: list[Any]) -> None:
    for value in allowed:
        request(**{field: value})
    for value in forbidden:
        with pytest.raises(ValidationError) as refused:
            request(**{field: value})
        assert refused.value.errors()[0]["loc"][0] == field, value


@pytest.mark.parametrize("name", ["stop_loss_pct", "trailing_stop_pct", "max_daily_loss"])
def test_a_share_that_would_lose_everything_is_refused(name: str) -> None:
    assert request(risk={name: 0.999}).risk.model_dump()[name] == 0.999
    assert "less than 1" in refusal(risk={name: 1})
    assert "greater than 0" in refusal(risk={name: 0})


def test_a_target_may_be_beyond_twice_the_price() -> None:
    assert request(risk={"take_profit_pct": 3}).risk.take_profit_pct == 3


@pytest.mark.parametrize("field", ["initial_cash", "slippage", "impact_k", "risk_free_rate"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_are_no_numbers_here(field: str, value: float) -> None:
    with pytest.raises(ValidationError):
        request(**{field: value})


def test_an_unknown_field_is_refused_wherever_it_stands() -> None:
    assert "Extra inputs are not permitted" in refusal(capital=1)
    assert "Extra inputs are not permitted" in refusal(risk={"stop": 0.1})
    assert "Extra inputs are not permitted" in refusal(sizing={"mode": "all_in", "fraction": 0.1})


def test_the_end_may_be_the_start_but_not_before_it() -> None:
    day = date(2024, 1, 2)
    assert request(start_date=day, end_date=day).end_date == day
    assert "end_date 2024-01-01 is before start_date 2024-01-02" in refusal(start_date=day, end_date=date(2024, 1, 1))


@pytest.mark.parametrize("timeframe", ["1d", "1w"])
def test_a_day_cannot_be_squared_off_within_itself(timeframe: str) -> None:
    assert "take an intraday timeframe or product CNC" in refusal(product="MIS", timeframe=timeframe)
    assert request(product="CNC", timeframe=timeframe).timeframe == timeframe


def test_delivery_is_paid_in_full() -> None:
    assert "CNC is paid in full" in refusal(leverage=2)
    assert request(product="MIS", leverage=5).leverage == 5
    assert "less than or equal to 20" in refusal(product="MIS", leverage=21)


@pytest.mark.parametrize("share", [{"sizing": {"mode": "volatility_target"}}, {"impact": "square_root"}])
def test_daily_volatility_needs_days(share: dict[str, Any]) -> None:
    assert "weekly bars" in refusal(timeframe="1w", **share)
    request(timeframe="1d", **share)


def test_a_risk_per_trade_needs_a_stop() -> None:
    assert "needs risk.stop_loss_pct" in refusal(sizing={"mode": "fixed_fractional"})
    assert request(sizing={"mode": "fixed_fractional"}, risk={"stop_loss_pct": 0.02}).sizing == FixedFractional()


def test_the_way_of_sizing_is_told_by_its_mode() -> None:
    assert request(sizing={"mode": "percent_equity", "fraction": 0.5}).sizing == PercentEquity(fraction=0.5)
    assert request(sizing={"mode": "atr", "period": 5}).sizing == AtrRisk(period=5)
    assert "mode" in refusal(sizing={"fraction": 0.5})
    assert "'martingale'" in refusal(sizing={"mode": "martingale"})


def test_a_request_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        request().initial_cash = 1.0  # type: ignore[misc]


def test_a_request_survives_its_own_json() -> None:
    asked = request(
        start_date=date(2024, 1, 1),
        timeframe="15m",
        commission=Decimal("0.0049"),
        sizing={"mode": "fixed_quantity", "quantity": 3},
        risk={"stop_loss_pct": 0.02, "cooldown_bars": 3},
        charges={"stt_sell": "0.001"},
    )
    again = BacktestRequest.model_validate_json(asked.model_dump_json())
    assert again == asked
    assert again.sizing == FixedQuantity(quantity=3)
