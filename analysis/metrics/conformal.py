"""Prediction intervals of a regression by split conformal prediction (Vovk et al. 2005; Lei et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.metrics.averages import Floats
from analysis.metrics.halves import halves
from analysis.metrics.intervals import LEVEL, wilson
from analysis.types import Estimate, Predictions


@dataclass(frozen=True)
class Conformal:
    """Answers with a margin: true values lie within it as often as promised.

    Attributes
    ----------
    margin : float
        The interval is the answer plus and minus this, in the target's unit.
    level : float
        Share promised.
    coverage : Estimate
        Share of the other half that lies within, with Wilson's interval.
    by_range : tuple of (float, float, Estimate)
        The same for fifths of the *answers*: the promise holds on average, not for each of them.
    calibrated_on : int
        Examples that the margin was taken from.
    seed : int
        Of the division.
    """

    margin: float
    level: float
    coverage: Estimate
    by_range: tuple[tuple[float, float, Estimate], ...]
    calibrated_on: int
    seed: int


def margin_of(errors: Floats, level: float = LEVEL) -> float:
    """Return the margin that covers a new error with at least the level's probability.

    The ⌈(n + 1) · level⌉-th smallest absolute error; infinite where n is too small for the level.

    Parameters
    ----------
    errors : ndarray of float64, shape (n,)
    level : float
    """
    ordered = np.sort(np.abs(errors))
    place = int(np.ceil((len(ordered) + 1) * level))
    return float(ordered[place - 1]) if place <= len(ordered) else float("inf")


def conformal(predictions: Predictions, *, level: float = LEVEL, seed: int = 0) -> Conformal | None:
    """Return prediction intervals from half of the examples with their coverage of the other half.

    Parameters
    ----------
    predictions : Predictions
        A regression run.
    level : float
    seed : int
        Of the division.

    Returns
    -------
    Conformal or None
        None where the half is too small for the level: 19 examples for 95 %.
    """
    errors = predictions.values - np.asarray(predictions.truth, dtype=np.float64)
    rows = np.flatnonzero(np.isfinite(errors))
    fit, judge = (rows[part] for part in halves(np.zeros(len(rows), np.int64), seed))
    margin = margin_of(errors[fit], level)
    if not np.isfinite(margin) or not len(judge):
        return None
    inside = np.abs(errors[judge]) <= margin
    coverage = wilson(int(inside.sum()), len(judge))
    values = predictions.values[judge]
    edges = np.unique(np.quantile(values, np.linspace(0, 1, 6)))
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(0, len(edges) - 2))
    ranges = []
    for i in range(len(edges) - 1):
        part = inside[place == i]
        if len(part):
            ranges.append((float(edges[i]), float(edges[i + 1]), wilson(int(part.sum()), len(part))))
    return Conformal(margin, level, coverage, tuple(ranges), len(fit), seed)
