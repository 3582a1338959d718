from decimal import Decimal

import pytest
from tests.oracle.model import Sizing
from tests.oracle.scenario import alike, bar, flat, run


def test_excursions_reach_to_the_bar_before_the_exit_and_to_its_price() -> None:
    bars = [flat(100), bar(100, 106, 99, 101), bar(101, 104, 92, 103), bar(98, 150, 50, 120), flat(120)]
    trade = run(bars, [1, None, 0]).trades[0]
    assert (trade.entry_bar, trade.exit_bar, trade.bars_held, trade.reason) == (1, 3, 2, "signal")
    assert trade.mae == pytest.approx(0.08)
    assert trade.mfe == pytest.approx(0.06)


def test_excursions_of_an_entry_at_the_close_start_with_the_next_bar() -> None:
    bars = [bar(100, 150, 50, 100), bar(100, 103, 98, 101), bar(101, 200, 10, 105)]
    trade = run(bars, [1, None, 0], fill_at="close").trades[0]
    assert trade.mae == pytest.approx(0.02)
    assert trade.mfe == pytest.approx(0.05)


def test_excursions_of_a_short_are_mirrored_and_never_negative() -> None:
    bars = [flat(100), bar(100, 100, 90, 95), flat(95)]
    trade = run(bars, [-1], product="MIS").trades[0]
    assert (trade.side, trade.gross) == ("short", 500)
    assert trade.mae == 0
    assert trade.mfe == pytest.approx(0.10)


def test_trades_are_first_in_first_out_with_their_share_of_the_charges() -> None:
    rates = {"brokerage_flat": Decimal(6)}
    bars = [flat(100), flat(100, 300), flat(110, 200), flat(120, 400), flat(130), flat(130)]
    bars = alike(bars, charge_rates=rates)
    result = run(bars, [1, None, 0], sizing=Sizing("fixed_quantity", quantity=50))
    # 30 bought at 100 for 6, 20 at 110 for nothing more; 40 sold at 120 for 6 (0.15 a unit), then 10 at 130.
    assert [(each.quantity, each.entry_price, each.exit_price, each.net) for each in result.trades] == [
        (30, 100, 120, 600 - 6 - 4.5),
        (10, 110, 120, 100 - 1.5),
        (10, 110, 130, 200),
    ]
    assert sum(each.net for each in result.trades) == pytest.approx(result.equity[-1] - 10_000)
