"""Curves, thresholds, temperature and margins: known answers, and nothing judged where it was chosen."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from analysis.errors import UnusableInput
from analysis.metrics.calibration import calibration_error, fit_temperature, tempered
from analysis.metrics.conformal import conformal, margin_of
from analysis.metrics.curves import curves, one_class
from analysis.metrics.halves import halves
from analysis.metrics.thresholds import find_threshold
from tests.unit.metrics.runs import called, classified, random_run, regressed


def test_areas_equal_scikit_learns() -> None:
    run = random_run(200, 3)
    found = curves(run, "class 1")
    assert found is not None
    truth = run.truth == 1
    assert found.area.value == pytest.approx(roc_auc_score(truth, run.scores[:, 1]))
    assert found.average_precision.value == pytest.approx(average_precision_score(truth, run.scores[:, 1]))
    for estimate in (found.area, found.average_precision):
        assert estimate.low < estimate.value < estimate.high
        assert estimate.n == 200
    assert found.positives == truth.sum()
    assert not found.few


def test_a_faultless_ranking_still_has_an_interval_and_few_are_said() -> None:
    found = curves(classified([0, 0, 0, 1, 1, 1], [[0.9, 0.1]] * 3 + [[0.1, 0.9]] * 3), "class 1")
    assert found is not None
    assert found.area.value == 1
    assert 0.4 < found.area.low < 0.95
    assert found.few
    sides = [0] * 90 + [1] * 30
    many = curves(classified(sides, [[1 - side, side] for side in sides]), "class 1")
    assert many is not None
    assert many.area.value == 1
    assert 0.85 < many.area.low < 1, "thirty that are ranked without a fault leave little doubt"


def test_a_class_without_others_has_no_curve_and_a_stranger_is_refused() -> None:
    run = classified([1, 1], [[0.2, 0.8]] * 2)
    assert curves(run, "class 1") is None
    with pytest.raises(UnusableInput, match="no class"):
        one_class(run, "raccoon")
    with pytest.raises(UnusableInput):
        one_class(regressed([1.0], [1.0]), "progression")


def test_halves_share_nothing_and_hold_every_class() -> None:
    groups = np.repeat([0, 1, 2], [50, 10, 5])
    first, second = halves(groups, 3)
    assert sorted([*first, *second]) == list(range(65))
    assert np.abs(np.bincount(groups[first]) - np.bincount(groups[second])).max() <= 1
    assert np.array_equal(halves(groups, 3)[0], first)


def test_the_cheapest_threshold_follows_the_costs() -> None:
    rng = np.random.default_rng(0)
    score = rng.random(2_000)
    truth = (rng.random(2_000) < score).astype(int)
    run = classified(truth, np.column_stack([1 - score, score]))
    for false, missed in ((1, 1), (1, 4), (4, 1)):
        found = find_threshold(run, "class 1", cost_false_positive=false, cost_false_negative=missed)
        assert found is not None
        # Of calibrated scores the best threshold is known: false / (false + missed).
        assert found.best.threshold == pytest.approx(false / (false + missed), abs=0.12)
        assert found.helps == (false != missed)
        assert found.chosen_on + found.judged_on == 2_000
        cost = (false * found.best.false_positives + missed * found.best.false_negatives) / found.judged_on
        assert found.best.cost.value == pytest.approx(cost)


def test_noise_gives_no_threshold_that_helps() -> None:
    helped = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        scores = rng.random(200)
        run = classified(rng.integers(0, 2, 200), np.column_stack([1 - scores, scores]))
        found = find_threshold(run, "class 1", seed=seed)
        assert found is not None
        helped += found.helps
    assert helped <= 4


def test_costs_and_sizes_that_make_no_sense() -> None:
    run = random_run(100, 2)
    for costs in ((-1.0, 1.0), (0.0, 0.0), (float("nan"), 1.0)):
        with pytest.raises(UnusableInput, match="cost"):
            find_threshold(run, "class 1", cost_false_positive=costs[0], cost_false_negative=costs[1])
    assert find_threshold(random_run(12, 2), "class 1") is None


def test_a_temperature_is_found_again() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(4_000, 3)) * 2
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    fair = odds / odds.sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(3, p=p) for p in fair])
    run = classified(truth, tempered(fair, 1 / 2.5))
    found = fit_temperature(run)
    assert found is not None
    assert found.value == pytest.approx(2.5, rel=0.15)
    assert found.helps
    assert found.after.error.value < found.before.error.value
    assert np.array_equal(found.judged.predicted, found.untouched.predicted), "it changes no answer"
    assert fit_temperature(random_run(20, 3)) is None


def test_the_calibration_error_by_hand_and_by_luck() -> None:
    # 100 answers of which the model is 90 % sure: 60 are right.
    found = calibration_error(called([0] * 60 + [1] * 40, [0] * 100, 2))
    assert found is not None
    assert found.error.value == pytest.approx(0.3)
    assert 0.15 < found.error.low < 0.3 < found.error.high < 0.5
    assert found.by_chance < 0.05
    even = calibration_error(called([0] * 90 + [1] * 10, [0] * 100, 2))
    assert even is not None
    assert even.error.low == 0
    assert calibration_error(classified([], np.empty((0, 2)))) is None


def test_the_margin_is_an_order_statistic_and_covers() -> None:
    assert margin_of(np.arange(1.0, 20.0)) == 19
    assert margin_of(np.arange(18.0)) == np.inf
    rng = np.random.default_rng(0)
    truth = rng.normal(size=4_000)
    found = conformal(regressed(truth, truth + rng.normal(size=4_000)))
    assert found is not None
    assert found.margin == pytest.approx(1.96, abs=0.15)
    assert found.coverage.low < 0.95 < found.coverage.high
    assert sum(e.n for _, _, e in found.by_range) == found.coverage.n == 2_000
    assert conformal(regressed([1.0] * 10, [2.0] * 10)) is None
