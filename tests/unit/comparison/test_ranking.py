"""Candidates in order: known answers, ties that chance explains, and a family-wise error that is held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.comparison import rank
from analysis.comparison.differences import of_shares
from analysis.comparison.ranking import _groups
from analysis.errors import UnusableInput
from analysis.types import Predictions
from benchmarks.null_comparisons import equal_classifiers
from tests.unit.metrics.runs import called, regressed

TRUTH = np.arange(400) % 4


def right(hits: np.ndarray) -> Predictions:
    """Return a run that is right exactly where `hits` is True."""
    return called(TRUTH, np.where(hits, TRUTH, (TRUTH + 1) % 4), 4)


def first(n: int) -> Predictions:
    return right(np.arange(400) < n)


def test_the_better_comes_first_with_the_ranks_that_are_open() -> None:
    found = rank({"low": first(200), "high": first(380), "near": right(np.roll(np.arange(400) < 379, 5))})
    assert [r.name for r in found.ranked] == ["high", "near", "low"]
    assert [(r.best, r.worst) for r in found.ranked] == [(1, 2), (1, 2), (3, 3)]
    assert found.groups == ((0, 1), (2,))
    assert found.tied(0) == (1,)
    assert found.tied(2) == ()
    assert found.ranked[0].score.value == pytest.approx(0.95)
    assert (found.n, found.left_out) == (400, 0)
    pair = found.differences[0, 2]
    assert pair == of_shares(np.arange(400) < 380, np.arange(400) < 200)
    assert found.p_adjusted[0, 2] >= pair.p_value


def test_two_give_what_comparing_two_gives() -> None:
    found = rank({"a": first(300), "b": first(310)})
    assert found.differences[0, 1].p_value == of_shares(np.arange(400) < 310, np.arange(400) < 300).p_value
    assert found.p_adjusted[0, 1] == found.differences[0, 1].p_value


def test_only_examples_that_all_answered_count() -> None:
    whole, part = first(300), first(300)
    part = replace(
        part, ids=part.ids[100:], splits=part.splits[100:], truth=part.truth[100:],
        truth_labels=part.truth_labels[100:], scores=part.scores[100:],
    )  # fmt: skip
    found = rank({"whole": whole, "part": part, "other": first(350)})
    assert (found.n, found.left_out) == (300, 100)
    assert next(r for r in found.ranked if r.name == "whole").score.value == pytest.approx(200 / 300)
    unlike = replace(part, ids=tuple(f"x{i}" for i in range(300)))
    with pytest.raises(UnusableInput, match="in common"):
        rank({"whole": whole, "unlike": unlike})


def test_a_regression_is_ranked_by_its_errors() -> None:
    rng = np.random.default_rng(0)
    truth, noise = rng.normal(size=300), rng.normal(size=300)
    found = rank({"bad": regressed(truth, truth + 2 * noise), "good": regressed(truth, truth + 0.2 * noise)})
    assert [r.name for r in found.ranked] == ["good", "bad"]
    assert found.ranked[0].score.high < found.ranked[1].score.low
    assert found.groups == ((0,), (1,))


def test_what_cannot_be_ranked_is_said() -> None:
    with pytest.raises(UnusableInput, match="nothing to rank"):
        rank({"a": first(300)})
    with pytest.raises(UnusableInput, match="same kind"):
        rank({"a": first(300), "b": regressed(np.zeros(400), np.zeros(400))})


def test_groups_are_the_longest_runs_and_may_overlap() -> None:
    apart = {(0, 1): 1.0, (0, 2): 0.01, (1, 2): 1.0, (0, 3): 0.01, (1, 3): 0.01, (2, 3): 1.0}
    assert _groups(4, apart) == ((0, 1), (1, 2), (2, 3))
    assert _groups(3, dict.fromkeys([(0, 1), (0, 2), (1, 2)], 1.0)) == ((0, 1, 2),)
    assert _groups(3, dict.fromkeys([(0, 1), (0, 2), (1, 2)], 0.0)) == ((0,), (1,), (2,))


def test_equal_candidates_are_seldom_told_apart() -> None:
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng([7, seed])
        a, b = equal_classifiers(150, 3, rng)
        # Two more whose errors are those of the first two in another order: equally good, but not the same.
        swap = rng.random(150) < 0.5
        c, d = (replace(a, scores=np.where(side[:, None], a.scores, b.scores)) for side in (swap, ~swap))
        alarms += len(rank({"a": a, "b": b, "c": c, "d": d}).groups) > 1
    assert alarms <= 7  # At most 3 are to be expected; more than 7 come 2 times of 100.
