"""One finished run for all tests of the reports: the sample, RSIStrategy, 15 minutes."""

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
        symbol="RELIANCE",
        strategy="RSIStrategy",
        params={"period": 10},
        timeframe=Timeframe.M15,
        start_date=date(2024, 1, 1),
        end_date=date(2024, 6, 28),
    )
    return run_backtest(request, sample_service)
