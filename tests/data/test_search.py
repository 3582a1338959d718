import pytest

from hermes.data.search import search
from hermes.errors import UsageError
from hermes.market.instruments import Instrument

ALL = [
    Instrument("BANKNIFTY", "Nifty Bank", sector="Index"),
    Instrument("HDFCBANK", "HDFC Bank", sector="Financial Services"),
    Instrument("INFY", "Infosys", sector="Information Technology"),
    Instrument("RELIANCE", "Reliance Industries", sector="Oil Gas"),
    Instrument("BANK", "A Bank of that name"),
]


def _symbols(query: str, limit: int = 20) -> list[str]:
    return [each.symbol for each in search(ALL, query, limit)]


def test_the_symbol_itself_comes_before_beginnings_words_and_parts() -> None:
    assert _symbols("bank") == ["BANK", "BANKNIFTY", "HDFCBANK"]
    assert _symbols("bank", 1) == ["BANK"]


def test_names_and_sectors_are_searched_too() -> None:
    assert _symbols("industries") == ["RELIANCE"]
    assert _symbols("foSYs") == ["INFY"]
    assert _symbols("technology") == ["INFY"]


def test_a_slip_of_the_keyboard_still_finds_the_symbol() -> None:
    assert _symbols("RELAINCE") == ["RELIANCE"]
    assert _symbols("zzzz") == []


def test_an_empty_search_and_an_odd_limit_are_refused() -> None:
    with pytest.raises(UsageError, match="search is empty"):
        search(ALL, "  ", 5)
    with pytest.raises(UsageError, match="not 0"):
        search(ALL, "bank", 0)
