"""Numbers as a reader in India expects them: rupees in lakhs and crores, fractions as percentages."""

import math

UNDEFINED = "–"
"""What stands where a number does not exist: never a zero that somebody could believe."""


def grouped(value: float, places: int = 0) -> str:
    """`value` with Indian digit groups (12,34,567.89), rounded to `places`; a rounded zero has no sign."""
    text = f"{abs(value):.{places}f}"
    whole, _, fraction = text.partition(".")
    head, tail = whole[:-3], whole[-3:]
    groups = [tail]
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    sign = "-" if value < 0 and float(text) != 0 else ""
    return f"{sign}{','.join(groups)}" + (f".{fraction}" if fraction else "")


def rupees(value: float | None, places: int = 2, *, signed: bool = False) -> str:
    """An amount such as ₹1,00,000.00 or -₹250.50; with `signed` a gain carries a plus."""
    if value is None or not math.isfinite(value):
        return UNDEFINED
    digits = grouped(value, places)
    if digits.startswith("-"):
        return f"-₹{digits[1:]}"
    return f"{_plus(value, places) if signed else ''}₹{digits}"


def percent(value: float | None, places: int = 2, *, signed: bool = False) -> str:
    """A fraction as a percentage: 0.1234 is 12.34%."""
    if value is None or not math.isfinite(value):
        return UNDEFINED
    scaled = value * 100
    return f"{_plus(scaled, places) if signed else ''}{grouped(scaled, places)}%"


def number(value: float | None, places: int = 2) -> str:
    """A plain number, with a fixed count of decimals when it is not an integer."""
    if value is None or not math.isfinite(value):
        return UNDEFINED
    return grouped(value, 0 if isinstance(value, int) else places)


def quantity(value: float) -> str:
    """Shares or lots: whole where they are whole, up to six decimals where an instrument is fractional."""
    if float(value).is_integer():
        return grouped(value)
    return grouped(value, 6).rstrip("0")


def _plus(value: float, places: int) -> str:
    return "+" if round(value, places) > 0 else ""
