"""Suspect labels: planted ones come first; decisions are kept, taken back, and change the numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import storage
from analysis.errors import UnusableInput
from analysis.failures.decisions import Choice, Decision, accepted, decide, decisions_on, take_back
from analysis.failures.suspects import corrected, find_suspects
from analysis.metrics import summarise
from analysis.types import Dataset, Kind, Modality
from tests.unit.metrics.runs import called, classified, random_run, regressed


def test_planted_errors_come_first() -> None:
    run = random_run(500, 4, sharpness=6.0)
    wrong = {run.ids[i]: run.task.labels[(int(run.truth[i]) + 1) % 4] for i in range(0, 500, 20)}
    found = find_suspects(corrected(run, wrong))
    first = {s.example for s in found.ranked[:25]}
    assert len(first & set(wrong)) >= 22
    assert len({s.example for s in found.likely} & set(wrong)) >= 20
    for suspect in found.ranked:
        assert suspect.given != suspect.suggested
        assert run.ids[suspect.row] == suspect.example
    values = [s.quality for s in found.likely]
    assert values == sorted(values)


def test_a_run_without_errors_has_no_suspect() -> None:
    truth = np.arange(60) % 3
    assert find_suspects(called(truth, truth, 3)).ranked == ()


@pytest.mark.parametrize(
    "run",
    [
        classified([], np.empty((0, 3))),
        classified([-1, -1], np.ones((2, 3))),
        classified([0] * 30, np.tile([0.2, 0.8], (30, 1))),
        classified([0, 0, 0], np.ones((3, 1))),
        classified([0, 1, 0, 1], [[np.nan, 1], [0.5, 0.5], [np.inf, 0], [0, 0]]),
    ],
)
def test_odd_runs_are_ranked_without_an_error(run: object) -> None:
    found = find_suspects(run)  # type: ignore[arg-type]
    assert found.n >= len(found.ranked)


def test_splits_that_a_model_learned_from_are_named() -> None:
    run = random_run(40, 3)
    assert find_suspects(replace(run, splits=("Train",) * 20 + ("test",) * 20)).learned == ("Train",)


def test_a_regression_is_refused() -> None:
    with pytest.raises(UnusableInput, match="regression"):
        find_suspects(regressed([1.0, 2.0], [1.0, 2.0]))


def test_corrected_labels_change_the_numbers_and_strangers_nothing() -> None:
    run = called([0, 0, 1, 1], [0, 1, 1, 1], 2)
    better = corrected(run, {run.ids[1]: "class 1", run.ids[0]: "no such label", "nobody": "class 1"})
    assert summarise(run)["accuracy"].value == 0.75
    assert summarise(better)["accuracy"].value == 1
    assert better.truth_labels[1] == "class 1"
    assert run.truth_labels[1] == "class 0"


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    table = pd.DataFrame({"id": ["a"], "split": ["x"], "label": ["cat"]})
    return Dataset("d", "d", Modality.TEXT, Kind.CLASSIFICATION, table, lambda _rows: ["t"], (), "f00d")


def test_decisions_are_kept_replaced_and_taken_back(dataset: Dataset) -> None:
    decide(dataset, Decision("a", "cat", "dog", Choice.ACCEPT))
    decide(dataset, Decision("b", "cat", "cat", Choice.REJECT))
    assert accepted(decisions_on(dataset)) == {"a": "dog"}
    decide(dataset, Decision("a", "cat", "cat", Choice.SKIP))
    assert list(decisions_on(dataset)) == ["b", "a"]
    assert accepted(decisions_on(dataset)) == {}
    take_back(dataset, "b")
    take_back(dataset, "never decided")
    assert list(decisions_on(dataset)) == ["a"]


def test_a_damaged_file_of_decisions_is_read_as_far_as_it_goes(dataset: Dataset) -> None:
    path = storage.home() / "labels" / "f00d.json"
    storage.write_json(path, [{"example": "a"}, 3, {"example": "b", "given": "x", "label": "y", "choice": "accept"}])
    assert list(decisions_on(dataset)) == ["b"]
    path.write_text("{")
    assert decisions_on(dataset) == {}
