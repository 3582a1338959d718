from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from hermes.engine.metrics import MetricInputs, Metrics, TradeArrays, compute_metrics

NONE = np.zeros(0)
NO_TRADES = TradeArrays(NONE, NONE, NONE, NONE, np.zeros(0, dtype=np.int64))
FOUR_TRADES = TradeArrays(
    gross=np.array([320.0, -80.0, -150.0, 20.0]),
    charges=np.array([20.0, 20.0, 50.0, 20.0]),
    net=np.array([300.0, -100.0, -200.0, 0.0]),
    entry_notional=np.array([10_000.0, 10_000.0, 20_000.0, 5_000.0]),
    bars_held=np.array([3, 1, 4, 2]),
)
CHARGES = np.array([40.0, 25.25, 6.17, 0.2, 0.05, 3.0, 8.35, 15.34])


def inputs(
    equity: list[float],
    sessions: list[int] | None = None,
    days: list[str] | None = None,
    *,
    bars_in_market: int = 0,
    trades: TradeArrays = NO_TRADES,
    fills: list[float] | None = None,
    benchmark: list[float] | None = None,
    risk_free_rate: float = 0.0,
) -> MetricInputs:
    bars = len(equity)
    index = np.array(sessions if sessions is not None else range(bars), dtype=np.int32)
    first: NDArray[np.datetime64] = np.datetime64("2024-01-01") + np.arange(index[-1] + 1)
    return MetricInputs(
        timestamps=np.arange(bars, dtype=np.int64),
        session_index=index,
        session_days=first if days is None else np.array(days, dtype="datetime64[D]"),
        equity=np.array(equity),
        bars_in_market=bars_in_market,
        benchmark=np.array(benchmark if benchmark is not None else [100.0] * bars),
        trades=trades,
        fill_notional=np.array(fills if fills is not None else []),
        charge_totals=CHARGES,
        initial_cash=1000.0,
        risk_free_rate=risk_free_rate,
    )


def metrics(equity: list[float], *, trades: TradeArrays = NO_TRADES, risk_free_rate: float = 0.0) -> Metrics:
    return compute_metrics(inputs(equity, trades=trades, risk_free_rate=risk_free_rate))


def test_daily_returns_use_the_last_mark_of_each_session_and_start_from_the_initial_cash() -> None:
    # Sessions end at 1100 and 990: returns +10 % and -10 %, mean 0, std sqrt(0.02), so the ratio is 0.
    found = compute_metrics(inputs([1050.0, 1100.0, 1300.0, 990.0], [0, 0, 1, 1]))
    assert (found.sessions, found.bars) == (2, 4)
    assert found.total_return == pytest.approx(-0.01)
    assert found.sharpe_ratio == pytest.approx(0.0, abs=1e-14)
    assert found.annual_volatility == pytest.approx(0.02**0.5 * 252**0.5)
    # The 1300 inside the second session is not a daily mark: the peak is 1100.
    assert found.max_drawdown == pytest.approx(-0.1)


def test_sharpe_and_sortino_by_hand() -> None:
    # Returns 10 %, -10 %, 30 %: mean 0.1, variance (0 + 0.04 + 0.04) / 2 = 0.04, downside sqrt(0.01 / 3).
    found = metrics([1100.0, 990.0, 1287.0])
    assert found.sharpe_ratio == pytest.approx(0.1 / 0.2 * 252**0.5)
    assert found.sortino_ratio == pytest.approx(0.1 / (0.01 / 3) ** 0.5 * 252**0.5)


def test_the_risk_free_rate_is_taken_from_each_daily_return() -> None:
    # A rate that is 1 % a session turns 10 %, -10 %, 30 % into 9 %, -11 %, 29 %.
    found = metrics([1100.0, 990.0, 1287.0], risk_free_rate=1.01**252 - 1)
    assert found.sharpe_ratio == pytest.approx(0.09 / 0.2 * 252**0.5)
    assert found.sortino_ratio == pytest.approx(0.09 / (0.0121 / 3) ** 0.5 * 252**0.5)


def test_cagr_counts_both_end_days_in_years_of_365_25_days() -> None:
    # 2021-01-01 to 2024-12-31 are 1461 days = 4 years: 1.4641 = 1.1^4.
    found = compute_metrics(inputs([1000.0, 1464.1], days=["2021-01-01", "2024-12-31"]))
    assert found.cagr == pytest.approx(0.1)
    assert found.calmar_ratio is None


def test_calmar_is_growth_over_the_deepest_fall() -> None:
    found = compute_metrics(inputs([800.0, 1464.1], days=["2021-01-01", "2024-12-31"]))
    assert found.max_drawdown == pytest.approx(-0.2)
    assert found.calmar_ratio == pytest.approx(0.5)


def test_drawdown_names_its_peak_trough_and_recovery_sessions() -> None:
    found = metrics([1200.0, 1100.0, 900.0, 1000.0, 1200.0, 1150.0])
    assert found.max_drawdown == pytest.approx(-0.25)
    assert found.max_drawdown_start == date(2024, 1, 1)
    assert found.max_drawdown_trough == date(2024, 1, 3)
    assert found.max_drawdown_recovery == date(2024, 1, 5)
    assert found.max_drawdown_sessions == 4
    assert found.longest_drawdown_sessions == 3


def test_a_loss_from_the_first_session_is_measured_from_the_initial_cash() -> None:
    found = metrics([900.0, 950.0])
    assert found.max_drawdown == pytest.approx(-0.1)
    assert found.max_drawdown_start == found.max_drawdown_trough == date(2024, 1, 1)
    assert found.max_drawdown_recovery is None
    assert found.max_drawdown_sessions == found.longest_drawdown_sessions == 2


def test_a_peak_reached_twice_starts_the_drawdown_at_its_last_time() -> None:
    found = metrics([1200.0, 1100.0, 1200.0, 600.0])
    assert found.max_drawdown_start == date(2024, 1, 3)
    assert found.max_drawdown_sessions == 1


def test_the_longest_time_under_water_need_not_be_the_deepest() -> None:
    found = metrics([990.0, 980.0, 990.0, 1200.0, 600.0, 1200.0])
    assert found.max_drawdown == pytest.approx(-0.5)
    assert found.max_drawdown_sessions == 2
    assert found.longest_drawdown_sessions == 3


def test_trade_statistics_by_hand() -> None:
    found = metrics([1000.0, 1000.0], trades=FOUR_TRADES)
    assert found.trades == 4
    assert found.win_rate == 0.25
    assert found.profit_factor == pytest.approx(1.0)
    assert found.expectancy == pytest.approx(0.0)
    assert found.average_trade_return == pytest.approx((0.03 - 0.01 - 0.01) / 4)
    assert (found.average_win, found.average_loss) == (300.0, -150.0)
    assert found.payoff_ratio == pytest.approx(2.0)
    assert (found.best_trade, found.worst_trade) == (300.0, -200.0)
    assert found.longest_losing_run == 2
    assert found.average_bars_held == 2.5


def test_exposure_counts_bars_and_turnover_divides_by_the_average_equity() -> None:
    given = inputs([900.0, 1100.0], bars_in_market=1, fills=[500.0, 1500.0])
    found = compute_metrics(given)
    assert found.exposure == 0.5
    assert found.turnover == pytest.approx(2.0)
    assert found.annual_turnover == pytest.approx(252.0)


def test_charges_are_reported_by_kind_and_in_total() -> None:
    found = metrics([1000.0])
    kinds = ("brokerage", "stt", "transaction", "sebi", "ipft", "stamp", "gst", "dp")
    assert [getattr(found, kind) for kind in kinds] == CHARGES.tolist()
    assert found.total_charges == pytest.approx(98.36)


def test_the_benchmark_by_hand() -> None:
    one = compute_metrics(inputs([1000.0, 1000.0, 1000.0], benchmark=[100.0, 80.0, 110.0]))
    assert one.benchmark_return == pytest.approx(0.1)
    assert one.benchmark_max_drawdown == pytest.approx(-0.2)
    other = compute_metrics(inputs([1000.0, 1000.0, 1000.0], benchmark=[50.0, 50.0, 100.0]))
    assert other.benchmark_return == pytest.approx(1.0)
    assert other.benchmark_max_drawdown == 0.0


def test_beta_and_alpha_by_hand() -> None:
    # Benchmark 0, 10 %, -10 %; the account makes twice that and 1 % more each session.
    account = [1010.0, 1010.0 * 1.21, 1010.0 * 1.21 * 0.81]
    found = compute_metrics(inputs(account, benchmark=[100.0, 110.0, 99.0]))
    assert found.beta == pytest.approx(2.0)
    assert found.alpha == pytest.approx(0.01 * 252)


def test_a_run_that_never_traded_has_no_made_up_numbers() -> None:
    found = metrics([1000.0, 1000.0, 1000.0])
    assert found.total_return == found.cagr == found.annual_volatility == found.exposure == found.turnover == 0
    assert found.max_drawdown == found.max_drawdown_sessions == found.longest_drawdown_sessions == 0
    undefined = (
        "sharpe_ratio sortino_ratio calmar_ratio max_drawdown_start max_drawdown_trough beta alpha "
        "max_drawdown_recovery win_rate profit_factor expectancy average_trade_return average_win "
        "average_loss payoff_ratio best_trade worst_trade average_bars_held"
    )
    assert {name: getattr(found, name) for name in undefined.split()} == dict.fromkeys(undefined.split())


def test_one_session_has_no_spread() -> None:
    found = metrics([1010.0])
    assert found.annual_volatility is None
    assert found.sharpe_ratio is None
    assert found.sortino_ratio is None
    assert found.beta is None


def test_steady_growth_has_no_sharpe_instead_of_an_enormous_one() -> None:
    found = metrics([1000.0 * 1.01**each for each in range(1, 30)])
    assert found.annual_volatility == 0.0
    assert found.sharpe_ratio is None
    assert found.sortino_ratio is None


def test_an_account_below_zero_has_no_growth_rate_and_no_ratios() -> None:
    found = metrics([500.0, -100.0, -50.0])
    assert found.total_return == pytest.approx(-1.05)
    assert found.max_drawdown == pytest.approx(-1.1)
    assert found.cagr is None
    assert found.sharpe_ratio is None
    assert found.annual_volatility is None


def test_an_account_that_ends_at_zero_lost_everything() -> None:
    found = metrics([500.0, 0.0])
    assert found.cagr == -1.0
    assert found.annual_volatility is not None


def test_growth_beyond_floating_point_is_undefined() -> None:
    assert metrics([9000.0]).cagr is None


def test_a_benchmark_without_a_price_is_undefined() -> None:
    found = compute_metrics(inputs([1000.0, 1010.0], benchmark=[100.0, float("nan")]))
    assert found.benchmark_return is None
    assert found.beta is None


def test_every_metric_says_its_formula() -> None:
    assert all(field.description for field in Metrics.model_fields.values())


def test_the_result_is_plain_json() -> None:
    found = metrics([900.0, 950.0])
    assert Metrics.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"equity": np.zeros(3)}, "equity has 3 values for 2 bars"),
        ({"benchmark": np.zeros(1)}, "benchmark has 1 values for 2 bars"),
        ({"session_days": np.array(["2024-01-01"], dtype="datetime64[D]")}, "1 days for 2 sessions"),
        ({"initial_cash": 0.0}, "must be positive"),
        ({"timestamps": np.zeros(0, dtype=np.int64)}, "without a bar"),
    ],
)
def test_inputs_that_do_not_fit_together_are_refused(changed: dict[str, object], said: str) -> None:
    given = inputs([1000.0, 1000.0])
    fields = {name: getattr(given, name) for name in MetricInputs.__slots__} | changed
    with pytest.raises(ValueError, match=said):
        MetricInputs(**fields)


def test_weekly_marks_are_annualised_by_52() -> None:
    # Returns 10 %, -10 %, 30 %: mean 0.1, standard deviation 0.2.
    found = compute_metrics(replace(inputs([1100.0, 990.0, 1287.0]), marks_a_year=52.0))
    assert found.sharpe_ratio == pytest.approx(0.1 / 0.2 * 52**0.5)
    assert found.annual_volatility == pytest.approx(0.2 * 52**0.5)
