"""Does the confidence keep what it promises? Accuracy by range of confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.metrics.intervals import wilson
from analysis.metrics.tally import CHUNK_VALUES
from analysis.types import Estimate, Predictions


@dataclass(frozen=True)
class ReliabilityBin:
    """The examples with a confidence in one range.

    Attributes
    ----------
    low, high : float
        Ends of the range; a confidence equal to an end belongs to the bin below it.
    n : int
    confidence : float
        Its mean.
    accuracy : Estimate
        Share that is right, with Wilson's interval.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: Estimate


def reliability(predictions: Predictions, *, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Return accuracy by confidence in bins of equal width (Guo et al. 2017), leaving out empty ones.

    Parameters
    ----------
    predictions : Predictions
        A classification run; examples whose label the model doesn't know are left out.
    bins : int
    """
    n, k = predictions.scores.shape
    truth = np.asarray(predictions.truth, dtype=np.int64)
    totals = np.zeros((3, bins))
    step = max(1, CHUNK_VALUES // max(1, k))
    for start in range(0, n, step):
        scores = np.asarray(predictions.scores[start : start + step])
        answer, part = scores.argmax(axis=1), truth[start : start + step]
        sure = scores[np.arange(len(scores)), answer].astype(np.float64)
        kept = (part >= 0) & np.isfinite(sure)
        place = np.clip(np.ceil(sure[kept] * bins).astype(np.int64) - 1, 0, bins - 1)
        for row, weight in enumerate((None, sure[kept], (answer == part)[kept].astype(np.float64))):
            totals[row] += np.bincount(place, weight, minlength=bins)
    return tuple(
        ReliabilityBin(i / bins, (i + 1) / bins, int(size), float(sure / size), wilson(float(right), int(size)))
        for i, (size, sure, right) in enumerate(totals.T)
        if size
    )
