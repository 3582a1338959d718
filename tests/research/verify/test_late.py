from tests.engine.market import bars, days

from hermes.data import Timeframe
from hermes.research.verify.late import STARTS, late_starts, longer_index


def test_late_beginnings_stand_at_sessions_with_a_warm_reference_before_and_bars_after() -> None:
    frame = days("2022-01-03", [100.0] * 100, bars_a_day=10)
    starts = late_starts(frame, {None: 95}, Timeframe.M1)

    assert len(starts) == STARTS
    assert all(start % 10 == 0 for start in starts)
    assert starts[0] == 100  # the first session after 95 bars
    assert starts[-1] <= 1000 - 4 * 95
    assert late_starts(bars("2024-01-02", [1.0] * 30), {None: 95}, Timeframe.M1) == []


def test_longer_bars_are_numbered_from_the_first_one_on() -> None:
    frame = days("2024-01-01", [100.0, 101.0], bars_a_day=3)
    assert longer_index(frame, None).tolist() == [0, 1, 2, 3, 4, 5]
    assert longer_index(frame, Timeframe.D1).tolist() == [0, 0, 0, 1, 1, 1]
    assert longer_index(frame[2:], Timeframe.D1).tolist() == [0, 1, 1, 1]
