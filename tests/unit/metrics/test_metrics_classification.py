"""Classification metrics against scikit-learn, at their edges, and their intervals' coverage."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from analysis.errors import UnusableInput
from analysis.metrics import METRICS, classification, summarise
from analysis.metrics.tally import CHUNK_VALUES, tally
from analysis.types import Kind, Predictions
from tests.unit.metrics.runs import called, classified, random_run, regressed


def by_sklearn(run: Predictions) -> dict[str, float]:
    known = run.known
    truth, scores, predicted = np.asarray(run.truth)[known], run.scores[known], run.predicted[known]
    k = run.scores.shape[1]
    present = np.unique(truth)
    labels_of = range(k) if k > 2 else [False, True]
    out = {
        "accuracy": sk.accuracy_score(truth, predicted),
        "log_loss": sk.log_loss(truth, scores, labels=range(k)),
        "brier": sk.brier_score_loss(
            truth if k > 2 else truth == 1, scores if k > 2 else scores[:, 1], labels=labels_of
        ),
        "mcc": sk.matthews_corrcoef(truth, predicted),
        "kappa": np.nan_to_num(sk.cohen_kappa_score(truth, predicted)),
    }
    for average in ("macro", "weighted", "micro"):
        labels = range(k) if average == "micro" else present
        for name, score in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
            out[f"{name}_{average}"] = score(truth, predicted, labels=labels, average=average, zero_division=0)
    out["balanced_accuracy"] = out["recall_macro"]
    if k > 5:
        out["top5"] = sk.top_k_accuracy_score(truth, scores, k=5, labels=range(k))
    return out


@pytest.mark.parametrize(("n", "k"), [(400, 2), (400, 3), (700, 12), (3000, 40)])
def test_values_are_scikit_learns(n: int, k: int) -> None:
    run = random_run(n, k)
    expected = by_sklearn(run)
    found = classification.summary(run)
    assert set(found) == set(expected)
    for key, value in expected.items():
        assert found[key].value == pytest.approx(value, abs=1e-6), key
        assert found[key].low <= found[key].value <= found[key].high, key
        assert found[key].n == n
        assert found[key].method


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_hard_counts_equal_scikit_learn(data: st.DataObject) -> None:
    """Any small matrix: classes that never occur, that are never predicted, or only one of them."""
    k = data.draw(st.integers(2, 7))
    truth = data.draw(st.lists(st.integers(0, k - 1), min_size=1, max_size=30))
    predicted = data.draw(st.lists(st.integers(0, k - 1), min_size=len(truth), max_size=len(truth)))
    run = called(truth, predicted, k)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = by_sklearn(run) if k > 2 else {}
    for key, estimate in classification.summary(run).items():
        if key in expected and key != "top5":
            assert estimate.value == pytest.approx(expected[key], abs=1e-6), key
        assert estimate.low <= estimate.value <= estimate.high, key
        assert np.isfinite([estimate.low, estimate.high]).all(), key


def test_a_few_examples_that_are_nearly_alike_still_have_a_bounded_interval() -> None:
    """Found by the property above: the studentised end was infinite."""
    brier = classification.summary(called([0, 0, 0, 2], [0, 0, 1, 2], 5))["brier"]
    assert brier.value <= brier.high < 10
    assert "largest resample" in brier.method


def test_ties_in_top5_are_broken_as_scikit_learn_does() -> None:
    scores = np.zeros((4, 8), np.float32)
    scores[:, 0] = 1
    truth = [1, 3, 4, 7]
    expected = sk.top_k_accuracy_score(truth, scores, k=5, labels=range(8))
    assert classification.summary(classified(truth, scores))["top5"].value == expected


@pytest.mark.parametrize(("classes", "k"), [(3, 1), (3, 2), (12, 3), (12, 11)])
def test_top_k_is_scikit_learns_for_any_k(classes: int, k: int) -> None:
    run = random_run(300, classes)
    expected = sk.top_k_accuracy_score(run.truth, run.scores, k=k, labels=range(classes))
    found = classification.top_k(run, k)
    assert found.value == pytest.approx(expected)
    assert found.low < found.value <= found.high
    assert found.n == 300


def test_top_k_refuses_a_k_that_says_nothing() -> None:
    run = random_run(30, 3)
    for k in (0, 3):
        with pytest.raises(UnusableInput, match=f"top {k} of 3 classes"):
            classification.top_k(run, k)
    with pytest.raises(UnusableInput, match="regression"):
        classification.top_k(regressed([1.0, 2.0], [1.0, 2.0]), 1)


def test_unknown_labels_are_left_out_and_n_says_so() -> None:
    run = classified([0, -1, 1, -1], [[0.9, 0.1], [0.9, 0.1], [0.8, 0.2], [0.1, 0.9]])
    found = classification.summary(run)
    assert found["accuracy"].value == 0.5
    assert found["accuracy"].n == 2
    assert tally(run).unknown == 2


def test_nothing_to_judge_gives_no_numbers() -> None:
    assert summarise(classified([-1], [[0.5, 0.5]])) == {}
    assert summarise(classified(np.empty(0), np.empty((0, 3)))) == {}


def test_no_errors_still_leaves_doubt() -> None:
    """Thirty of thirty right does not prove a perfect model, whatever the average."""
    found = classification.summary(called([0, 1, 2] * 10, [0, 1, 2] * 10, 3))
    for key in ("accuracy", "f1_macro", "balanced_accuracy", "mcc", "kappa"):
        assert found[key].value == found[key].high == 1
        assert 0.7 < found[key].low < 0.95, key


def test_one_seed_gives_one_answer() -> None:
    run = random_run(200, 4)
    assert summarise(run, seed=3) == summarise(run, seed=3)
    assert "seed 3" in summarise(run, seed=3)["f1_macro"].method


def test_scores_are_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    run = random_run(257, 7)
    whole = classification.summary(run)
    monkeypatch.setattr("analysis.metrics.tally.CHUNK_VALUES", 70)
    assert CHUNK_VALUES > 70
    assert classification.summary(run) == whole


def test_huge_label_sets_are_counted_without_a_dense_matrix() -> None:
    k = 3000
    truth = np.arange(0, k, 10)
    found = classification.summary(called(truth, truth, k))
    assert found["f1_macro"].value == 1


def test_per_class_scores() -> None:
    run = called([0] * 10 + [1] * 4, [0] * 8 + [1] * 2 + [1] * 3 + [0], 3)
    cat, cucumber, lion = classification.per_class(run)
    assert (cat.n, cat.predicted_n, cat.few) == (10, 9, False)
    assert cat.recall.value == pytest.approx(0.8)
    assert cat.precision.value == pytest.approx(8 / 9)
    assert cat.f1.value == pytest.approx(2 * 8 / 19)
    assert cat.f1.low < cat.f1.value < cat.f1.high
    assert cucumber.few
    assert (lion.n, lion.precision.value, lion.precision.low, lion.precision.high) == (0, 0, 0, 1)
    assert lion.precision.n == 0
    assert "undefined" in lion.precision.method


def test_keys_are_registered() -> None:
    for key in classification.summary(random_run(100, 8)):
        assert METRICS[key].kind is Kind.CLASSIFICATION


def test_intervals_cover_the_truth() -> None:
    """300 draws of 100 examples of three classes: the interval holds the true value at least 93 times in 100."""
    rng = np.random.default_rng(11)
    joint = np.array([[0.36, 0.03, 0.01], [0.04, 0.25, 0.03], [0.02, 0.04, 0.22]])
    right, row, col = np.diag(joint), joint.sum(1), joint.sum(0)
    true = {"accuracy": right.sum(), "f1_macro": (2 * right / (row + col)).mean()}
    hits = dict.fromkeys(true, 0)
    for draw in range(300):
        counts = rng.multinomial(100, joint.ravel())
        cells = np.repeat(np.arange(9), counts)
        found = classification.summary(called(cells // 3, cells % 3, 3), seed=draw)
        for key, value in true.items():
            hits[key] += found[key].low <= value <= found[key].high
    assert min(hits.values()) >= 0.93 * 300, hits
