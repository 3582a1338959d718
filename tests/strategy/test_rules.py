"""Crossings and the latch."""

from collections.abc import Sequence

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from hermes.strategy import crosses_above, crosses_below, latch

Flags = Sequence[bool | None]


def _latched(enter: Flags, leave: Flags, short: Flags | None = None, cover: Flags | None = None) -> list[int | None]:
    columns = {"e": enter, "x": leave, "s": short, "c": cover}
    frame = pl.DataFrame({name: each for name, each in columns.items() if each is not None}, schema_overrides={})
    frame = frame.cast(dict.fromkeys(frame.columns, pl.Boolean()))
    rule = latch(
        pl.col("e"),
        pl.col("x"),
        enter_short=None if short is None else pl.col("s"),
        exit_short=None if cover is None else pl.col("c"),
    )
    target = frame.select(t=rule)["t"]
    assert target.dtype == pl.Int8
    return target.to_list()


def test_a_cross_is_one_bar_long_and_a_touch_is_none() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0, 3.0, 2.0, 1.0, 2.0], "b": [2.0] * 7})
    above = frame.select(x=crosses_above(pl.col("a"), pl.col("b")))["x"].to_list()
    below = frame.select(x=crosses_below(pl.col("a"), 2.0))["x"].to_list()
    # 2.0 against 2.0 is neither side: the crossing comes with the bar that leaves the line.
    assert above == [False, False, True, False, False, False, False]
    assert below[1:] == [False, False, False, False, True, False]


def test_a_cross_is_never_seen_on_the_first_known_bar() -> None:
    frame = pl.DataFrame({"a": [None, 3.0, 3.0], "b": [2.0, 2.0, 2.0]})
    assert frame.select(x=crosses_above(pl.col("a"), pl.col("b")))["x"].to_list() == [None, None, False]


def test_the_latch_holds_from_entry_to_exit_and_knows_nothing_before_the_first_event() -> None:
    enter = [None, False, True, False, False, False, True]
    leave = [None, False, False, False, True, False, False]
    assert _latched(enter, leave) == [None, None, 1, 1, 0, 0, 1]


def test_an_exit_on_the_bar_of_the_entry_wins() -> None:
    assert _latched([True, True], [True, False]) == [0, 1]
    assert _latched([True, True], [True, False], [False, False], [False, False]) == [0, 1]


def test_a_short_entry_reverses_and_an_exit_of_the_side_not_held_does_nothing() -> None:
    enter = [True, False, False, False, True]
    leave = [False, False, True, False, False]
    short = [False, True, False, False, False]
    cover = [False, False, False, True, False]
    assert _latched(enter, leave, short, cover) == [1, -1, -1, 0, 1]


def test_without_a_rule_to_cover_a_short_is_held_until_the_next_long() -> None:
    assert _latched([False, False, True], [False, True, False], [True, False, False]) == [-1, -1, 1]


_FLAGS = st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 4), min_size=1, max_size=30)


@given(_FLAGS)
def test_the_latch_is_the_state_machine_that_its_docstring_tells(rows: list[tuple[bool | None, ...]]) -> None:
    state: int | None = None
    expected = []
    for enter, leave, short, cover in rows:
        long_entry = enter is True and leave is not True
        short_entry = short is True and cover is not True and not long_entry
        if long_entry:
            state = 1
        elif short_entry:
            state = -1
        elif (leave is True and state in {1, None}) or (cover is True and state in {-1, None}):
            state = 0
        expected.append(state)
    enters, leaves, shorts, covers = (list(each) for each in zip(*rows, strict=True))
    assert _latched(enters, leaves, shorts, covers) == expected
