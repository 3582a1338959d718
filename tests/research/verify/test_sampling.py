import polars as pl
import pytest
from tests.engine.market import Told, days, store, told

from hermes.research.verify import VerifyRequest
from hermes.research.verify.load import load
from hermes.research.verify.sampling import choose_cuts
from hermes.research.verify.subject import Columns, Subject


@pytest.fixture
def subject() -> Subject:
    """Ten sessions of 30 bars; long from bar 95 to bar 204."""
    frame = told(days("2024-01-01", [100.0] * 10, bars_a_day=30), {"2024-01-04 09:20": 1, "2024-01-09 09:39": 2})
    assert frame["timestamp"].len() == 300
    return load(VerifyRequest(strategy="Told"), Told(), store(frame))[0]


@pytest.fixture
def whole(subject: Subject) -> Columns:
    return subject.columns(subject.bars)


def test_the_first_known_bars_and_the_last_are_always_cut(subject: Subject, whole: Columns) -> None:
    known = whole.frame["signal"].is_not_null().arg_max()
    for seed in range(5):
        assert {0, 298, known} <= set(choose_cuts(subject, whole, 12, seed))


def test_cuts_stand_at_changes_at_the_edges_of_sessions_and_anywhere(subject: Subject, whole: Columns) -> None:
    cuts = set(choose_cuts(subject, whole, 60, 0))

    target = whole.frame["signal"].fill_null(9)
    changes = (target != target.shift(1)).arg_true().to_list()[1:]
    edges = {row for session in range(1, 10) for row in (30 * session, 30 * session - 1)}
    assert {row for change in changes for row in (change, change - 1)} <= cuts
    assert len(cuts & edges) >= 15
    assert len(cuts - edges) >= 20


def test_a_sample_is_sorted_never_too_large_and_the_seeds_alone(subject: Subject, whole: Columns) -> None:
    for samples in (1, 2, 7, 60, 299, 10_000):
        cuts = choose_cuts(subject, whole, samples, 3)
        assert cuts == sorted(set(cuts))
        assert len(cuts) == min(samples, 299)
        assert cuts == choose_cuts(subject, whole, samples, 3)
    assert choose_cuts(subject, whole, 20, 3) != choose_cuts(subject, whole, 20, 4)


def test_two_bars_have_one_cut() -> None:
    frame = days("2024-01-01", [100.0, 101.0])
    subject = load(VerifyRequest(strategy="Told"), Told(), store(frame))[0]
    assert choose_cuts(subject, subject.columns(subject.bars), 60, 0) == [0]
    assert subject.bars.select(pl.len()).item() == 2
