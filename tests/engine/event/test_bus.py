from collections.abc import Callable
from typing import NamedTuple

import pytest

from hermes.engine.event.bus import EventBus


class Price(NamedTuple):
    value: int


class Special(Price):
    pass


class Order(NamedTuple):
    value: int


def noting(log: list[str], name: str) -> Callable[[Price | Order], None]:
    return lambda event: log.append(f"{name}{event.value}")


def test_handlers_hear_an_event_in_the_order_of_their_subscriptions() -> None:
    bus, log = EventBus(), list[str]()
    for name in "bac":
        bus.subscribe(Price, noting(log, name))
    bus.publish(Price(1))
    bus.publish(Price(2))
    assert log == ["b1", "a1", "c1", "b2", "a2", "c2"]


def test_a_handler_subscribed_twice_hears_twice() -> None:
    bus, log = EventBus(), list[str]()
    handler = noting(log, "a")
    bus.subscribe(Price, handler)
    bus.subscribe(Price, handler)
    bus.publish(Price(1))
    assert log == ["a1", "a1"]


def test_equal_tuples_of_another_type_and_subclasses_are_not_heard() -> None:
    bus, log = EventBus(), list[str]()
    bus.subscribe(Price, noting(log, "price"))
    bus.subscribe(Order, noting(log, "order"))
    bus.publish(Order(1))
    assert log == ["order1"]
    with pytest.raises(LookupError, match="Nobody has subscribed to Special"):
        bus.publish(Special(1))


def test_what_a_handler_publishes_is_handled_before_the_next_handler_hears() -> None:
    bus, log = EventBus(), list[str]()
    bus.subscribe(Price, lambda event: bus.publish(Order(event.value * 10)))
    bus.subscribe(Price, noting(log, "price"))
    bus.subscribe(Order, noting(log, "first"))
    bus.subscribe(Order, noting(log, "second"))
    bus.publish(Price(1))
    assert log == ["first10", "second10", "price1"]


def test_a_stream_is_delivered_event_by_event_and_counted() -> None:
    bus, log = EventBus(), list[str]()
    bus.subscribe(Price, noting(log, "a"))
    bus.subscribe(Price, noting(log, "b"))
    drawn = (log.append(f"draw{n}") or Price(n) for n in (1, 2))  # type: ignore[func-returns-value]
    assert bus.publish_all(Price, drawn) == 2
    assert log == ["draw1", "a1", "b1", "draw2", "a2", "b2"]
    assert bus.publish_all(Price, []) == 0


@pytest.mark.parametrize("publish", [lambda bus: bus.publish(Price(1)), lambda bus: bus.publish_all(Price, [Price(1)])])
def test_an_event_that_nobody_hears_is_a_mistake(publish: Callable[[EventBus], object]) -> None:
    with pytest.raises(LookupError, match=r"Nobody has subscribed to Price\."):
        publish(EventBus())


@pytest.mark.parametrize("kind", [ValueError, KeyError, KeyboardInterrupt])
def test_what_a_handler_raises_reaches_the_publisher_and_stops_the_handlers_after_it(kind: type[BaseException]) -> None:
    bus, log = EventBus(), list[str]()

    def fail(event: Price) -> None:
        raise kind(f"at {event.value}")

    bus.subscribe(Price, noting(log, "a"))
    bus.subscribe(Price, fail)
    bus.subscribe(Price, noting(log, "b"))
    with pytest.raises(kind, match="at 1"):
        bus.publish(Price(1))
    with pytest.raises(kind, match="at 2"):
        bus.publish_all(Price, [Price(2), Price(3)])
    assert log == ["a1", "a2"]
    bus.subscribe(Order, noting(log, "order"))
    bus.publish(Order(4))
    assert log[-1] == "order4"
