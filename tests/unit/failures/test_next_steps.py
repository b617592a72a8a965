"""What to look at next: each rule speaks where its cause was planted, and is silent where nothing is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from analysis.failures.next_steps import what_to_look_at
from analysis.types import Candidate, Dataset, Finding, Kind, Modality, Predictions, Rejection, Severity
from tests.unit.metrics.runs import called, classified, regressed

PAGES = {"confusions", "metrics", "explain", "doctor", "open"}


def look(run: Predictions, rejected: Sequence[Rejection] = ()) -> dict[str, list[Finding]]:
    table = pd.DataFrame({"id": run.ids, "split": run.splits, "label": list(run.truth_labels) or list(run.truth)})
    data = Dataset(
        "photos", "photos", Modality.IMAGE, Kind.CLASSIFICATION, table, cast(Any, None), tuple(rejected), "d"
    )
    out: dict[str, list[Finding]] = {}
    for finding in what_to_look_at(run, data, cast(Candidate, None)):
        assert finding.id.startswith("next.")
        assert finding.evidence["page"] in PAGES
        assert finding.summary.endswith(".")
        out.setdefault(finding.id.removeprefix("next."), []).append(finding)
    return out


def good_run(n: int = 300, k: int = 3) -> Predictions:
    """A run that is right 95 times in 100, as sure as it should be, with errors spread evenly."""
    rng = np.random.default_rng(5)
    truth = np.arange(n) % k
    answers = np.where(rng.random(n) < 0.05, (truth + rng.integers(1, k, n)) % k, truth)
    scores = np.full((n, k), 0.06 / (k - 1))
    scores[np.arange(n), answers] = 0.94
    wrong = np.flatnonzero(answers != truth)
    scores[wrong] = 0.45 / (k - 1)
    scores[wrong, answers[wrong]] = 0.55
    return classified(truth, scores, tuple(f"kind {c}" for c in "zyxwv"[:k]))


def test_nothing_is_made_up_about_a_good_run() -> None:
    assert not {f.severity for found in look(good_run()).values() for f in found} & {Severity.CAUTION, Severity.BLOCKER}


def test_all_cats_are_cucumbers() -> None:
    truth = [0] * 5 + [1] * 30 + [2] * 30
    run = called(truth, [1] * 5 + [1] * 30 + [2] * 30, 3)
    run = replace(run, task=replace(run.task, labels=("cat", "cucumber", "owl")))
    (finding,) = look(run)["confusion"]
    assert finding.summary == "All 5 examples of “cat” were called “cucumber”."
    assert finding.evidence["page"] == "confusions"
    assert (finding.evidence["true"], finding.evidence["predicted"]) == ("cat", "cucumber")
    assert finding.examples == tuple(f"{i}.jpg" for i in range(5))


def test_sure_where_it_is_wrong() -> None:
    run = called([0] * 40 + [1] * 40, [0] * 30 + [1] * 10 + [1] * 40, 3)
    (finding,) = look(run)["sure_and_wrong"]
    assert "0.90" in finding.summary
    assert finding.evidence["example"] in run.ids


def test_confidence_that_promises_too_much() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 200)
    found = look(called(truth, np.where(rng.random(200) < 0.5, truth, (truth + 1) % 3), 3))
    assert "sure on average" in found["confidence_gap"][0].summary


def test_a_permuted_label_list_is_noticed_and_an_alphabetical_one_named() -> None:
    truth = np.arange(200) % 5
    run = called(truth, (truth + 2) % 5, 5)
    run = replace(run, task=replace(run.task, labels=("apple", "banana", "cat", "dog", "eel")))
    (finding,) = look(run)["label_order"]
    assert "exactly alphabetical" in finding.summary
    assert finding.evidence["page"] == "doctor"
    assert finding.evidence["reordered"] == 1
    shuffled = replace(run, task=replace(run.task, labels=("eel", "banana", "cat", "dog", "apple")))
    assert "alphabetical" not in look(shuffled)["label_order"][0].summary


def test_random_answers_are_no_sign_of_another_order() -> None:
    rng = np.random.default_rng(1)
    assert "label_order" not in look(called(rng.integers(0, 28, 60), rng.integers(0, 28, 60), 28))


def test_unknown_labels_and_rejected_rows_are_counted() -> None:
    scores = np.tile([0.9, 0.1], (20, 1))
    found = look(classified([-1] * 4 + [0] * 16, scores), [Rejection("broken.jpg", "The file is truncated.")] * 12)
    assert found["unknown_labels"][0].summary.startswith(
        "4 examples have labels that the model doesn't know (“raccoon”)"
    )
    assert found["unknown_labels"][0].evidence["true"] == "raccoon"
    assert found["rejected"][0].summary.startswith("12 rows or files were rejected")


def test_a_gap_between_splits_is_tested() -> None:
    truth = np.arange(400) % 2
    answers = truth.copy()
    answers[200:260] = 1 - truth[200:260]
    run = replace(called(truth, answers, 2), splits=("train",) * 200 + ("test",) * 200)
    (finding,) = look(run)["splits"]
    assert "“train”" in finding.summary
    assert finding.evidence["p_value"] < 1e-6
    even = replace(run, splits=("train", "test") * 200)
    assert "splits" not in look(even)


def test_one_answer_for_everything() -> None:
    (finding,) = look(called(np.arange(60) % 3, np.zeros(60, int), 3))["one_answer"]
    assert "100 %" in finding.summary


def test_a_class_that_is_never_the_answer() -> None:
    truth = [0] * 30 + [1] * 30 + [2] * 6
    found = look(called(truth, [0] * 30 + [1] * 30 + [0, 1] * 3, 3))
    assert found["never_predicted"][0].evidence["true"] == "class 2"


def test_no_better_than_the_commonest_answer() -> None:
    truth = [0] * 80 + [1] * 20
    found = look(called(truth, [0] * 70 + [1] * 10 + [0] * 12 + [1] * 8, 2))
    assert "Always answering “class 0”" in found["baseline"][0].summary


def test_no_error_is_not_no_risk() -> None:
    (finding,) = look(called(np.arange(50) % 2, np.arange(50) % 2, 2))["nothing_wrong"]
    assert finding.severity is Severity.OK
    assert finding.evidence["error_rate_high"] == pytest.approx(0.071, abs=0.01)


def test_answers_that_are_not_numbers_come_first() -> None:
    scores = np.tile([0.9, 0.1], (20, 1))
    scores[3] = np.nan
    table = list(look(classified([0] * 20, scores)))
    assert table[0] == "not_finite"


def test_few_examples_are_said() -> None:
    found = look(called([0, 0, 1, 1], [0, 0, 1, 1], 2))
    assert found["few_examples"][0].severity is Severity.UNKNOWN


def test_empty_runs_say_nothing_wrong() -> None:
    assert look(classified(np.empty(0), np.empty((0, 3)))) == {}
    assert look(regressed([], [])) == {}


def noisy(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    y = rng.normal(150, 70, n)
    return y, y + rng.normal(0, 20, n)


def test_a_good_regression_is_left_alone() -> None:
    found = look(regressed(*noisy()))
    assert set(found) <= {"largest_error"}


def test_another_unit_is_noticed() -> None:
    y, f = noisy()
    (finding,) = look(regressed(y, f / 100))["wrong_scale"]
    assert finding.evidence["scale"] == pytest.approx(100, rel=0.1)
    assert finding.evidence["page"] == "doctor"


def test_bias_range_and_mean() -> None:
    y, f = noisy()
    assert "too high" in look(regressed(y, f + 30))["bias"][0].summary
    assert "better than the model" in look(regressed(y, y.mean() + (y.mean() - f)))["worse_than_the_mean"][0].summary
    (finding,) = look(regressed(y, np.where(y > np.quantile(y, 0.8), f + np.sign(f - y) * 80, f)))["worst_range"]
    assert finding.evidence["high"] == pytest.approx(y.max())


def test_the_largest_error_is_named() -> None:
    y, f = noisy()
    f[7] += 900
    (finding,) = look(regressed(y, f))["largest_error"]
    assert finding.evidence["example"] == "7"
    assert finding.severity is Severity.CAUTION
