"""Paired tests and corrections against known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.preprocessing.doctor.losses import CAP, log_losses, squared_losses
from analysis.preprocessing.doctor.proof import (
    compare,
    examples_needed,
    holm,
    mcnemar_p,
    sign_flip_p,
    z_score,
)


def test_log_losses_are_capped_nats() -> None:
    scores = np.array([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]], dtype=np.float32)
    truth = np.array([0, 0, 0])
    assert log_losses(scores, truth) == pytest.approx([np.log(2), CAP, 0.0], abs=1e-6)


def test_scores_that_are_not_numbers_count_as_the_worst_answer() -> None:
    scores = np.array([[np.nan, np.nan]], dtype=np.float32)
    assert log_losses(scores, np.array([1]))[0] == CAP


def test_squared_losses_are_in_units_of_the_targets_variance() -> None:
    truth = np.array([0.0, 2.0])
    assert squared_losses(np.array([1.0, 2.0]), truth) == pytest.approx([1.0, 0.0])


def test_sign_flips_are_exact_for_few_examples() -> None:
    # Three gains: of 8 sign patterns only the observed one reaches the sum.
    assert sign_flip_p(np.array([1.0, 2.0, 3.0])) == pytest.approx(1 / 8)


def test_sign_flips_agree_with_students_t_on_many_examples() -> None:
    differences = np.random.default_rng(1).normal(0.15, 1.0, size=200)
    expected = stats.ttest_1samp(differences, 0, alternative="greater").pvalue
    assert sign_flip_p(differences) == pytest.approx(expected, abs=0.01)


def test_a_loss_is_never_significant() -> None:
    assert sign_flip_p(np.array([-1.0, -2.0, 0.5])) == 1.0
    assert sign_flip_p(np.zeros(5)) == 1.0


def test_sign_flip_test_keeps_its_level() -> None:
    generator = np.random.default_rng(0)
    p_values = [sign_flip_p(generator.standard_t(3, size=40), seed=i) for i in range(300)]
    assert np.mean(np.array(p_values) < 0.05) < 0.09


def test_mcnemar_is_the_exact_binomial() -> None:
    before = np.array([False] * 6 + [True] * 4)
    after = np.array([True] * 6 + [True] * 3 + [False])
    assert mcnemar_p(before, after) == pytest.approx(stats.binomtest(6, 7, alternative="greater").pvalue)
    assert mcnemar_p(before, before) == 1.0


def test_holm_with_equal_weights_is_holms_own() -> None:
    # Holm (1979): 3 × .01, 2 × .02, 1 × .04
    assert holm([0.01, 0.04, 0.02], [1, 1, 1]) == pytest.approx([0.03, 0.04, 0.04])


def test_weight_lowers_the_bar_for_what_was_expected() -> None:
    adjusted = holm([0.02, 0.02], [9.0, 1.0])
    assert adjusted[0] < 0.05 < holm([0.02, 0.9], [1.0, 9.0])[0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values, [1.0] * len(p_values))
    assert (adjusted >= np.array(p_values) - 1e-12).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-12).all()


def test_compare_counts_gain_in_losses_saved() -> None:
    paired = compare(np.array([2.0, 2.0, 2.0]), np.array([1.0, 0.5, 1.5]))
    assert paired.gain == pytest.approx(1.0)
    assert paired.z == pytest.approx(1.0 / (0.5 / np.sqrt(3)))
    assert paired.n == 3


def test_z_score_of_no_difference_is_zero() -> None:
    assert z_score(np.zeros(4)) == 0.0
    assert z_score(np.full(4, 0.3)) == np.inf


def test_examples_needed_reaches_the_power_it_promises() -> None:
    generator = np.random.default_rng(3)
    seen = generator.normal(0.3, 1.0, size=4000)
    n = examples_needed(seen, 0.05)
    assert n is not None
    samples = (generator.normal(0.3, 1.0, n) for _ in range(400))
    wins = [stats.ttest_1samp(sample, 0, alternative="greater").pvalue < 0.05 for sample in samples]
    assert 0.7 < np.mean(wins) < 0.9
    assert examples_needed(-seen, 0.05) is None
