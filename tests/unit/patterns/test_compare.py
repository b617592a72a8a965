"""The comparison of two groups: planted differences are found, chance is not, and strata do their work."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.patterns import compare


def test_a_planted_difference_is_found_and_only_it():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(30, 50)), rng.normal(size=(40, 50))
    a[:, 7] += 2.0
    found = compare(a, b)
    assert list(found.standing_out) == [7]
    assert found.low[7] < 2 < found.high[7]
    assert found.difference == pytest.approx(a.mean(0) - b.mean(0))
    assert found.n == (30, 40)


def test_chance_is_rarely_taken_for_more():
    """The family-wise error is 5 %: over 60 tables of noise about 3 may have anything standing out."""
    rng = np.random.default_rng(1)
    alarms = sum(
        bool(len(compare(rng.standard_t(3, size=(12, 20)), rng.standard_t(3, size=(15, 20)), draws=199).standing_out))
        for _ in range(60)
    )
    assert alarms <= 8


def test_p_and_interval_agree_with_scipy_for_one_unit():
    rng = np.random.default_rng(2)
    a, b = rng.normal(0.6, 1, size=(25, 1)), rng.normal(size=(25, 1))
    found = compare(a, b)
    expected = stats.permutation_test(
        (a[:, 0], b[:, 0]), lambda x, y: abs(x.mean() - y.mean()), n_resamples=4999, alternative="greater", rng=0
    )
    assert found.p[0] == pytest.approx(expected.pvalue, abs=0.02)
    welch = stats.ttest_ind(a[:, 0], b[:, 0], equal_var=False).confidence_interval()
    assert found.low[0] == pytest.approx(welch.low, abs=0.08)
    assert found.high[0] == pytest.approx(welch.high, abs=0.08)


def test_a_difference_between_labels_is_none_between_groups():
    """Failures are mostly cats, the others mostly dogs, and cats are darker: that explains nothing."""
    rng = np.random.default_rng(3)
    cats, dogs = np.array([0] * 25 + [1] * 5), np.array([0] * 5 + [1] * 25)
    a, b = rng.normal(size=(30, 1)) + 5 * cats[:, None], rng.normal(size=(30, 1)) + 5 * dogs[:, None]
    assert len(compare(a, b).standing_out) == 1
    within = compare(a, b, cats, dogs)
    assert not len(within.standing_out)
    assert abs(within.difference[0]) < 1


def test_a_label_that_one_group_lacks_is_left_out():
    a, b = np.array([[1.0], [2.0], [100.0]]), np.array([[1.0], [2.0], [3.0]])
    found = compare(a, b, np.array([0, 0, 9]), np.array([0, 0, 0]))
    assert found.n == (2, 3)
    assert found.failures[0] == 1.5


def test_too_few_are_said_to_be():
    found = compare(np.full((1, 3), 9.0), np.zeros((4, 3)))
    assert found.divisions == pytest.approx(5)
    assert not found.tells
    assert np.isnan(found.low).all()
    assert not len(found.standing_out)
    nothing = compare(np.ones((2, 3)), np.zeros((0, 3)))
    assert not nothing.tells
    assert np.isnan(nothing.low).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 6), st.integers(0, 1000))
def test_scale_and_shift_change_nothing_but_the_numbers(n, m, units, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, units)), rng.normal(size=(m, units))
    one, two = compare(a, b, draws=99), compare(10 * a + 3, 10 * b + 3, draws=99)
    assert one.p == pytest.approx(two.p)
    assert two.difference == pytest.approx(10 * one.difference)
    if one.tells:
        assert ((one.low <= one.difference) & (one.difference <= one.high)).all()
    assert ((one.p > 0) & (one.p <= 1)).all()


def test_units_that_never_differ_are_harmless():
    found = compare(np.ones((6, 2)), np.ones((6, 2)))
    assert found.p == pytest.approx(1)
    assert found.difference == pytest.approx(0)
