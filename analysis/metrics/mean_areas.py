"""Areas of all classes together: the mean over the classes that occur, with intervals that need no resampling."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.metrics import intervals
from analysis.metrics.averages import Floats
from analysis.metrics.curves import faultless
from analysis.types import Estimate, FloatArray, IntArray, Predictions

#: Scores (examples times classes) above which the areas are left out: sorting them takes too long.
MOST = 20_000_000


def mean_areas(predictions: Predictions) -> dict[str, Estimate]:
    """Return "roc_area" and "average_precision", mean over the classes that occur; empty where only one does.

    Parameters
    ----------
    predictions : Predictions
        A classification; examples whose label the model doesn't know are left out.
    """
    rows = np.flatnonzero(predictions.known)
    truth = np.asarray(predictions.truth, dtype=np.int64)[rows]
    classes = np.unique(truth)
    if len(classes) < 2 or len(rows) * len(classes) > MOST:
        return {}
    scores = np.asarray(predictions.scores[rows][:, classes])
    return {"roc_area": _roc(scores, truth, classes), "average_precision": _precision(scores, truth, classes)}


def _roc(scores: FloatArray, truth: IntArray, classes: IntArray) -> Estimate:
    """Return the mean ROC area with DeLong's variance of the mean, on the logit scale, by Student's law.

    As `analysis.metrics.curves.roc_area`, with the parts of every class added example by example (DeLong, DeLong and
    Clarke-Pearson 1988), since one example counts for each class.
    """
    n, k = scores.shape
    pull, areas, parts = np.zeros(n), [], []
    for c, label in enumerate(classes):
        own = truth == label
        area, above, below = _placements(np.asarray(scores[:, c], dtype=np.float64), own)
        areas.append(area)
        m = int(own.sum())
        pull[own] += (above - area) / m / k
        pull[~own] += (below - area) / (n - m) / k
        parts += [(float(p.var(ddof=1)) / len(p), len(p) - 1) for p in (above, below) if len(p) > 1]
    value = float(np.mean(areas))
    spread = float((pull**2).sum()) * n / (n - 1)
    total = sum(share for share, _ in parts)
    # Welch and Satterthwaite: the variance of a small class is known less well than that of a large one.
    freedom = total**2 / sum(share**2 / df for share, df in parts) if total > 0 else np.inf
    if not spread > 0:
        smaller = int(min(min(m, n - m) for m in np.unique(truth, return_counts=True)[1]))
        return faultless(value, smaller, n)
    low, high = _logit(value, _student(freedom) * spread**0.5)
    return Estimate(
        value, min(low, value), max(high, value), n, "DeLong, mean over classes, on the logit scale, Student's law"
    )


def _placements(scores: Floats, own: npt.NDArray[np.bool_]) -> tuple[float, Floats, Floats]:
    """Return the area, and the share of the other side that each example of each side is ranked rightly against."""
    from scipy.stats import rankdata

    good, bad = scores[own], scores[~own]
    ranks = rankdata(np.concatenate([good, bad]))
    above = (ranks[: len(good)] - rankdata(good)) / len(bad)
    below = 1 - (ranks[len(good) :] - rankdata(bad)) / len(good)
    return float(above.mean()), above, below


def _student(freedom: float) -> float:
    from scipy.stats import t

    return float(t.ppf(intervals.TAILS[1], freedom))


def _logit(inner: float, half: float) -> tuple[float, float]:
    """Return `inner` ± `half` made on the logit scale."""
    logit, width = np.log(inner / (1 - inner)), half / (inner * (1 - inner))
    low, high = (float(1 / (1 + np.exp(-(logit + side * width)))) for side in (-1, 1))
    return low, high


def _precision(scores: FloatArray, truth: IntArray, classes: IntArray) -> Estimate:
    """Return the mean average precision with the logit interval of Boyd, Eng and Page 2013, by all examples.

    The variances of the classes are added as if none knew of the others.
    """
    from sklearn.metrics import average_precision_score

    values, middles, spread = [], [], 0.0
    for c, label in enumerate(classes):
        own = truth == label
        value, m = float(average_precision_score(own, scores[:, c])), int(own.sum())
        inner = min(max(value, 0.5 / (m + 1)), 1 - 0.5 / (m + 1))
        values.append(value)
        middles.append(inner)
        spread += inner * (1 - inner) / m / len(classes) ** 2
    value = float(np.mean(values))
    low, high = _logit(float(np.mean(middles)), intervals.Z * spread**0.5)
    method = "logit interval (Boyd, Eng and Page 2013), mean over classes"
    return Estimate(value, min(low, value), max(high, value), len(truth), method)
