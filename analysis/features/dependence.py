"""Partial dependence (Friedman 2001) and curves of single examples (ICE; Goldstein et al. 2015, arXiv:1309.6392)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UnusableInput
from analysis.features.rows import columns_of, drawn_rows, raw_rows
from analysis.metrics.intervals import student
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Estimate, Kind, Pipeline, Predictions
from analysis.what_if.answers import scores_of
from analysis.what_if.tables import ranges_of

Floats = npt.NDArray[np.float64]

#: Rows whose curves are made.
ROWS = 200


@dataclass(frozen=True)
class Dependence:
    """How the answer moves as one column is set to one value after the other, all else left as it is.

    Attributes
    ----------
    feature, target : str
        Column, and the label whose probability is followed, or the target of a regression.
    values : tuple
        Ascending quantiles of all of the data, or categories, the most frequent first.
    numeric : bool
    curves : ndarray of float64, shape (rows, values)
        One curve an example: the probability of the target, or the value.
    ids : tuple of str
        The examples.
    own : tuple
        Each example's own value.
    mean, low, high : ndarray of float64, shape (values,)
        Partial dependence, and its 95 % interval at each value by itself (Student's t over examples).
    moved : Estimate
        Mean change of an example's answer between the values with the lowest and the highest mean, with its paired
        interval. Which two was chosen after looking: it is a description, not a test.
    start, end : int
        Those two values' positions, in the order of the axis.
    opposite : float
        Share of examples that move the other way between them.
    regression : bool
    """

    feature: str
    target: str
    values: tuple[Any, ...]
    numeric: bool
    curves: Floats
    ids: tuple[str, ...]
    own: tuple[Any, ...]
    mean: Floats
    low: Floats
    high: Floats
    moved: Estimate
    start: int
    end: int
    opposite: float
    regression: bool


def partial_dependence(
    candidate: Candidate,
    dataset: Dataset,
    pipeline: Pipeline,
    predictions: Predictions,
    feature: str,
    target: str | None = None,
    *,
    most: int = ROWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Dependence:
    """Set one raw column to each of its values in turn, and follow the answers.

    Parameters
    ----------
    candidate, dataset, pipeline : Candidate, Dataset, Pipeline
    predictions : Predictions
        Of those three; its examples are followed.
    feature : str
    target : str, optional
        Label whose probability is followed; of a classification the first where not given.
    most : int
        Examples, drawn where there are more.
    seed : int
    progress : Progress, optional

    Raises
    ------
    UnusableInput
        If there is no such column or label, or the column never varies.
    Cancelled
    """
    if feature not in columns_of(dataset, pipeline):
        known = ", ".join(columns_of(dataset, pipeline)[:20])
        raise UnusableInput(f"The model is fed no column “{feature}”.", f"Choose one of: {known}.")
    labels = predictions.task.labels
    if target is not None and target not in labels:
        raise UnusableInput(f"The model has no label “{target}”.", f"Choose one of: {', '.join(labels[:40])}.")
    output = 0 if target is None else labels.index(target)
    ranges = ranges_of(dataset, [feature])
    numeric = feature in ranges.numbers
    values: tuple[Any, ...] = tuple(ranges.numbers.get(feature) or ranges.categories.get(feature, ()))
    if len(values) < 2:
        raise UnusableInput(f"“{feature}” never varies in the data.", "Choose another column.")
    places = drawn_rows(predictions, most, seed)
    frame = raw_rows(dataset, predictions, places)
    progress = progress or Progress()
    progress.start("Following answers", len(values) * len(frame))
    many = pd.concat([frame] * len(values), ignore_index=True)
    column = pd.Series(np.repeat(np.array(values, dtype=None if numeric else object), len(frame)))
    if numeric and feature in ranges.whole and pd.api.types.is_integer_dtype(frame[feature]):
        column = column.astype(np.int64)
    scores = scores_of(candidate, many.assign(**{feature: column}), pipeline, progress=progress)
    curves = scores[:, output].astype(np.float64).reshape(len(values), len(frame)).T
    own = tuple(frame[feature].tolist())
    ids = tuple(predictions.ids.take(places))
    regression = predictions.task.kind is Kind.REGRESSION
    return _summarised(feature, labels[output], values, numeric, curves, ids, own, regression)


def _summarised(
    feature: str,
    target: str,
    values: tuple[Any, ...],
    numeric: bool,
    curves: Floats,
    ids: tuple[str, ...],
    own: tuple[Any, ...],
    regression: bool,
) -> Dependence:
    mean = curves.mean(axis=0)
    bounds = np.array([student(column) for column in curves.T])
    start, end = sorted((int(mean.argmin()), int(mean.argmax())))
    change = curves[:, end] - curves[:, start]
    low, high = student(change)
    moved = Estimate(float(change.mean()), low, high, len(change), "Student's t over examples, paired")
    opposite = float((change * np.sign(moved.value) < 0).mean())
    return Dependence(
        feature, target, values, numeric, curves, ids, own, mean, bounds[:, 0], bounds[:, 1], moved, start, end,
        opposite, regression,
    )  # fmt: skip
