"""What a model answers where nothing says what is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.answers import answer_counts, answer_table, least_sure_first
from analysis.figures import class_scores
from analysis.figures.answers import SHOWN, answer_bars, answer_histogram
from analysis.strings import Strings
from analysis.types import Predictions
from tests.unit.metrics.runs import classified, regressed

SCORES = np.array([[0.9, 0.1, 0.0], [0.4, 0.3, 0.3], [0.2, 0.2, 0.6], [0.1, 0.7, 0.2]], dtype=np.float32)


def unlabelled(labels: tuple[str, ...]) -> Predictions:
    run = classified(np.full(len(SCORES), -1), SCORES, labels)
    return replace(run, truth_labels=Strings(["unlabelled"] * len(SCORES)))


def test_answers_are_counted_a_label_named_twice_once() -> None:
    found = answer_counts(unlabelled(("cat", "dog", "cat")))
    assert [(count.label, count.n) for count in found] == [("cat", 3), ("dog", 1)]
    assert found[0].confidence == pytest.approx(0.6)


def test_the_least_sure_come_first() -> None:
    run = unlabelled(("cat", "dog", "cat"))
    assert least_sure_first(run).tolist() == [1, 2, 3, 0]
    assert least_sure_first(run, "cat").tolist() == [1, 2, 0]
    assert least_sure_first(run, "cow").tolist() == []
    values = regressed(np.full(3, np.nan), np.array([1.0, 3.0, 2.0]))
    assert least_sure_first(values).tolist() == [1, 2, 0]


def test_the_table_has_a_score_of_each_class() -> None:
    table = answer_table(unlabelled(("cat", "dog", "cow")))
    assert list(table.columns) == ["id", "answer", "score: cat", "score: dog", "score: cow"]
    assert table["answer"].tolist() == ["cat", "cat", "cow", "dog"]
    assert table["score: dog"].to_numpy() == pytest.approx(SCORES[:, 1])
    values = answer_table(regressed(np.full(2, np.nan), np.array([1.0, 3.0])))
    assert list(values.columns) == ["id", "answer"]


def test_whether_there_are_labels_is_told_by_any_of_them() -> None:
    run = unlabelled(("cat", "dog", "cow"))
    assert not run.has_labels
    assert replace(run, truth_labels=Strings(["unlabelled", "owl", "unlabelled", "unlabelled"])).has_labels
    assert not regressed(np.full(2, np.nan), np.ones(2)).has_labels
    assert regressed(np.array([np.nan, 1.0]), np.ones(2)).has_labels


def test_scores_without_labels_call_nothing_right_or_wrong() -> None:
    drawn = class_scores(unlabelled(("cat", "dog", "cow")), 0)
    assert drawn.title == "“cat”, 90 % sure"
    assert "true" not in drawn.data
    assert "✓" not in str(drawn.plot)


def test_many_answers_show_the_most_frequent() -> None:
    run = classified(np.full(40, -1), np.eye(40, dtype=np.float32), tuple(f"c{i}" for i in range(40)))
    drawn = answer_bars(answer_counts(run))
    assert len(drawn.plot.data[0].y) == SHOWN
    assert len(drawn.data) == 40
    assert f"the {SHOWN} most frequent of 40" in drawn.title
    assert "Half of the answers lie between" in answer_histogram(regressed(np.ones(9), np.arange(9.0))).title
