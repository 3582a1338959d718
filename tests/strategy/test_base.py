"""What every strategy has: parameters that stay, private state beside them, an account during a run."""

import copy
import pickle
from typing import cast

import polars as pl
import pytest
from pydantic import PrivateAttr

from hermes.errors import StrategyError
from hermes.strategy import Bar, Broker, Strategy
from hermes.strategy.indicators import EMA


class Counter(Strategy):
    span: int = 30

    _seen: int = PrivateAttr(default=0)

    def on_start(self) -> None:
        self._seen = 5_000
        self._average = EMA(self.span)

    def on_bar(self, bar: Bar) -> None:
        self._seen += 1
        self._average.update(bar.close)


def started() -> Counter:
    counter = Counter()
    counter.on_start()
    return counter


def test_private_state_is_no_parameter() -> None:
    counter = started()

    assert counter.warmup() == {None: 300}
    assert counter.model_dump() == {"span": 30}
    assert repr(counter) == "Counter(span=30)"
    assert counter == Counter()
    assert counter != Counter(span=31)


def test_private_state_can_change_and_a_parameter_cannot() -> None:
    counter = started()
    counter.on_bar(Bar("ABC", 0, 1.0, 1.0, 1.0, 1.0, 1.0))

    assert counter._seen == 5_001
    with pytest.raises(AttributeError, match=r"private attributes, such as Counter\._span"):
        counter.span = 31  # type: ignore[misc]


def test_a_strategy_can_be_copied_and_pickled_with_its_state() -> None:
    for twin in (copy.deepcopy(started()), pickle.loads(pickle.dumps(started()))):  # noqa: S301  its own bytes
        assert twin._seen == 5_000
        assert not twin._average.ready


def test_the_account_is_there_while_it_is_connected() -> None:
    counter = started()
    account = cast("Broker", object())
    for _ in range(2):
        with pytest.raises(StrategyError, match="Counter has no account outside a run"):
            _ = counter.broker
        counter.connect(account)
        assert counter.broker is account
        assert counter.model_dump() == {"span": 30}
        assert counter == Counter()
        counter.connect(None)


def test_what_a_class_defines_tells_where_it_runs() -> None:
    class Rule(Strategy):
        def signals(self) -> pl.Expr:
            return pl.lit(1)

    assert (Rule.gives_targets(), Rule.sees_bars()) == (True, False)
    assert (Counter.gives_targets(), Counter.sees_bars()) == (False, True)
