"""The steps on a model's answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.outputs import apply_outputs
from analysis.types import Json, Kind, Modality, Pipeline, Step, Task

CLASSES = Task(Kind.CLASSIFICATION, Modality.TEXT, ("a", "b", "c"))
VALUES = Task(Kind.REGRESSION, Modality.TABULAR, ("years",))


def made(modality: Modality, **steps: dict[str, Json]) -> Pipeline:
    return check_pipeline(Pipeline(modality, tuple(Step(name, params) for name, params in steps.items())))


def test_names_change_without_touching_memory_mapped_scores(tmp_path: Path) -> None:
    np.save(tmp_path / "scores.npy", np.ones((4, 3), dtype=np.float32))
    mapped = np.load(tmp_path / "scores.npy", mmap_mode="r")
    scores, labels = apply_outputs(mapped, CLASSES, made(Modality.TEXT, label_order={"labels": ["c", "a", "b"]}))
    assert scores is mapped
    assert labels == ("c", "a", "b")


def test_no_names_are_the_models_own() -> None:
    assert apply_outputs(np.ones((1, 3), dtype=np.float32), CLASSES, made(Modality.TEXT))[1] == ("a", "b", "c")


def test_another_number_of_names_is_refused() -> None:
    with pytest.raises(UnusableInput, match="2 labels, but the model has 3"):
        apply_outputs(
            np.ones((1, 3), dtype=np.float32), CLASSES, made(Modality.TEXT, label_order={"labels": ["a", "b"]})
        )


def test_answers_are_brought_to_another_unit_and_the_array_is_left_alone() -> None:
    values = np.array([[1.0], [2.0]], dtype=np.float32)
    values.flags.writeable = False
    scores, labels = apply_outputs(values, VALUES, made(Modality.TABULAR, target_scale={"scale": 10, "offset": -1}))
    assert scores.tolist() == [[9], [19]]
    assert scores.dtype == np.float32
    assert labels == ("years",)
    assert apply_outputs(values, VALUES, made(Modality.TABULAR, target_scale={}))[0] is values


def test_probabilities_are_never_rescaled() -> None:
    scores = np.full((1, 3), 1 / 3, dtype=np.float32)
    assert apply_outputs(scores, CLASSES, made(Modality.TEXT, target_scale={"scale": 10}))[0] is scores
