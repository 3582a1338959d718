from pathlib import Path

import pytest

import hermes
from hermes.data import DataService
from hermes.data.importer import import_bars
from hermes.research.verify import Outcome
from hermes.settings import Settings

pytestmark = pytest.mark.realdata

QUICK = {
    "RSIStrategy": {"period": 5},
    "MACDStrategy": {"fast": 4, "slow": 9, "signal": 3},
    "BollingerBandsStrategy": {},
    "SMACrossover": {"fast": 5, "slow": 20},
    "MTFTrendFollowingStrategy": {"trend_period": 3, "fast": 4, "slow": 9},
}


@pytest.fixture(scope="module")
def minutes(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> DataService:
    """Eighteen sessions of minutes in 2016, of symbols traded every minute and hardly ever."""
    settings = Settings(data_root=tmp_path_factory.mktemp("minute-2016"), registry_enabled=False)
    import_bars(real_data / "nse" / "minute_2016" / "minute_2016_20symbols.parquet", settings, timezone="Asia/Kolkata")
    return DataService(settings)


@pytest.mark.parametrize("timeframe", ["1m", "15m"])
@pytest.mark.parametrize("name", QUICK)
def test_the_built_in_strategies_pass_on_real_bars(minutes: DataService, name: str, timeframe: str) -> None:
    symbols = ("RELIANCE", "PAGEIND")
    found = hermes.verify(name, QUICK[name], data=minutes, symbols=symbols, timeframe=timeframe, samples=15)

    assert [each.summary for each in found.checks if each.outcome is Outcome.FAILED] == []
    assert {each.synthetic for each in found.bars} == {False}
    assert found.check("warmup").outcome is not Outcome.SKIPPED


def test_a_strategy_passes_on_an_index_without_volume(real_data: Path, tmp_path: Path) -> None:
    settings = Settings(data_root=tmp_path, registry_enabled=False)
    source = real_data / "nse" / "index_minute_2021" / "nifty_banknifty_2021.parquet"
    import_bars(source, settings, symbol="NIFTY", timezone="Asia/Kolkata", label="end")

    found = hermes.verify("SMACrossover", data=DataService(settings), timeframe="5m", samples=15)

    assert [each.summary for each in found.checks if each.outcome is Outcome.FAILED] == []
