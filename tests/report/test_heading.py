from dataclasses import replace

from hermes.engine import BacktestResult
from hermes.report.heading import benchmark, listed, period, warnings_of


def test_many_symbols_are_named_by_the_first_ones() -> None:
    assert listed(["INFY"], 2) == "INFY"
    assert listed(["INFY", "TCS"], 2) == "INFY, TCS"
    assert listed(["A", "B", *("C" * 1_000)], 2) == "A, B and 1,000 more"


def test_the_period_is_that_of_all_symbols(result: BacktestResult, several: BacktestResult) -> None:
    assert period(result) == "2024-01-01 to 2024-06-28"
    assert period(several) == "2024-01-01 to 2024-03-28"


def test_the_benchmark_in_words(result: BacktestResult, several: BacktestResult) -> None:
    assert benchmark(result) == "RELIANCE, bought and held"
    assert benchmark(several) == "even money in all symbols"
    other = replace(several, request=several.request.model_copy(update={"benchmark": "SBIN"}))
    assert benchmark(other) == "SBIN, bought and held"


def test_what_symbols_share_is_one_warning(several: BacktestResult) -> None:
    given = ("INFY: sample", "INFY: 3 jumps", "TCS: sample", "Note: few trades", "TCS: 4 jumps")
    found = warnings_of(replace(several, warnings=given))
    assert found == ["INFY, TCS: sample", "INFY: 3 jumps", "Note: few trades", "TCS: 4 jumps"]
    assert warnings_of(replace(several, warnings=given), most=1)[0] == "All 2 symbols: sample"


def test_warnings_of_one_symbol_stay_as_they_are(result: BacktestResult) -> None:
    given = ("RELIANCE: an index", "RELIANCE: an index")
    assert warnings_of(replace(result, warnings=given)) == ["RELIANCE: an index"]
