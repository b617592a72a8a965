"""How wrong each answer was: one number an example, capped, so that a single one can't decide."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.types import FloatArray, IntArray, Kind

Losses = npt.NDArray[np.float64]

#: Nats at which the log loss of one example is capped: a probability of 0.7 % for the truth.
CAP = 5.0
#: Cap of a regression's squared error, in units of the targets' variance.
SQUARES_CAP = 5.0


def log_losses(scores: FloatArray, truth: IntArray) -> Losses:
    """Return the capped log loss of each example, in nats.

    Parameters
    ----------
    scores : ndarray of float32, shape (n, k)
        Probabilities.
    truth : ndarray of int64, shape (n,)
        Position of the true label.
    """
    chosen = np.take_along_axis(np.asarray(scores, dtype=np.float64), truth[:, None], axis=1)[:, 0]
    chosen = np.nan_to_num(chosen, nan=0.0)
    return np.minimum(-np.log(np.maximum(chosen, np.exp(-CAP))), CAP)


def squared_losses(values: npt.NDArray[np.float64], truth: npt.NDArray[np.float64]) -> Losses:
    """Return the capped squared error of each example, in units of the targets' variance."""
    spread = float(np.var(truth)) or 1.0
    errors = np.nan_to_num((values - truth) ** 2 / spread, nan=SQUARES_CAP, posinf=SQUARES_CAP)
    return np.minimum(errors, SQUARES_CAP)


def losses_of(scores: FloatArray, truth: IntArray | npt.NDArray[np.float64], kind: Kind) -> Losses:
    """Return `log_losses` or `squared_losses`, as the task asks for."""
    if kind is Kind.REGRESSION:
        return squared_losses(np.asarray(scores[:, 0], dtype=np.float64), np.asarray(truth, dtype=np.float64))
    return log_losses(scores, np.asarray(truth, dtype=np.int64))
