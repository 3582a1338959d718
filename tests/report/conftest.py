"""Finished runs for all tests of the reports, on the sample: targets, own orders, two symbols."""

from datetime import date
from pathlib import Path

import pytest

from hermes.data import DataService, Timeframe
from hermes.engine import BacktestRequest, BacktestResult, run_backtest
from hermes.settings import Settings


@pytest.fixture(scope="session")
def sample_service(sample_root: Path) -> DataService:
    return DataService(Settings(data_root=sample_root, registry_enabled=False))


@pytest.fixture(scope="session")
def result(sample_service: DataService) -> BacktestResult:
    request = BacktestRequest(
        symbols=("RELIANCE",),
        strategy="RSIStrategy",
        params={"period": 10},
        timeframe=Timeframe.M15,
        start_date=date(2024, 1, 1),
        end_date=date(2024, 6, 28),
    )
    return run_backtest(request, sample_service)


@pytest.fixture(scope="session")
def own_orders(sample_service: DataService) -> BacktestResult:
    """Brackets on one symbol: orders that fill, that are cancelled and that lapse."""
    request = BacktestRequest(
        symbols=("RELIANCE",),
        strategy="OpeningRangeBreakout",
        mode="event",
        product="MIS",
        timeframe=Timeframe.M5,
        start_date=date(2024, 1, 1),
        end_date=date(2024, 2, 29),
    )
    return run_backtest(request, sample_service)


@pytest.fixture(scope="session")
def pair_service(tmp_path_factory: pytest.TempPathFactory) -> DataService:
    """The sample of two symbols."""
    from hermes.data.sample import generate_sample

    root = tmp_path_factory.mktemp("pair-root")
    generate_sample(root / "sample" / "minute", ["INFY", "TCS"])
    return DataService(Settings(data_root=root, registry_enabled=False))


@pytest.fixture(scope="session")
def several(pair_service: DataService) -> BacktestResult:
    """Two symbols on one account; a square-off makes some orders too late, which are rejected."""
    request = BacktestRequest(
        symbols=("TCS", "INFY"),
        strategy="PairsTrade",
        mode="event",
        product="MIS",
        timeframe=Timeframe.M15,
        start_date=date(2024, 1, 1),
        end_date=date(2024, 3, 28),
    )
    return run_backtest(request, pair_service)
