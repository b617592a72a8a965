"""Where a regression fails: its largest errors, and its errors by range of the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.metrics import intervals
from analysis.types import Estimate, IntArray, Predictions


@dataclass(frozen=True)
class RangeErrors:
    """How large the errors are for true values in one range.

    Attributes
    ----------
    low, high : float
        Ends of the range, in the target's unit; only the last one holds its upper end.
    n : int
    bias : Estimate
        Mean of predicted minus true: above 0 the model answers too high.
    mae : Estimate
        Mean absolute error.
    """

    low: float
    high: float
    n: int
    bias: Estimate
    mae: Estimate


def residuals(predictions: Predictions) -> npt.NDArray[np.float64]:
    """Return predicted minus true, float64 (n,), in the target's unit: above 0 the model answers too high."""
    errors: npt.NDArray[np.float64] = predictions.values - np.asarray(predictions.truth, dtype=np.float64)
    return errors


def worst_errors(predictions: Predictions, top: int = 20) -> IntArray:
    """Return the examples with the largest absolute errors, largest first, int64 (at most `top`,)."""
    size = np.abs(residuals(predictions))
    if top >= len(size):
        return np.argsort(-size, kind="stable").astype(np.int64)
    # A full sort of a million errors to show twenty of them is wasted.
    kept = np.argpartition(-size, top)[:top]
    return kept[np.lexsort((kept, -size[kept]))].astype(np.int64)


def errors_by_range(predictions: Predictions, bins: int = 5) -> tuple[RangeErrors, ...]:
    """Return the errors in ranges of the true value that hold about equally many examples.

    Parameters
    ----------
    predictions : Predictions
        A regression run.
    bins : int
        At most so many; fewer where the target has few values.

    Returns
    -------
    tuple of RangeErrors
        From the lowest range to the highest; empty where there is no example.
    """
    if not len(predictions):
        return ()
    y = np.asarray(predictions.truth, dtype=np.float64)
    errors = residuals(predictions)
    edges = np.unique(np.quantile(y, np.linspace(0, 1, bins + 1)))
    if len(edges) == 1:
        edges = np.repeat(edges, 2)
    place = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, len(edges) - 2)
    out = []
    for i in range(len(edges) - 1):
        part = errors[place == i]
        if len(part):
            out.append(RangeErrors(float(edges[i]), float(edges[i + 1]), len(part), mean(part), mean(np.abs(part))))
    return tuple(out)


def mean(values: npt.NDArray[np.float64]) -> Estimate:
    """Return a mean with Student's t interval, which suits signed errors that bunch around it."""
    low, high = intervals.student(values)
    return Estimate(float(values.mean()), low, high, len(values), "Student's t")
