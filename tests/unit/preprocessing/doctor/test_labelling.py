"""The best assignment of outputs to labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.preprocessing.doctor.labelling import (
    best_assignment,
    confirmed_classes,
    label_edit,
    left_out_losses,
    left_out_scores,
)
from analysis.preprocessing.doctor.losses import log_losses


def confident_scores(truth: np.ndarray, k: int, outputs: np.ndarray) -> np.ndarray:
    """Return scores of a perfect model whose class c answers on output ``outputs[c]``."""
    scores = np.full((len(truth), k), 0.1 / (k - 1), dtype=np.float32)
    scores[np.arange(len(truth)), outputs[truth]] = 0.9
    return scores


@given(st.permutations(range(6)))
@settings(deadline=None, max_examples=30)
def test_any_permutation_is_recovered(permutation: list[int]) -> None:
    truth = np.repeat(np.arange(6), 3)
    outputs = np.array(permutation)
    assert (best_assignment(confident_scores(truth, 6, outputs), truth) == outputs).all()


def test_outputs_without_evidence_keep_their_names() -> None:
    truth = np.array([0, 0, 1])
    scores = confident_scores(truth, 5, np.array([1, 0, 2, 3, 4]))
    assert (best_assignment(scores, truth) == [1, 0, 2, 3, 4]).all()


def test_left_out_scores_never_use_the_example_itself() -> None:
    # One example a class, each in a fold of its own: nothing can be learned about a class from others.
    truth = np.arange(4)
    scores = confident_scores(truth, 4, np.array([1, 0, 3, 2]))
    folds = np.arange(4)
    renamed = left_out_scores(scores, truth, folds)
    for i in range(4):
        others = folds != i
        expected = scores[i, best_assignment(scores[others], truth[others])]
        assert renamed[i] == pytest.approx(expected)


def test_left_out_losses_recover_when_classes_repeat() -> None:
    truth = np.tile(np.arange(5), 4)
    scores = confident_scores(truth, 5, np.array([4, 3, 2, 1, 0]))
    folds = np.repeat(np.arange(4), 5)
    assert left_out_losses(scores, truth, folds).max() == pytest.approx(-np.log(0.9), abs=1e-5)
    assert log_losses(scores, truth).mean() > 2


def test_classes_with_one_example_confirm_nothing() -> None:
    truth = np.array([0, 0, 1, 1, 2])
    scores = confident_scores(truth, 4, np.array([1, 0, 2, 3]))
    confirmed, present = confirmed_classes(scores, truth, np.array([0, 1, 0, 1, 0]))
    assert (confirmed, present) == (2, 3)


def test_label_edit_renames_outputs_and_says_so() -> None:
    edit = label_edit(["a", "b", "c"], np.array([1, 0, 2]))
    assert edit is not None
    assert edit.after == {"labels": ["b", "a", "c"]}
    assert "output 0: a → b" in edit.sentence
    assert label_edit(["a", "b"], np.array([0, 1])) is None
