"""What the rules of `next_steps` look at, computed once for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.types import Candidate, Dataset, IntArray, Kind, Predictions


@dataclass(frozen=True)
class Seen:
    """A run and what the rules need of it.

    Attributes
    ----------
    predictions : Predictions
    dataset : Dataset
    candidate : Candidate
    answers : ndarray of int64, shape (n,)
        Classification: the predicted positions; empty for a regression.
    confidence : ndarray of float32, shape (n,)
        Classification: the score of the answer; empty for a regression.
    hits : ndarray of float64, shape (n,)
        Higher is better: 1 or 0 for right or wrong; minus the absolute error.
    judged : ndarray of int64
        Positions of the examples that can be judged: the model knows their label.
    broken : int
        Examples with scores that are not finite.
    splits : mapping of str to ndarray of int64
        Positions of the judged examples of each split.
    """

    predictions: Predictions
    dataset: Dataset
    candidate: Candidate
    answers: IntArray
    confidence: npt.NDArray[np.float32]
    hits: npt.NDArray[np.float64]
    judged: IntArray
    broken: int
    splits: Mapping[str, IntArray]

    @property
    def wrong(self) -> IntArray:
        """Classification: positions of the judged examples that the model got wrong."""
        rows: IntArray = self.judged[self.hits[self.judged] == 0]
        return rows

    @property
    def accuracy(self) -> float:
        """Classification: share of the judged examples that are right; 0 where there is none."""
        return float(self.hits[self.judged].mean()) if len(self.judged) else 0.0


def look(predictions: Predictions, dataset: Dataset, candidate: Candidate) -> Seen:
    """Compute what the rules share."""
    judged = np.flatnonzero(predictions.known).astype(np.int64)
    if predictions.task.kind is Kind.REGRESSION:
        values = predictions.values
        answers, confidence = np.empty(0, np.int64), np.empty(0, np.float32)
        broken = int((~np.isfinite(values)).sum())
        hits = -np.abs(values - np.asarray(predictions.truth, np.float64))
    else:
        answers, confidence = predictions.predicted, predictions.confidence
        broken = int((~np.isfinite(confidence)).sum())
        hits = (answers == predictions.truth).astype(np.float64)
    codes, names = predictions.splits.take(judged).factorised
    groups = {name: judged[codes == i] for i, name in enumerate(names)}
    return Seen(predictions, dataset, candidate, answers, confidence, hits, judged, broken, groups)
