"""Metrics as pure functions of labels and scores, each with its 95 % interval and n."""

from __future__ import annotations

from analysis.metrics import classification, regression
from analysis.metrics.registry import METRICS, Metric
from analysis.types import Estimate, Kind, Predictions

__all__ = ["METRICS", "Metric", "summarise"]


def summarise(predictions: Predictions, *, seed: int = 0) -> dict[str, Estimate]:
    """Return the headline metrics of a run, by the keys of `METRICS`.

    Parameters
    ----------
    predictions : Predictions
    seed : int
        Of the bootstrap; it is named in `Estimate.method`.

    Returns
    -------
    dict of str to Estimate
    """
    if predictions.task.kind is Kind.REGRESSION:
        return regression.summary(predictions, seed=seed)
    return classification.summary(predictions, seed=seed)
