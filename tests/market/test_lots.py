import csv
from datetime import date
from pathlib import Path

import pytest

from hermes.market.instruments import Instrument, InstrumentType
from hermes.market.lots import lot_size


def future(symbol: str, lot: int = 1) -> Instrument:
    return Instrument(symbol, exchange="NFO", type=InstrumentType.FUTURE, lot_size=lot)


def test_cash_equities_trade_in_units_of_one() -> None:
    assert lot_size(Instrument("RELIANCE"), date(2024, 6, 3)) == 1


@pytest.mark.parametrize(
    ("symbol", "day", "lot"),
    [
        ("NIFTY17JANFUT", date(2017, 1, 10), 75),
        ("NIFTY21AUGFUT", date(2021, 7, 30), 50),
        ("NIFTY24MAYFUT", date(2024, 4, 25), 50),
        ("NIFTY24MAYFUT", date(2024, 4, 26), 25),
        ("NIFTY25FEBFUT", date(2024, 12, 2), 75),
        ("NIFTY26JANFUT", date(2025, 11, 3), 65),
        ("BANKNIFTY18OCTFUT", date(2018, 10, 25), 40),
        ("BANKNIFTY18NOVFUT", date(2018, 10, 26), 20),
        ("BANKNIFTY23JULFUT", date(2023, 5, 2), 15),
        ("M&M17MARFUT", date(2017, 1, 10), 500),
    ],
)
def test_lots_of_contracts_are_dated(symbol: str, day: date, lot: int) -> None:
    assert lot_size(future(symbol), day) == lot


def test_weekly_options_belong_to_their_underlying() -> None:
    option = Instrument("BANKNIFTY2510151000CE", exchange="NFO", type=InstrumentType.OPTION)
    assert lot_size(option, date(2025, 1, 2)) == 30


@pytest.mark.parametrize("symbol", ["INFY24JUNFUT", "NIFTYNXT5024NOVFUT", "NIFTY"])
def test_before_the_first_row_and_without_one_the_instrument_says_it(symbol: str) -> None:
    assert lot_size(future(symbol, lot=40), date(2010, 6, 3)) == 40


@pytest.mark.realdata
def test_lots_agree_with_the_exchange_dump_of_january_2017(real_data: Path) -> None:
    with (real_data / "kite" / "instruments_nfo_2017.csv").open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["instrument_type"] == "FUT"]
    known = {"NIFTY": 75, "BANKNIFTY": 40, "RELIANCE": 500, "TCS": 250, "M&M": 500}
    checked = 0
    for row in rows:
        underlying = row["tradingsymbol"].split("17")[0]
        dumped = int(row["lot_size"])
        ours = lot_size(future(row["tradingsymbol"], lot=dumped), date(2017, 1, 10))
        assert ours == dumped, row["tradingsymbol"]
        checked += underlying in known
        assert known.get(underlying, dumped) == dumped
    assert checked == 15
