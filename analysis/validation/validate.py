"""All that is said about data that the model has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.failures.properties import properties_of
from analysis.failures.suspects import LEARNED
from analysis.metrics import intervals, summarise
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Estimate, IntArray, Kind, Pipeline, Predictions
from analysis.validation.drift import Drift, drifts
from analysis.validation.duplicates import Duplicates, find_duplicates
from analysis.validation.scope import embeddings, strangers


@dataclass(frozen=True)
class SplitScore:
    """How the model fares on one split.

    Attributes
    ----------
    split : str
    score : Estimate
        Accuracy, or mean absolute error.
    clean : Estimate
        The same without the examples that have a duplicate in the reference split.
    leaking : int
        How many those are.
    gap : Estimate or None
        How much worse than on the reference split: above 0 is worse; None for the reference itself.
    drift : tuple of Drift
        What is different from the reference split, the largest difference first.
    """

    split: str
    score: Estimate
    clean: Estimate
    leaking: int
    gap: Estimate | None
    drift: tuple[Drift, ...]


@dataclass(frozen=True)
class Validation:
    """What was found.

    Attributes
    ----------
    kind : Kind
    reference : str
        The split that the others are compared with: one called train, else the first.
    splits : tuple of SplitScore
        The reference first.
    duplicates : Duplicates
        Their rows are positions in the predictions.
    strangers : ndarray of int64
        Positions of examples far from all others, the farthest first.
    embedded : bool
        Whether the model let its embeddings be looked at.
    """

    kind: Kind
    reference: str
    splits: tuple[SplitScore, ...]
    duplicates: Duplicates
    strangers: IntArray
    embedded: bool


def validate(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Validation:
    """Look whether a run's numbers hold on unseen data.

    Parameters
    ----------
    predictions : Predictions
        Over all splits.
    dataset, candidate, pipeline
        What the run was made with.
    progress : Progress, optional

    Raises
    ------
    Cancelled
    """
    progress = progress or Progress()
    place = {str(example): row for row, example in enumerate(dataset.table["id"])}
    rows = np.array([place[example] for example in predictions.ids], dtype=np.int64)
    names = list(dict.fromkeys(predictions.splits))
    reference = next((n for n in names if n.casefold() in LEARNED), names[0] if names else "")
    duplicates = find_duplicates(dataset, rows, progress=progress)
    splits = list(predictions.splits)
    leaking = duplicates.leaking(splits, reference)
    table = properties_of(dataset, rows, candidate, pipeline, progress=progress).table
    table = table.drop(columns=[c for c in ("split",) if c in table.columns])
    if predictions.task.kind is Kind.CLASSIFICATION:
        table = table.assign(**{"label (classes)": list(predictions.truth_labels)})
    of = np.array(splits, dtype=object)
    base = np.flatnonzero(of == reference)
    scores = []
    for name in [reference, *(n for n in names if n != reference)] if names else []:
        mine = np.flatnonzero(of == name)
        clean = np.setdiff1d(mine, leaking)
        gap = None if name == reference else _gap(predictions, base, mine)
        moved = () if name == reference else drifts(table.iloc[base], table.iloc[mine])
        found = _score(predictions, mine)
        scores.append(SplitScore(name, found, _score(predictions, clean), len(mine) - len(clean), gap, moved))
    vectors = embeddings(candidate, dataset, rows, pipeline, progress)
    far = strangers(vectors)[0] if vectors is not None else np.empty(0, np.int64)
    return Validation(predictions.task.kind, reference, tuple(scores), duplicates, far, vectors is not None)


def part_of(predictions: Predictions, rows: IntArray) -> Predictions:
    """Return a run over some of its examples."""
    return replace(
        predictions,
        ids=tuple(predictions.ids[i] for i in rows),
        splits=tuple(predictions.splits[i] for i in rows),
        truth=predictions.truth[rows],
        truth_labels=tuple(predictions.truth_labels[i] for i in rows) if predictions.truth_labels else (),
        scores=predictions.scores[rows],
    )


def _score(predictions: Predictions, rows: IntArray) -> Estimate:
    key = "accuracy" if predictions.task.kind is Kind.CLASSIFICATION else "mae"
    found = summarise(part_of(predictions, rows)) if len(rows) else {}
    nothing = Estimate(float("nan"), float("nan"), float("nan"), 0, "no example")
    return found.get(key, nothing)


def _gap(predictions: Predictions, base: IntArray, mine: IntArray) -> Estimate | None:
    known = predictions.known
    base, mine = base[known[base]], mine[known[mine]]
    if len(base) < 2 or len(mine) < 2:
        return None
    truth = np.asarray(predictions.truth)
    if predictions.task.kind is Kind.CLASSIFICATION:
        wrong = (predictions.predicted != truth).astype(np.float64)
        return newcombe(float(wrong[mine].sum()), len(mine), float(wrong[base].sum()), len(base))
    from scipy import stats

    errors = np.abs(predictions.values - truth)
    found = stats.ttest_ind(errors[mine], errors[base], equal_var=False).confidence_interval(intervals.LEVEL)
    value = float(errors[mine].mean() - errors[base].mean())
    return Estimate(value, float(found.low), float(found.high), len(mine) + len(base), "Welch")


def newcombe(a: float, n: int, b: float, m: int) -> Estimate:
    """Return the difference of two independent shares a / n − b / m with Newcombe's hybrid score interval (1998)."""
    p, q = a / n, b / m
    (low_p, high_p), (low_q, high_q) = intervals.wilson_bounds(a, n), intervals.wilson_bounds(b, m)
    low = p - q - float(np.sqrt((p - low_p) ** 2 + (high_q - q) ** 2))
    high = p - q + float(np.sqrt((high_p - p) ** 2 + (q - low_q) ** 2))
    return Estimate(p - q, low, high, n + m, "Newcombe")
