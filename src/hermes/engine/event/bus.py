"""Publish and subscribe: the only way in which the parts of the engine speak to each other."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

E = TypeVar("E")


class EventBus:
    """Delivers each event to the handlers of its own type, in the order in which they subscribed.

    Delivery is at once and depth first: what a handler publishes has been handled when its `publish` returns, so a
    run is the same every time. A handler hears the types it subscribed to and no other, subclasses included.
    """

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], None]]] = {}

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> None:
        """Call `handler` with every event of exactly the type `kind` from now on."""
        self._handlers.setdefault(kind, []).append(handler)

    def publish(self, event: object) -> None:
        """Deliver `event`. What a handler raises passes on to the publisher, and the handlers after it are not called.

        Raises LookupError for a type that nobody has subscribed to: an event that nobody hears is a mistake.
        """
        try:
            handlers = self._handlers[type(event)]
        except KeyError:
            raise LookupError(f"Nobody has subscribed to {type(event).__name__}.") from None
        for handler in handlers:
            handler(event)

    def publish_all(self, kind: type[E], events: Iterable[E]) -> int:
        """Publish a stream of events that are exactly of type `kind`; how many there were.

        As `publish` for each, but their handlers are looked up once: a stream of market events is most of a run.
        """
        handlers = self._handlers.get(kind)
        if handlers is None:
            raise LookupError(f"Nobody has subscribed to {kind.__name__}.")
        count = 0
        for count, event in enumerate(events, 1):  # noqa: B007
            for handler in handlers:
                handler(event)
        return count
