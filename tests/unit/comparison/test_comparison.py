"""Paired comparisons: known answers, what must hold for any two runs, and calibration where nothing differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score, log_loss, matthews_corrcoef, mean_absolute_error, r2_score

from analysis.comparison import compare
from analysis.comparison.compare import holm
from analysis.comparison.differences import of_means, of_shares
from analysis.errors import UnusableInput
from analysis.types import Predictions
from tests.unit.metrics.runs import called, classified, random_run, regressed


def answers(wrong: list[int], n: int = 40) -> Predictions:
    """Return a run over n examples of two classes that is wrong on some of them."""
    truth = np.arange(n) % 2
    predicted = truth.copy()
    predicted[wrong] = 1 - predicted[wrong]
    return called(truth, predicted, 2)


def test_mcnemar_is_exact_and_counts_only_discordant_pairs() -> None:
    found = compare(answers([0, 1]), answers([0, *range(10, 20)])).differences["accuracy"]
    assert found.a == pytest.approx(38 / 40)
    assert found.difference == pytest.approx(9 / 40)
    assert found.p_value == pytest.approx(stats.binomtest(1, 11, 0.5).pvalue)
    assert 0 < found.low < found.difference < found.high < 1


def test_a_run_against_itself_differs_in_nothing() -> None:
    run = random_run(60, 4)
    found = compare(run, run)
    for difference in found.differences.values():
        assert difference.difference == 0
        assert difference.low <= 0 <= difference.high
        assert difference.p_value == 1
    assert found.winner == ""
    assert found.agreement is not None
    assert found.agreement.kappa == pytest.approx(1)
    assert len(found.agreement.only_a) == len(found.agreement.only_b) == 0


def test_values_are_scikit_learns() -> None:
    a, b = random_run(200, 5, sharpness=2.0), replace(random_run(200, 5, seed=0, sharpness=1.0))
    found = compare(a, b).differences
    for run, side in ((a, "a"), (b, "b")):
        truth, scores = np.asarray(run.truth), np.asarray(run.scores, np.float64)
        assert getattr(found["f1_macro"], side) == pytest.approx(f1_score(truth, run.predicted, average="macro"))
        assert getattr(found["mcc"], side) == pytest.approx(matthews_corrcoef(truth, run.predicted))
        assert getattr(found["log_loss"], side) == pytest.approx(log_loss(truth, scores, labels=range(5)), rel=1e-4)


def test_a_regression_is_compared_by_its_errors() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    a, b = regressed(y, y + 0.2 * rng.normal(size=300)), regressed(y, y + 0.6 * rng.normal(size=300))
    found = compare(a, b)
    assert found.winner == "a"
    assert found.differences["mae"].a == pytest.approx(mean_absolute_error(y, a.values))
    assert found.differences["r2"].b == pytest.approx(r2_score(y, b.values))
    for key, better in (("r2", 1), ("mse", -1), ("rmse", -1), ("median_ae", -1)):
        difference = found.differences[key]
        assert np.sign(difference.low) == np.sign(difference.high) == better
        assert difference.p_value < 0.01


def test_labels_in_another_order_and_spelling_are_the_same_labels() -> None:
    truth = np.array([0, 1, 2] * 10)
    a = replace(called(truth, truth, 3), task=replace(called(truth, truth, 3).task, labels=("cat", "sea lion", "dog")))
    turned = np.array([2, 0, 1])[truth]
    b = called(turned, turned, 3)
    b = replace(b, task=replace(b.task, labels=("Sea_Lion", "dog", "cat")))
    found = compare(a, b)
    assert found.agreement is not None
    assert len(found.agreement.both_right) == found.agreement.same_answer == 30
    assert {c.label for c in found.classes} == {"cat", "sea lion", "dog"}


def test_examples_are_matched_by_id_and_the_rest_is_counted() -> None:
    a, b = answers([3]), answers([5])
    order = np.arange(39, 4, -1)
    b = replace(
        b,
        ids=tuple(b.ids[i] for i in order),
        truth=np.asarray(b.truth, np.int64)[order],
        truth_labels=tuple(b.truth_labels[i] for i in order),
        scores=b.scores[order],
    )
    found = compare(a, b)
    assert (found.n, found.left_out) == (35, 5)
    assert found.agreement is not None
    assert [a.ids[i] for i in found.agreement.only_a] == ["5.jpg"]
    assert not len(found.agreement.only_b)


def test_only_common_judged_examples_count() -> None:
    scores = np.tile([0.9, 0.1], (4, 1))
    found = compare(classified([0, -1, 1, 0], scores), classified([0, 0, 1, 0], scores))
    assert (found.n, found.left_out) == (3, 1)


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (random_run(20, 3), regressed(np.arange(20.0), np.arange(20.0)), "classification"),
        (classified([-1, -1], np.ones((2, 2))), classified([0, 1], np.ones((2, 2))), "no example in common"),
        (answers([]), replace(answers([]), truth=1 - np.asarray(answers([]).truth, np.int64)), "another true label"),
    ],
)
def test_what_cannot_be_compared_is_said(a: Predictions, b: Predictions, said: str) -> None:
    with pytest.raises(UnusableInput, match=said):
        compare(a, b)


def test_the_class_that_changed_is_named_after_correction() -> None:
    truth = np.repeat(np.arange(6), 40)
    worse = truth.copy()
    worse[:30] = 1
    found = compare(called(truth, truth, 6), called(truth, worse, 6))
    assert [c.label for c in found.classes if c.winner] == ["class 0"]
    assert found.classes[0].winner == "a"
    assert found.classes[0].p_adjusted == pytest.approx(min(1, 6 * found.classes[0].recall.p_value))


def test_holm_is_monotone_and_not_below_the_raw_value() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_the_interval_of_shares_agrees_with_the_test(pairs: list[tuple[bool, bool]]) -> None:
    a, b = np.array(pairs).T
    found, turned = of_shares(a, b), of_shares(b, a)
    assert -1 <= found.low <= found.difference <= found.high <= 1
    assert turned.low == pytest.approx(-found.high)
    assert turned.p_value == pytest.approx(found.p_value)
    if found.p_value >= 0.05:
        assert found.low <= 0 <= found.high


def test_a_difference_of_skewed_losses_is_seldom_found_where_there_is_none() -> None:
    rng, alarms = np.random.default_rng(5), 0
    for _ in range(150):
        common = rng.exponential(size=40)
        a, b = common + rng.lognormal(sigma=1.5, size=40), common + rng.lognormal(sigma=1.5, size=40)
        alarms += of_means(a, b, seed=0).significant
    assert stats.binomtest(alarms, 150, 0.05, alternative="greater").pvalue > 0.01
