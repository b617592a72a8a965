"""Regression metrics: scikit-learn's values, each with its 95 % interval and n."""

from __future__ import annotations

import numpy as np

from analysis.metrics import intervals
from analysis.metrics.averages import Floats
from analysis.types import Estimate, Predictions


def summary(predictions: Predictions, *, seed: int = 0) -> dict[str, Estimate]:
    """Return the headline metrics of a regression run.

    Parameters
    ----------
    predictions : Predictions
    seed : int
        Of the bootstrap; it is named in `Estimate.method`.

    Returns
    -------
    dict of str to Estimate
        "r2" (NaN where all targets are equal), "mse", "rmse", "mae", "median_ae", in the target's unit
        or its square. Empty where there is no example.
    """
    if not len(predictions):
        return {}
    y = np.asarray(predictions.truth, dtype=np.float64)
    errors = predictions.values - y
    mse = _mean(errors**2, seed, tail=True)
    low, high, method = np.sqrt(mse.low), np.sqrt(mse.high), f"root of the interval of the MSE: {mse.method}"
    ordered = np.sort(np.abs(errors))
    middle = intervals.median_bounds(ordered)
    return {
        "r2": _r2(errors**2, y, seed),
        "mse": mse,
        "rmse": Estimate(float(np.sqrt(mse.value)), float(low), float(high), len(y), method),
        "mae": _mean(np.abs(errors), seed),
        "median_ae": Estimate(float(np.median(ordered)), *middle, len(y), "order statistics"),
    }


def _mean(losses: Floats, seed: int, *, tail: bool = False) -> Estimate:
    value = float(losses.mean())
    low, high, method = intervals.bootstrap_t(losses[:, None], intervals.log_mean, seed, tail=tail, widened=True)
    return Estimate(value, min(low, value), max(high, value), len(losses), method)


def _r2(squares: Floats, y: Floats, seed: int) -> Estimate:
    around = float(((y - y.mean()) ** 2).sum())
    if around == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), len(y), "undefined: all targets are equal")
    value = 1 - float(squares.sum()) / around
    columns = np.column_stack([squares, y])
    low, high, method = intervals.bootstrap_t(columns, intervals.log_unexplained, seed, tail=True, widened=True)
    return Estimate(value, min(1 - high, value), max(1 - low, value), len(y), f"{method}, of 1 − R²")
