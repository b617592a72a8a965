"""The two runs that a diagnosis compares, example by example: what was wrong and is right, and the other way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.datasets.labels import encode_truth
from analysis.failures.confusion import OTHER, ConfusionMatrix, confusion
from analysis.preprocessing.doctor.result import Diagnosis
from analysis.strings import Strings
from analysis.types import Candidate, Dataset, IntArray, Kind, Pipeline, Predictions, Task


@dataclass(frozen=True)
class Sides:
    """Both pipelines on the examples that prove the diagnosis.

    Attributes
    ----------
    before, after : Predictions
        The same examples in the same order. Where the label order was fitted, `after` names each example's outputs
        by an assignment that never saw it.
    repaired, broken : ndarray of int64
        Positions in both: wrong before and right after, and the reverse. For a regression the examples whose error
        shrank or grew by more than a tenth of the answers' spread. Those that changed most come first.
    """

    before: Predictions
    after: Predictions
    repaired: IntArray
    broken: IntArray


def sides_of(candidate: Candidate, dataset: Dataset, pipeline: Pipeline, diagnosis: Diagnosis) -> Sides:
    """Return both runs of a diagnosis.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
    pipeline : Pipeline
        The one that was diagnosed.
    diagnosis : Diagnosis
        Of these three.
    """
    fitted = diagnosis.confirmed_classes is not None
    before = _predictions(candidate, dataset, pipeline, pipeline.labels, diagnosis, diagnosis.before)
    labels = pipeline.labels if fitted else diagnosis.pipeline.labels
    after = _predictions(candidate, dataset, diagnosis.pipeline, labels, diagnosis, diagnosis.after)
    if candidate.task.kind is Kind.REGRESSION:
        saved = _errors(before) - _errors(after)
        least = 0.1 * float(np.std(np.asarray(before.truth, dtype=np.float64)))
        gained, lost = saved > least, saved < -least
    else:
        right = [p.truth == p.predicted for p in (before, after)]
        gained, lost = ~right[0] & right[1], right[0] & ~right[1]
        saved = _on_truth(after) - _on_truth(before)
    return Sides(before, after, _ranked(gained, saved), _ranked(lost, -saved))


def _predictions(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    labels: tuple[str, ...],
    diagnosis: Diagnosis,
    scores: npt.NDArray[np.float32],
) -> Predictions:
    task = candidate.task
    names = labels or task.labels
    truth, words = encode_truth(dataset, names)
    rows = diagnosis.rows
    return Predictions(
        task=Task(task.kind, task.modality, names),
        ids=dataset.ids.take(rows),
        splits=Strings(dataset.table["split"].iloc[rows]),
        truth=truth[rows],
        truth_labels=words.take(rows) if task.kind is Kind.CLASSIFICATION else words,
        scores=scores,
        candidate=candidate.fingerprint,
        pipeline=pipeline.fingerprint,
        dataset=dataset.fingerprint,
    )


def _errors(predictions: Predictions) -> npt.NDArray[np.float64]:
    return np.abs(predictions.values - np.asarray(predictions.truth, dtype=np.float64))


def _on_truth(predictions: Predictions) -> npt.NDArray[np.float64]:
    """Return the score of each example's true label."""
    truth = np.asarray(predictions.truth, dtype=np.int64)
    return np.asarray(predictions.scores[np.arange(len(truth)), truth], dtype=np.float64)


def _ranked(chosen: npt.NDArray[np.bool_], by: npt.NDArray[np.float64]) -> IntArray:
    found = np.flatnonzero(chosen)
    return found[np.argsort(-by[found], kind="stable")].astype(np.int64)


def matrices(sides: Sides, *, limit: int = 30) -> tuple[ConfusionMatrix, ConfusionMatrix]:
    """Return the confusion matrices of both runs with the same classes in the same order, to stand side by side.

    Parameters
    ----------
    sides : Sides
        Of a classification.
    limit : int
        Classes that are shown by themselves: those most involved in errors before.
    """
    first = confusion(sides.before, limit=limit)
    shown = first.labels[:-1] if first.other else first.labels
    counts = [_counted(p, shown) for p in (sides.before, sides.after)]
    other = any(c[-1].any() or c[:, -1].any() for c in counts)
    labels = (*shown, OTHER) if other else shown
    size = len(labels)
    return (
        _matrix(sides.before, labels, counts[0][:size, :size], len(shown), other),
        _matrix(sides.after, labels, counts[1][:size, :size], len(shown), other),
    )


def _counted(predictions: Predictions, shown: tuple[str, ...]) -> IntArray:
    """Count true against predicted names; the last row and column are for all names that aren't shown."""
    place = {name: i for i, name in enumerate(shown)}
    of = np.array([place.get(name, len(shown)) for name in predictions.task.labels], dtype=np.int64)
    counts = np.zeros((len(shown) + 1, len(shown) + 1), dtype=np.int64)
    np.add.at(counts, (of[np.asarray(predictions.truth, dtype=np.int64)], of[predictions.predicted]), 1)
    return counts


def _matrix(
    predictions: Predictions, labels: tuple[str, ...], counts: IntArray, single: int, other: bool
) -> ConfusionMatrix:
    position = {name: i for i, name in enumerate(predictions.task.labels)}
    order = np.array([position[name] for name in labels[:single]], dtype=np.int64)
    return ConfusionMatrix(labels, labels, counts, order, other, 0, len(predictions.task.labels))
