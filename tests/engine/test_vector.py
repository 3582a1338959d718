from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.engine.market import bars

from hermes.engine import BacktestRequest
from hermes.engine.kernel import FILL, REFUSAL, TRADE
from hermes.engine.prepare import Prepared, prepare
from hermes.engine.run import Run
from hermes.engine.vector import kernel_settings, run_vector
from hermes.market import Instrument, no_charges

pytestmark = pytest.mark.kernel


def prepared(targets: list[int | None], closes: list[float], **fields: Any) -> tuple[Prepared, np.void]:
    request = BacktestRequest(
        symbols=("ABC",), strategy="Told", product="MIS", sizing={"mode": "fixed_quantity", "quantity": 1}, **fields
    )
    frame = bars("2024-01-02", closes).with_columns(pl.Series("signal", targets, dtype=pl.Int8))
    whole = prepare(frame, 0, request, Instrument("ABC"), no_charges(), adjusted=False, lot=1.0)
    return whole, kernel_settings(request, 1.0)


def runs(targets: list[int | None], closes: list[float], **fields: Any) -> Run:
    return run_vector(*prepared(targets, closes, **fields))


def test_a_target_is_bought_at_the_next_open_and_sold_at_the_next() -> None:
    run = runs([1, None, 0, None], [100, 110, 120, 130])
    assert run.fills["bar"].tolist() == [1, 3]
    assert run.fills["price"].tolist() == [110, 130]
    assert run.equity.tolist() == [100_000, 100_000, 100_010, 100_020]
    assert (run.fills.dtype, run.trades.dtype, run.refusals.dtype) == (FILL, TRADE, REFUSAL)


def test_a_run_without_an_order_is_cash() -> None:
    run = runs([None, 0, None], [100, 110, 120])
    assert run.equity.tolist() == [100_000] * 3
    assert len(run.fills) == len(run.trades) == len(run.refusals) == 0


def test_one_bar_is_enough() -> None:
    assert runs([1], [100]).equity.tolist() == [100_000]


def test_more_fills_than_were_expected_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    targets: list[int | None] = [1, -1] * 20
    closes = [100.0 + k for k in range(40)]
    roomy = runs(targets, closes)
    monkeypatch.setattr("hermes.engine.vector._ROOM", 3)
    tight = runs(targets, closes)
    assert len(roomy.fills) == 2 * 38 + 2
    assert tight.fills.tolist() == roomy.fills.tolist()
    assert tight.trades.tolist() == roomy.trades.tolist()
    assert tight.equity.tolist() == roomy.equity.tolist()


def test_more_refusals_than_were_expected_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    targets: list[int | None] = [1, 0] * 20
    closes = [200_000.0] * 40
    monkeypatch.setattr("hermes.engine.vector._ROOM", 3)
    run = runs(targets, closes)
    assert len(run.refusals) == 20
    assert run.refusals["bar"].tolist() == [2 * k + 1 for k in range(20)]


def test_the_bars_are_not_changed_by_a_run() -> None:
    whole, settings = prepared([1, -1, 0, 1], [100, 110, 120, 130])
    before = [np.array(each) for each in whole.bars]
    first = run_vector(whole, settings)
    for kept, now in zip(before, whole.bars, strict=True):
        assert kept.tobytes() == np.asarray(now).tobytes()
    again = run_vector(whole, settings)
    assert again.fills.tobytes() == first.fills.tobytes()
    assert again.equity.tobytes() == first.equity.tobytes()
