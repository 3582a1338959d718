from fractions import Fraction
from typing import Any

from tests.oracle.model import Bar, OracleSettings, Sizing
from tests.oracle.scenario import bar, flat, refused, run, told
from tests.oracle.sizing import entry_quantity, kelly_fraction

PRICE_100 = flat(100, atr=4.0, sizing_volatility=0.30)


def sized(sizing: Sizing, seen: Bar = PRICE_100, **settings: Any) -> float:
    """The quantity at a close of 100 with an equity of 10,000."""
    return float(entry_quantity(OracleSettings(sizing=sizing, **settings), seen, Fraction(10_000), [])[0])


def test_every_mode_by_hand() -> None:
    assert sized(Sizing("all_in")) == 100
    assert sized(Sizing("all_in"), leverage=5) == 500
    assert sized(Sizing("fixed_quantity", quantity=7)) == 7
    assert sized(Sizing("percent_equity", fraction=0.25)) == 25
    # 100 at risk, 5 a unit.
    assert sized(Sizing("fixed_fractional", risk=0.01), stop_loss_pct=0.05) == 20
    # 100 at risk, 2 x 4 a unit: 12.5.
    assert sized(Sizing("atr", risk=0.01, multiple=2)) == 12
    assert sized(Sizing("volatility_target", target=0.15)) == 50


def test_what_is_unknown_gives_no_quantity() -> None:
    assert sized(Sizing("atr"), flat(100)) == 0
    assert sized(Sizing("volatility_target"), flat(100)) == 0
    assert sized(Sizing("fixed_fractional")) == 0


def test_kelly_takes_one_lot_before_thirty_positions() -> None:
    assert sized(Sizing("kelly"), lot=25) == 25


def test_kelly_by_hand() -> None:
    # 60 % win 2 %, 40 % lose 1 %: 0.6 - 0.4 / 2 = 0.4; a quarter of it is 10 % of the equity.
    closed = [Fraction(2, 100)] * 18 + [Fraction(-1, 100)] * 12
    assert kelly_fraction(closed) == Fraction(4, 10)
    settings = OracleSettings(sizing=Sizing("kelly", fraction=0.25))
    assert entry_quantity(settings, PRICE_100, Fraction(10_000), closed) == (Fraction(10), None)


def test_kelly_without_an_edge_or_without_losers() -> None:
    assert kelly_fraction([Fraction(-1, 100)] * 30) == 0
    assert kelly_fraction([Fraction(1, 100)] * 30) == 1
    # Who came out even lost nothing, but is counted: 0.5 - 0.5 / (2 / 0.5) = 0.375.
    even = [Fraction(2, 100)] * 16 + [Fraction(-1, 100), Fraction(0)] * 8
    assert kelly_fraction(even) == Fraction(375, 1000)
    losing = [Fraction(1, 100)] * 10 + [Fraction(-1, 100)] * 20
    settings = OracleSettings(sizing=Sizing("kelly"))
    assert entry_quantity(settings, PRICE_100, Fraction(10_000), losing) == (Fraction(0), "zero_quantity")


def test_the_position_limit_cuts_when_made_and_when_filled() -> None:
    assert sized(Sizing("all_in"), max_position_pct=0.335) == 33
    # Made for 50 at 100; at an open of 125 half of the equity is 40 units, and that ends the order.
    result = run([flat(100), bar(125, 125, 125, 125), flat(100), flat(100)], [1], max_position_pct=0.5)
    assert [each[2] for each in told(result)] == [40, 40]


def test_a_position_limit_below_one_unit_is_a_rejection() -> None:
    assert refused(run([flat(100)] * 3, [1], max_position_pct=0.009)) == [(0, "position_limit")]
    assert refused(run([flat(100), flat(200), flat(100)], [1], max_position_pct=0.011)) == [(1, "position_limit")]
