"""What can be traded: instruments, their symbols, and the file names of symbols."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from urllib.parse import quote, unquote

from hermes.errors import UsageError
from hermes.market.table_reader import read_table

_SYMBOL = re.compile(r"[A-Z0-9](?:[A-Z0-9&_ \-]|\.(?=[A-Z0-9&_ \-]))*")
_LONGEST_SYMBOL = 50


class InstrumentType(StrEnum):
    """Kind of instrument; it decides charges, ticks, bands and whether there is volume."""

    EQUITY = "equity"
    ETF = "etf"
    INDEX = "index"
    FUTURE = "future"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument as the exchange names it.

    `tick_size` in rupees is for what has no dated rule in `hermes.market.ticks` (another exchange, an
    index). `price_band` is a fraction of the previous close; None means the rules of
    `hermes.market.bands`. `has_derivatives` is True for a stock with futures and options: it trades in
    the closing auction from 2026-08-03 and has no fixed price band.
    """

    symbol: str
    name: str = ""
    exchange: str = "NSE"
    type: InstrumentType = InstrumentType.EQUITY
    sector: str = ""
    lot_size: int = 1
    tick_size: float | None = None
    isin: str = ""
    has_derivatives: bool = False
    price_band: float | None = None

    @property
    def closing_auction(self) -> bool:
        """True where the closing auction ends continuous trading early (from the date the calendar gives)."""
        return self.has_derivatives and self.type is InstrumentType.EQUITY


def validate_symbol(text: str) -> str:
    """`text` in upper case, if an exchange could list it: A-Z, 0-9, `&`, `-`, `_`, single `.`, inner spaces.

    Raises UsageError for anything else: no symbol can leave the data folder or hide a control character.
    """
    symbol = text.strip(" ").upper()
    if not text.isascii() or len(symbol) > _LONGEST_SYMBOL or not _SYMBOL.fullmatch(symbol):
        raise UsageError(
            f"Symbol {text!r} is not one an exchange could list. Allowed: 1 to {_LONGEST_SYMBOL} of A-Z, "
            "0-9, '&', '-', '_', single '.' and inner spaces, starting with a letter or digit, such as 'M&M'."
        )
    return symbol


def file_name(symbol: str) -> str:
    """The symbol percent-encoded, a safe file name everywhere: `M&M` -> `M%26M`. Raises UsageError."""
    return quote(validate_symbol(symbol), safe="-_.")


def symbol_of(name: str) -> str:
    """The symbol whose `file_name` is `name` (no suffix). Raises UsageError where that is no symbol."""
    return validate_symbol(unquote(name))


@cache
def nifty50() -> tuple[Instrument, ...]:
    """The NIFTY 50 that the sample data covers, with sector, ordered by symbol."""
    return tuple(
        Instrument(
            symbol=row["symbol"],
            name=row["name"],
            sector=row["sector"],
            isin=row["isin"],
            has_derivatives=row["has_derivatives"] == "true",
        )
        for row in read_table("nifty50")
    )


@cache
def _known() -> dict[str, Instrument]:
    indices = (
        Instrument(symbol=row["symbol"], name=row["name"], type=InstrumentType.INDEX, sector="Index")
        for row in read_table("indices")
    )
    return {each.symbol: each for each in (*nifty50(), *indices)}


def default_instrument(symbol: str) -> Instrument:
    """The instrument Hermes knows as `symbol`, or else a plain NSE equity. Raises UsageError."""
    name = validate_symbol(symbol)
    return _known().get(name) or Instrument(symbol=name)
