"""From a run to what the rules look at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import runs
from analysis.errors import UnusableInput
from analysis.failures.causes.base import Material
from analysis.failures.causes.space import Space, locate
from analysis.failures.fragments import READING, characters_per_token
from analysis.failures.properties import PROPERTIES
from analysis.failures.suspects import Suspect, find_suspects
from analysis.neighbours import embeddings_of
from analysis.preprocessing.doctor.result import Conclusion, Diagnosis
from analysis.preprocessing.doctor.sides import sides_of
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, IntArray, Kind, Modality, Pipeline, Predictions

#: Well answered examples that are read to see what is usual.
USUAL = 300


def tolerance_of(predictions: Predictions) -> float:
    """Return the absolute error above which a regression's answer counts as a failure; NaN for classes.

    It is the mean distance of the targets from their median: who answers the median whatever the input is off by that
    much on average.
    """
    if predictions.task.kind is not Kind.REGRESSION:
        return float("nan")
    truth = np.asarray(predictions.truth, dtype=np.float64)
    return float(np.abs(truth - np.median(truth)).mean()) if len(truth) else 0.0


def answered_well(predictions: Predictions, tolerance: float) -> npt.NDArray[np.bool_]:
    """Return which examples are right, or off by at most the tolerance, bool (n,)."""
    if predictions.task.kind is Kind.REGRESSION:
        errors = np.abs(predictions.values - np.asarray(predictions.truth, dtype=np.float64))
        return np.asarray(errors <= tolerance, dtype=np.bool_)
    return np.asarray(predictions.truth == predictions.predicted, dtype=np.bool_)


def gather(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    diagnosis: Diagnosis | None,
    *,
    split: str | None,
    progress: Progress,
) -> tuple[Material, tuple[str, ...]]:
    """Return what the rules look at, and in sentences what could not be looked at.

    Parameters
    ----------
    predictions : Predictions
        The run whose failures are explained, over `split`.
    dataset, candidate, pipeline
        What it was made with.
    diagnosis : Diagnosis or None
        Of this pipeline.
    split : str or None
    progress : Progress

    Raises
    ------
    Cancelled
    """
    rows = dataset.rows_of(predictions)
    tolerance = tolerance_of(predictions)
    right = answered_well(predictions, tolerance)
    failures = np.flatnonzero(~right).astype(np.int64)
    repaired, used, well = predictions, pipeline, right
    if diagnosis is not None and diagnosis.conclusion is Conclusion.MISMATCH and len(failures):
        used = diagnosis.pipeline
        repaired, well = _repaired(predictions, dataset, candidate, pipeline, diagnosis, split, tolerance, progress)
    remaining = failures[~well[failures]]
    space, notes = _space(repaired, well, remaining, dataset, candidate, used, rows, progress)
    suspects, more = _suspects(repaired)
    readings, usual = _readings(remaining, well, dataset, candidate, used, rows, progress)
    material = Material(
        predictions=predictions,
        repaired=repaired,
        right=right,
        right_repaired=well,
        failures=failures,
        candidate=candidate,
        dataset=dataset,
        pipeline=used,
        rows=rows,
        diagnosis=diagnosis,
        suspects=suspects,
        space=space,
        readings=readings,
        usual=usual,
        tolerance=tolerance,
    )
    return material, (*notes, *more)


def _repaired(
    predictions: Predictions,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    diagnosis: Diagnosis,
    split: str | None,
    tolerance: float,
    progress: Progress,
) -> tuple[Predictions, npt.NDArray[np.bool_]]:
    """Return the run through the proved pipeline, in the order of `predictions`, and what is right in it."""
    after = runs.run(candidate, dataset, diagnosis.pipeline, split=split, progress=progress)
    order = predictions.ids.positions_in(after.ids)
    if (order < 0).any():  # An example that only the pipeline in use can read: nothing is repaired then.
        return predictions, answered_well(predictions, tolerance)
    aligned = after.take(order)
    well = answered_well(aligned, tolerance)
    if diagnosis.confirmed_classes is not None:
        # The label order was fitted on these very examples: what counts is the answer by those that left it out.
        sides = sides_of(candidate, dataset, pipeline, diagnosis).after
        here = sides.ids.positions_in(predictions.ids)
        well[here[here >= 0]] = answered_well(sides, tolerance)[here >= 0]
    return aligned, well


def _space(
    run: Predictions,
    well: npt.NDArray[np.bool_],
    remaining: IntArray,
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    rows: IntArray,
    progress: Progress,
) -> tuple[Space | None, tuple[str, ...]]:
    if not len(remaining):
        return None, ()
    try:
        embeddings = embeddings_of(candidate, dataset, pipeline, rows, progress=progress)
    except UnusableInput as error:
        return None, (f"Neighbours were not looked at: {error.what} Nothing is called ambiguous, or far away.",)
    found = locate(embeddings, remaining, well, run.known)
    if not len(found.usual):
        return found, (f"Too few examples are answered well ({int(well.sum())}) to say what lies far from them.",)
    return found, ()


def _suspects(run: Predictions) -> tuple[dict[int, Suspect], tuple[str, ...]]:
    if run.task.kind is Kind.REGRESSION:
        return {}, ("Labels are not suspected: the target of a regression has no other label to suggest.",)
    found = find_suspects(run)
    notes: tuple[str, ...] = ()
    if found.learned:
        said = ", ".join(found.learned)
        notes = (f"The model may have learned from {said}: there it repeats wrong labels instead of showing them.",)
    return {s.row: s for s in found.likely}, notes


def _readings(
    remaining: IntArray,
    well: npt.NDArray[np.bool_],
    dataset: Dataset,
    candidate: Candidate,
    pipeline: Pipeline,
    rows: IntArray,
    progress: Progress,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the inputs of failures, and of some well answered examples to compare with."""
    good = np.flatnonzero(well)
    if len(good) > USUAL:
        good = np.sort(np.random.default_rng(0).choice(good, USUAL, replace=False))
    both = np.concatenate([remaining, good]).astype(np.int64)
    if not len(remaining):
        return pd.DataFrame(), pd.DataFrame()
    table = PROPERTIES[dataset.modality][1](dataset, rows[both], candidate, pipeline, progress)
    if dataset.modality is Modality.TEXT:
        sizes = characters_per_token(dataset, rows[both], candidate, pipeline)
        table = table if sizes is None else table.assign(**{READING: sizes})
    table.index = pd.Index(both)
    return table.iloc[: len(remaining)], table.iloc[len(remaining) :]
