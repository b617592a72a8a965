"""What large runs are worked out by agrees with what small ones are, and says where it rests on a part."""

from __future__ import annotations

import dataclasses
import importlib

import numpy as np
import pandas as pd
import pytest

from analysis import sampling
from analysis.failures.properties import Properties
from analysis.failures.slices import find as slices
from analysis.failures.slices.predicates import cut
from analysis.metrics import calibration, intervals, thresholds
from analysis.metrics.curves import one_class
from analysis.neighbours import Embeddings
from analysis.patterns import groups as patterns
from analysis.strings import Strings
from analysis.types import Kind, Modality, Predictions, Task

nearest = importlib.import_module("analysis.neighbours.nearest")  # The package has a function of this name.
LABELS = ("cat", "dog", "owl", "elk")


def run(n: int, seed: int = 0) -> tuple[Predictions, np.ndarray]:
    """Return a run that is right in four of five cases, less so for one in five examples, and which these are."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(len(LABELS), size=n)
    hard = rng.random(n) < 0.2
    logits = rng.normal(size=(n, len(LABELS)))
    logits[np.arange(n), truth] += np.where(hard, 0.8, 2.8)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    task = Task(Kind.CLASSIFICATION, Modality.TABULAR, LABELS)
    ids = Strings([str(i) for i in range(n)])
    names = Strings.coded(truth, LABELS)
    return Predictions(task, ids, Strings.coded(np.zeros(n, int), ["all"]), truth, names, scores, "c", "p", "d"), hard


def test_a_part_of_a_run_is_what_its_rows_say() -> None:
    whole, _ = run(500)
    rows = np.array([7, 3, 499, 3])
    part = whole.take(rows)
    assert part.ids == ("7", "3", "499", "3")
    assert part.truth.tolist() == whole.truth[rows].tolist()
    assert part.predicted.tolist() == whole.predicted[rows].tolist()
    assert part.truth_labels == tuple(whole.truth_labels[int(row)] for row in rows)
    assert len(whole.take(whole.predicted == 2)) == int((whole.predicted == 2).sum())
    with pytest.raises(ValueError, match="read-only"):
        whole.predicted[0] = 1


def test_a_draw_is_the_same_every_time_and_says_so() -> None:
    some, again = sampling.draw(1_000_000, 20_000), sampling.draw(1_000_000, 20_000)
    assert np.array_equal(some.rows, again.rows)
    assert len(np.unique(some.rows)) == 20_000
    assert (np.diff(some.rows) > 0).all()
    assert some.sentence == "From 20,000 of 1,000,000 examples, drawn at random."
    assert sampling.draw(20_000, 20_000).all
    assert sampling.draw(20_000, 20_000).sentence == ""


def test_the_calibration_error_of_many_has_the_interval_that_resampling_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = run(15_000)
    resampled = calibration.calibration_error(found)
    monkeypatch.setattr(intervals, "LARGE", 1_000)
    by_law = calibration.calibration_error(found)
    assert resampled is not None
    assert by_law is not None
    assert by_law.error.value == pytest.approx(resampled.error.value, abs=1e-12)
    width = resampled.error.high - resampled.error.low
    assert by_law.error.low == pytest.approx(resampled.error.low, abs=0.12 * width)
    assert by_law.error.high == pytest.approx(resampled.error.high, abs=0.12 * width)
    assert by_law.by_chance == pytest.approx(resampled.by_chance, rel=0.1)
    assert "normal approximation" in by_law.error.method


def test_costs_are_counted_as_they_were_summed() -> None:
    found, _ = run(3_000)
    one = one_class(found, "owl")
    one = dataclasses.replace(one, scores=np.round(one.scores, 2))  # Scores that equal a threshold count as above it.
    rows, grid = np.arange(2_000), np.linspace(0, 1, thresholds.GRID)
    summed = [thresholds._costs(one, rows, t, (3.0, 0.5)).mean() for t in grid]
    assert thresholds._sweep(one, rows, grid, (3.0, 0.5)) == pytest.approx(summed, abs=1e-12)


def _properties(hard: np.ndarray) -> Properties:
    rng = np.random.default_rng(1)
    words = np.where(hard, "fog", rng.choice(["sun", "rain"], len(hard)))
    return Properties(pd.DataFrame({"weather": words, "age": rng.normal(size=len(hard))}), {})


def test_slices_ranked_on_a_part_are_tested_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    found, hard = run(50_000)
    predicates = cut(_properties(hard), least=slices.least_size(len(found)))
    ranked = []
    rank = slices._ranked

    def counted(codes: np.ndarray, *rest: object) -> object:
        ranked.append(len(codes))
        return rank(codes, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(slices, "_ranked", counted)
    on_a_part = slices.find_slices(found, predicates)
    monkeypatch.setattr(slices, "SEARCHED", 10**9)
    on_all = slices.find_slices(found, predicates)
    assert ranked == [20_000, 50_000]
    assert on_a_part.drawn == "From 20,000 of 50,000 examples, drawn at random."
    assert on_all.drawn == ""
    worst, same = on_a_part.significant[0], on_all.significant[0]
    assert worst.name == same.name == "weather: fog"
    assert worst.rate == same.rate
    assert worst.p_adjusted == same.p_adjusted
    assert np.array_equal(worst.rows, same.rows)
    assert on_a_part.tried == on_all.tried


def test_slices_that_are_large_enough_are_all_counted() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(-1, 4, size=(400, 3)).astype(np.int16)
    pairs = [(column, level) for column in range(3) for level in range(4)]
    masks = [codes[:, column] == level for column, level in pairs]
    both = [
        (first & second).sum() for i, first in enumerate(masks) for second in masks[i:] if (first & second).any()
    ]  # fmt: skip
    assert slices._tried(codes, 20) == sum(size >= 20 for size in both)


def test_what_failures_share_is_looked_for_among_a_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = run(50_000)
    every = np.arange(len(found))
    groups = patterns.groups_of(found, every)
    wrong = np.flatnonzero(found.predicted != found.truth)
    assert len(groups.failures) == patterns.EXPLAINED
    assert groups.of == len(wrong)
    assert set(groups.failures.tolist()) <= set(wrong.tolist())
    assert groups.drawn == f"From 1,000 of {len(wrong):,} failures, drawn at random."
    scores = np.array(found.scores)
    scores[np.arange(len(found)), found.truth] = -1
    assert np.array_equal(groups.targets, scores.argmax(axis=1))
    monkeypatch.setattr(patterns, "EXPLAINED", 10**9)
    assert patterns.groups_of(found, every).drawn == ""


def test_agreement_among_many_is_told_by_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = run(2_500)
    vectors = np.eye(len(LABELS), dtype=np.float32)[found.truth]
    vectors += np.random.default_rng(0).normal(scale=0.05, size=vectors.shape).astype(np.float32)
    space = Embeddings(vectors, "a space", "straight distance")
    whole = nearest.agreement(space, found)
    monkeypatch.setattr(nearest, "AMONG", 1_000)
    part = nearest.agreement(space, found)
    assert whole is not None
    assert part is not None
    assert whole.drawn == ""
    assert part.drawn == "From 1,000 of 2,500 examples, drawn at random."
    assert part.share.value > 0.9
    assert part.share.n == 1_000
