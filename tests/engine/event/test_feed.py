import gc
import weakref
from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
import pytest

from hermes.engine.event import feed as feed_module
from hermes.engine.event.events import MarketEvent
from hermes.engine.event.feed import Columns, feed, merged
from hermes.errors import DataError
from hermes.market import IST
from hermes.strategy import Bar

NINE = int(datetime(2024, 1, 2, 9, 15, tzinfo=IST).timestamp() * 1e6)
MINUTE = 60_000_000


def columns(*minutes: int, start: float = 100.0) -> Columns:
    """Bars at these minutes after 09:15, whose seven numbers all differ."""
    place = np.array(minutes, dtype=np.int64)
    prices = start + place.astype(float)
    return Columns(NINE + place * MINUTE, prices, prices + 0.5, prices - 0.5, prices + 0.25, prices * 10, prices * 100)


def bar(symbol: str, minute: int) -> Bar:
    return Bar(symbol, NINE + minute * MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0)


def seen(moments: object) -> list[tuple[int, str]]:
    """(minute, symbols) of each moment."""
    assert isinstance(moments, Iterator)
    return [((each[0].start_us - NINE) // MINUTE, "".join(bar.symbol for bar in each)) for each in moments]


def test_one_symbol_is_its_bars_themselves_with_python_numbers() -> None:
    bars = list(feed(["A"], [{"A": columns(0, 1)}, {"A": columns(5)}]))
    assert bars[0] == Bar("A", NINE, 100.0, 100.5, 99.5, 100.25, 1000.0, 10_000.0)
    assert [type(each) for each in bars] == [Bar] * 3
    assert {type(value) for value in bars[0]} == {str, int, float}
    assert [each.minute for each in bars if isinstance(each, Bar)] == [555, 556, 560]


def test_many_symbols_are_moments_in_order_of_time_then_of_symbol() -> None:
    windows = [{"C": columns(0, 2), "A": columns(0, 1, 2), "B": columns(1)}]
    moments = list(feed(["C", "A", "B"], windows))
    assert seen(iter(moments)) == [(0, "AC"), (1, "AB"), (2, "AC")]
    late = moments[2]
    assert isinstance(late, MarketEvent)
    assert late[1] == Bar("C", NINE + 2 * MINUTE, 102.0, 102.5, 101.5, 102.25, 1020.0, 10_200.0)


def test_one_bar_of_a_run_with_many_symbols_is_a_moment_too() -> None:
    assert seen(iter(feed(["A", "B"], [{"A": columns(3)}]))) == [(3, "A")]


@pytest.mark.parametrize("block", [1, 2, 3, 5, 4096])
def test_blocks_of_any_size_cut_no_moment(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(feed_module, "_BLOCK", block)
    windows = [{"A": columns(0, 1, 3, 4), "B": columns(0, 1, 2, 4), "C": columns(0, 4, 5)}]
    expected = [(0, "ABC"), (1, "AB"), (2, "B"), (3, "A"), (4, "ABC"), (5, "C")]
    assert seen(iter(feed(["A", "B", "C"], windows))) == expected
    alone = list(feed(["A"], [{"A": columns(*range(11))}]))
    assert [(each.start_us - NINE) // MINUTE for each in alone if isinstance(each, Bar)] == list(range(11))


def test_windows_follow_each_other_and_empty_ones_say_nothing() -> None:
    windows: list[dict[str, Columns]] = [{}, {"A": columns(0), "B": columns()}, {"A": columns()}, {"B": columns(1)}, {}]
    assert seen(iter(feed(["A", "B"], windows))) == [(0, "A"), (1, "B")]
    assert list(feed(["A", "B"], [])) == []
    assert list(feed(["A"], [{"A": columns()}])) == []


@pytest.mark.parametrize(
    ("minutes", "late", "latest"),
    [((0, 5, 3), "09:18", "09:20"), ((0, 1, 1), "09:16", "09:16"), ((4, 4), "09:19", "09:19")],
)
@pytest.mark.parametrize("symbols", [["A"], ["A", "B"]])
def test_bars_out_of_order_within_a_window_are_refused_with_symbol_and_times(
    symbols: list[str], minutes: tuple[int, ...], late: str, latest: str
) -> None:
    with pytest.raises(DataError) as refused:
        list(feed(symbols, [{"A": columns(*minutes)}]))
    assert str(refused.value) == (
        f"The feed is out of time order: a bar of A at 2024-01-02 {late}:00 IST comes after one at "
        f"2024-01-02 {latest}:00 IST. Sort its bars by time and remove duplicates."
    )


@pytest.mark.parametrize("minute", [3, 2])
def test_a_window_that_begins_before_the_last_one_has_ended_is_refused(minute: int) -> None:
    windows = [{"A": columns(0, 1), "B": columns(0, 3)}, {"A": columns(minute)}]
    with pytest.raises(
        DataError, match=rf"a bar of A at 2024-01-02 09:{15 + minute}:00 IST comes after one at .* 09:18"
    ):
        list(feed(["A", "B"], windows))


def test_what_is_in_order_has_been_delivered_before_the_refusal() -> None:
    moments = iter(feed(["A", "B"], [{"A": columns(0, 1)}, {"A": columns(1)}]))
    assert next(moments)[0] is not None
    next(moments)
    with pytest.raises(DataError):
        next(moments)


def test_a_window_is_let_go_before_the_one_after_the_next_is_read() -> None:
    alive: list[weakref.ref[object]] = []
    most = 0

    def windows() -> Iterator[Mapping[str, Columns]]:
        nonlocal most
        for number in range(20):
            gc.collect()
            most = max(most, sum(each() is not None for each in alive))
            one, two = (columns(*range(100 * number, 100 * number + 100)) for _ in range(2))
            alive.extend(weakref.ref(each) for each in (one.start_us, two.start_us))
            yield {"A": one, "B": two}
            del one, two

    assert sum(1 for _ in feed(["A", "B"], windows())) == 2_000
    assert most <= 4  # two windows of two symbols


def test_nothing_is_read_before_it_is_asked_for() -> None:
    read = 0

    def windows() -> Iterator[Mapping[str, Columns]]:
        nonlocal read
        for number in range(3):
            read += 1
            yield {"A": columns(number)}

    bars = iter(feed(["A"], windows()))
    assert read == 0
    next(bars)
    assert read == 1


# Streams


def test_streams_are_merged_by_time_then_by_symbol() -> None:
    streams = [[bar("B", 0), bar("B", 1), bar("B", 4)], [bar("A", 1), bar("A", 2)], [], [bar("C", 1)]]
    moments = [each for each in merged(streams) if isinstance(each, MarketEvent)]
    assert len(moments) == 4
    assert seen(iter(moments)) == [(0, "B"), (1, "ABC"), (2, "A"), (4, "B")]
    assert list(merged([])) == []


@pytest.mark.parametrize(("minutes", "late", "latest"), [((0, 3, 2), "09:17", "09:18"), ((0, 1, 1), "09:16", "09:16")])
def test_a_stream_that_goes_back_in_time_is_refused(minutes: tuple[int, ...], late: str, latest: str) -> None:
    streams = [[bar("A", minute) for minute in minutes], [bar("B", minute) for minute in range(9)]]
    with pytest.raises(
        DataError, match=f"a bar of A at 2024-01-02 {late}:00 IST comes after one at 2024-01-02 {latest}:00"
    ):
        list(merged(streams))


def test_the_only_stream_is_passed_on_as_bars_and_watched() -> None:
    bars = [bar("A", 0), bar("A", 2)]
    assert list(merged([bars])) == bars
    with pytest.raises(DataError, match="a bar of A at 2024-01-02 09:15:00 IST comes after one at"):
        list(merged([[*bars, bar("A", 0)]]))


def test_two_streams_of_one_symbol_cannot_have_one_start() -> None:
    with pytest.raises(
        DataError, match=r"a bar of A at 2024-01-02 09:16:00 IST comes after one at 2024-01-02 09:16:00"
    ):
        list(merged([[bar("A", 1)], [bar("A", 0), bar("A", 1)], [bar("B", 1)]]))


def test_endless_streams_are_merged_one_bar_ahead() -> None:
    drawn = {"A": 0, "B": 0}

    def endless(symbol: str) -> Iterator[Bar]:
        for minute in range(10**9):
            drawn[symbol] += 1
            yield bar(symbol, minute)

    moments = iter(merged([endless("A"), endless("B")]))
    for _ in range(50):
        next(moments)
    assert max(drawn.values()) <= 51
