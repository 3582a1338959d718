import pytest
from tests.engine.event.acting import act, keep, kept_orders
from tests.engine.market import bars, fills

pytestmark = pytest.mark.kernel


def test_an_order_sent_on_the_fill_that_ends_the_run_is_cancelled_too() -> None:
    keep("ABC", bars("2024-01-02", [100.0, 100, 100]))
    result = act(
        {"09:15": lambda broker: broker.buy("ABC", 10), "fill": lambda broker: broker.buy("ABC", 1, limit=90.0)}
    )
    # One order on the entry's fill, one on that of the end.
    assert kept_orders(result) == [("buy", 10, "filled", ""), *[("buy", 0, "cancelled", "end_of_data")] * 2]
    assert fills(result)[-1] == ("2024-01-02 09:17", "sell", 10, 100, "end_of_data")
