import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.errors import UsageError
from hermes.market.instruments import (
    Instrument,
    InstrumentType,
    default_instrument,
    file_name,
    nifty50,
    symbol_of,
    validate_symbol,
)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("reliance", "RELIANCE"),
        (" TCS ", "TCS"),
        ("m&m", "M&M"),
        ("BAJAJ-AUTO", "BAJAJ-AUTO"),
        ("L&TFH", "L&TFH"),
        ("NIFTY 50", "NIFTY 50"),
        ("S&P50017JANFUT", "S&P50017JANFUT"),
        ("NIFTY17JAN8300.5PE", "NIFTY17JAN8300.5PE"),
        ("3MINDIA", "3MINDIA"),
        ("CENTRALBK-BE", "CENTRALBK-BE"),
    ],
)
def test_symbols_of_the_exchange_are_accepted_in_upper_case(text: str, symbol: str) -> None:
    assert validate_symbol(text) == symbol


@pytest.mark.parametrize(
    "text",
    ["", " ", "../x", "..", "a/b", "a\\b", "A..B", "A.", ".A", "-A", "A\x00B", "A\n", "A%2F", "ß", "ı", "A" * 51],
)
def test_anything_that_could_leave_the_folder_or_hide_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="Symbol"):
        validate_symbol(text)


@pytest.mark.parametrize(
    ("symbol", "name"), [("M&M", "M%26M"), ("BAJAJ-AUTO", "BAJAJ-AUTO"), ("NIFTY 50", "NIFTY%2050"), ("tcs", "TCS")]
)
def test_file_names_are_percent_encoded(symbol: str, name: str) -> None:
    assert file_name(symbol) == name
    assert symbol_of(name) == symbol.upper()


@given(st.text(max_size=12))
def test_a_symbol_is_refused_or_comes_back_from_its_file_name(text: str) -> None:
    try:
        symbol = validate_symbol(text)
    except UsageError:
        return
    name = file_name(symbol)
    assert symbol_of(name) == symbol
    assert Path(name).name == name


def test_a_foreign_file_name_is_no_symbol() -> None:
    with pytest.raises(UsageError):
        symbol_of("..%2Fetc")


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["instruments_nfo_2017.csv", "mocks/instruments_all.csv"])
def test_every_symbol_of_a_real_dump_is_valid(real_data: Path, name: str) -> None:
    with (real_data / "kite" / name).open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["exchange"] in ("NSE", "NFO")]
    assert rows
    assert [r["tradingsymbol"] for r in rows if validate_symbol(r["tradingsymbol"]) != r["tradingsymbol"]] == []


def luhn_sum(isin: str) -> int:
    digits = [int(digit) for character in isin for digit in str(int(character, 36))]
    doubled = [digit * 2 if at % 2 else digit for at, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled)


def test_nifty_50_has_fifty_stocks_with_sector_and_valid_isin() -> None:
    stocks = nifty50()
    assert len({each.symbol for each in stocks}) == 50
    assert [each.symbol for each in stocks] == sorted(each.symbol for each in stocks)
    assert all(each.name and each.sector and each.closing_auction for each in stocks)
    assert len({each.isin for each in stocks}) == 50
    assert all(each.isin.startswith("INE") and luhn_sum(each.isin) % 10 == 0 for each in stocks)
    assert {each.sector for each in stocks} >= {"Financial Services", "Information Technology", "Healthcare"}


def test_known_instruments_are_found_and_others_are_plain_equities() -> None:
    assert default_instrument("reliance").isin == "INE002A01018"
    assert default_instrument("INDIAVIX").type is InstrumentType.INDEX
    assert default_instrument("PAGEIND") == Instrument("PAGEIND")
    assert not default_instrument("PAGEIND").closing_auction
