"""Finding an instrument from a part of its symbol, name or sector."""

from collections.abc import Sequence

from hermes.errors import UsageError, nearest
from hermes.market.instruments import Instrument


def search(instruments: Sequence[Instrument], query: str, limit: int) -> list[Instrument]:
    """At most `limit` of `instruments` that are like `query`, without regard to case, best first.

    Order: the symbol itself, symbols that begin with it, names with a word that begins with it, symbols, names and
    sectors that contain it, then symbols that are close to it. Raises UsageError for an empty query or a limit below 1.
    """
    text = query.strip().casefold()
    if not text:
        raise UsageError("The search is empty. Give a part of a symbol or a name, such as 'reli'.")
    if limit < 1:
        raise UsageError(f"The limit of a search must be 1 or more, not {limit}.")
    ranked = sorted((rank, each.symbol, each) for each in instruments if (rank := _rank(each, text)) is not None)
    found = [each for _, _, each in ranked]
    if not found:
        by_symbol = {each.symbol: each for each in instruments}
        found = [by_symbol[symbol] for symbol in nearest(query.strip(), by_symbol)]
    return found[:limit]


def _rank(instrument: Instrument, text: str) -> int | None:
    symbol, name = instrument.symbol.casefold(), instrument.name.casefold()
    tests = (
        symbol == text,
        symbol.startswith(text),
        any(word.startswith(text) for word in name.split()) or name.startswith(text),
        text in symbol,
        text in name,
        text in instrument.sector.casefold(),
    )
    return next((rank for rank, passed in enumerate(tests) if passed), None)
