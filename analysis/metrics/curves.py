"""One class against the rest: ROC and precision-recall curves with their areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.metrics import intervals
from analysis.metrics.averages import Floats
from analysis.metrics.classification import FEW
from analysis.types import Estimate, Kind, Predictions

#: Points of a curve that are kept for drawing.
POINTS = 400


@dataclass(frozen=True)
class OneClass:
    """One class against all others.

    Attributes
    ----------
    label : str
    truth : ndarray of bool, shape (n,)
        Whether an example is of that class; examples whose label the model doesn't know are left out.
    scores : ndarray of float64, shape (n,)
        What the model gives to that class.
    rows : ndarray of int64, shape (n,)
        Their positions in the run.
    """

    label: str
    truth: npt.NDArray[np.bool_]
    scores: Floats
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Curves:
    """How well the scores of one class rank its examples before all others.

    Attributes
    ----------
    label : str
    n, positives : int
        Examples in all, and of this class.
    roc : ndarray of float64, shape (points, 3)
        False positive rate, true positive rate and threshold.
    pr : ndarray of float64, shape (points, 3)
        Recall, precision and threshold.
    area : Estimate
        Under the ROC curve: how often a random example of the class is scored above a random other one.
    average_precision : Estimate
        Precision averaged over recall; by chance it is the share of the class.
    few : bool
        True where the class, or the rest, has fewer than 10 examples: too few to judge.
    """

    label: str
    n: int
    positives: int
    roc: Floats
    pr: Floats
    area: Estimate
    average_precision: Estimate
    few: bool


def one_class(predictions: Predictions, label: str) -> OneClass:
    """Return one class against the rest.

    Raises
    ------
    UnusableInput
        For a regression, and for a label that the model doesn't have.
    """
    labels = predictions.task.labels
    if predictions.task.kind is Kind.REGRESSION or label not in labels:
        raise UnusableInput(f"The model has no class “{label}”.", "Choose one of its classes.")
    place = labels.index(label)
    scores = np.asarray(predictions.scores[:, place], dtype=np.float64)
    rows = np.flatnonzero(predictions.known & np.isfinite(scores)).astype(np.int64)
    return OneClass(label, np.asarray(predictions.truth)[rows] == place, scores[rows], rows)


def curves(predictions: Predictions, label: str) -> Curves | None:
    """Return the curves of one class against the rest, or None where either side has no example.

    Parameters
    ----------
    predictions : Predictions
        A classification run.
    label : str
    """
    from sklearn.metrics import precision_recall_curve, roc_curve

    one = one_class(predictions, label)
    positives, n = int(one.truth.sum()), len(one.truth)
    if not 0 < positives < n:
        return None
    fpr, tpr, at = roc_curve(one.truth, one.scores)
    precision, recall, cut = precision_recall_curve(one.truth, one.scores)
    pr = np.column_stack([recall, precision, [*cut, 1.0]])
    few = min(positives, n - positives) < FEW
    return Curves(
        label, n, positives, _thinned(np.column_stack([fpr, tpr, np.minimum(at, 1.0)])), _thinned(pr),
        roc_area(one.truth, one.scores), average_precision(one.truth, one.scores), few,
    )  # fmt: skip


def _thinned(points: Floats) -> Floats:
    if len(points) <= POINTS:
        return points
    return points[np.unique(np.linspace(0, len(points) - 1, POINTS).round().astype(np.int64))]


def roc_area(truth: npt.NDArray[np.bool_], scores: Floats) -> Estimate:
    """Return the area under the ROC curve with DeLong's interval on the logit scale.

    DeLong, DeLong and Clarke-Pearson 1988, by mid-ranks (Sun and Xu 2014), with Student's law by the degrees of freedom
    of Brunner and Munzel (2000), whose test uses the same variance. The variance is kept from vanishing where hardly a
    fault is seen; without any, `faultless` says what can be told.

    Parameters
    ----------
    truth : ndarray of bool, shape (n,)
        With examples on both sides.
    scores : ndarray of float64, shape (n,)
    """
    from scipy.stats import rankdata, t

    good, bad = scores[truth], scores[~truth]
    m, k = len(good), len(bad)
    ranks = rankdata(np.concatenate([good, bad]))
    above = (ranks[:m] - rankdata(good)) / k
    below = 1 - (ranks[m:] - rankdata(bad)) / m
    area = float(above.mean())
    if area in (0.0, 1.0):
        return faultless(area, min(m, k), m + k)
    parts = [(float(part.var(ddof=1)) / len(part), len(part) - 1) for part in (above, below) if len(part) > 1]
    spread = sum(share for share, _ in parts)
    # Welch and Satterthwaite: the variance of the smaller class is known less well than that of the larger.
    freedom = spread**2 / sum(share**2 / df for share, df in parts) if spread > 0 else np.inf
    # Half a pair ranked the other way: the least that can't be told from none.
    least = 0.5 / (m * k)
    inner = min(max(area, least), 1 - least)
    spread = max(spread, inner * (1 - inner) / min(m, k) if min(inner, 1 - inner) <= 2 * least else 0.0)
    logit = np.log(inner / (1 - inner))
    half = float(t.ppf(intervals.TAILS[1], freedom)) * np.sqrt(spread) / (inner * (1 - inner))
    low, high = (float(1 / (1 + np.exp(-(logit + side * half)))) for side in (-1, 1))
    return Estimate(area, min(low, area), max(high, area), m + k, "DeLong, on the logit scale, Student's law")


def faultless(area: float, smaller: int, n: int) -> Estimate:
    """Return an area of 1 (or 0) with Wilson's interval by the examples of the smaller side.

    No area has a larger variance than A (1 − A) / min(m, k) (van Dantzig 1951), that of a share of so many examples.

    Parameters
    ----------
    area : float
        0 or 1.
    smaller : int
        Examples of the smaller side.
    n : int
    """
    low, high = intervals.wilson_bounds(area * smaller, smaller)
    return Estimate(area, float(low), float(high), n, "Wilson, by the smaller side: ranked without a fault")


def average_precision(truth: npt.NDArray[np.bool_], scores: Floats) -> Estimate:
    """Return the average precision with the logit interval of Boyd, Eng and Page 2013, by the examples of the class.

    Parameters
    ----------
    truth : ndarray of bool, shape (n,)
        With examples on both sides.
    scores : ndarray of float64, shape (n,)
    """
    from sklearn.metrics import average_precision_score

    value, m = float(average_precision_score(truth, scores)), int(truth.sum())
    # Half an example: the least that can't be told from none, as for a proportion.
    inner = min(max(value, 0.5 / (m + 1)), 1 - 0.5 / (m + 1))
    logit, half = np.log(inner / (1 - inner)), intervals.Z / np.sqrt(m * inner * (1 - inner))
    low, high = (float(1 / (1 + np.exp(-(logit + side * half)))) for side in (-1, 1))
    return Estimate(value, min(low, value), max(high, value), len(truth), "logit interval (Boyd, Eng and Page 2013)")
