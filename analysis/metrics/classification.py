"""Classification metrics: scikit-learn's values, each with its 95 % interval and n."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.errors import UnusableInput
from analysis.metrics import averages, intervals
from analysis.metrics.averages import Agreement, Average, ClassMean, Floats, Margins
from analysis.metrics.registry import METRICS
from analysis.metrics.tally import Tally, tally
from analysis.types import Estimate, IntArray, Kind, Predictions

#: A class with fewer examples than this is too small to judge.
FEW = 10

AVERAGES: dict[str, Average] = {
    "balanced_accuracy": ClassMean(averages.recall),
    "precision_macro": ClassMean(averages.precision),
    "recall_macro": ClassMean(averages.recall),
    "f1_macro": ClassMean(averages.f1),
    "precision_weighted": ClassMean(averages.precision, weighted=True),
    "f1_weighted": ClassMean(averages.f1, weighted=True),
    "mcc": Agreement(averages.mcc),
    "kappa": Agreement(averages.kappa),
}
#: Averages that are the accuracy by another name.
SHARES = ("accuracy", "precision_micro", "recall_micro", "f1_micro", "recall_weighted")

#: Metrics that may be negative; the others lie between 0 and 1.
_SIGNED = ("mcc", "kappa")


@dataclass(frozen=True)
class ClassScores:
    """How one class fares.

    Attributes
    ----------
    label : str
    n : int
        Examples of this class.
    predicted_n : int
        Examples that were called so.
    precision, recall, f1 : Estimate
        0 with the interval 0 to 1 where there is nothing to divide by, which `Estimate.n` = 0 tells.
    few : bool
        True below 10 examples: too few to judge.
    """

    label: str
    n: int
    predicted_n: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    few: bool


def summary(predictions: Predictions, *, seed: int = 0) -> dict[str, Estimate]:
    """Return the headline metrics of a classification run.

    They rest on the examples whose true label the model knows; `Estimate.n` says how many.

    Parameters
    ----------
    predictions : Predictions
    seed : int
        Of the bootstrap; it is named in `Estimate.method`.

    Returns
    -------
    dict of str to Estimate
        Keys of `analysis.metrics.METRICS`; "top5" only where there are more than 5 classes. Empty where
        there is no example to judge.
    """
    return summary_of(tally(predictions), seed=seed)


def summary_of(found: Tally, *, seed: int = 0) -> dict[str, Estimate]:
    """Return what `summary` returns, from a tally that was made already."""
    if not found.n:
        return {}
    accuracy = intervals.wilson(int(found.counts[found.true == found.predicted].sum()), found.n)
    out = {**dict.fromkeys(SHARES, accuracy), **_averages(found, seed), **_losses(found, seed)}
    if found.k > 5:
        out["top5"] = intervals.wilson(int((found.rank < 5).sum()), found.n)
    return {key: out[key] for key in METRICS if key in out}


def accuracy(predictions: Predictions) -> Estimate:
    """Return the accuracy alone, as `summary` has it: one look at the answers, none at the other scores."""
    truth = np.asarray(predictions.truth, dtype=np.int64)
    right = int(np.count_nonzero(predictions.predicted == truth))  # An unknown label is −1, and nobody's answer.
    return intervals.wilson(right, int(np.count_nonzero(truth >= 0)))


def top_k(predictions: Predictions, k: int) -> Estimate:
    """Return the share of examples with the true label among the k highest scores, with Wilson's interval.

    Parameters
    ----------
    predictions : Predictions
    k : int
        From 1 to one less than the model's classes.

    Raises
    ------
    UnusableInput
        For a regression, and for a k that every example or none would meet.
    """
    classes = predictions.scores.shape[1] if predictions.task.kind is Kind.CLASSIFICATION else 0
    if not classes:
        raise UnusableInput("A regression has no classes to rank.", "Leave the top-k accuracy out.")
    if not 1 <= k < classes:
        raise UnusableInput(
            f"The top {k} of {classes} classes say nothing: each example is right, or none can be.",
            f"Choose a k from 1 to {classes - 1}.",
        )
    found = tally(predictions, ranked=True)
    return intervals.wilson(int((found.rank < k).sum()), found.n)


def margins(found: Tally) -> Margins:
    """Return right answers, true and predicted examples of all k classes."""
    right = found.counts * (found.true == found.predicted)
    pairs = ((found.true, right), (found.true, found.counts), (found.predicted, found.counts))
    return Margins(*(np.bincount(place, count, minlength=found.k).astype(np.float64) for place, count in pairs))


def per_class(predictions: Predictions) -> tuple[ClassScores, ...]:
    """Return precision, recall and F1 of each class in the model's order, with Wilson intervals.

    F1 is 2J / (1 + J) of the Jaccard index J = TP / (TP + FP + FN), a proportion: its interval is
    Wilson's for J, put through the same function.
    """
    return per_class_of(tally(predictions), predictions.task.labels)


def per_class_of(found: Tally, labels: tuple[str, ...]) -> tuple[ClassScores, ...]:
    """Return what `per_class` returns, from a tally that was made already."""
    m = margins(found)
    precision = _class_estimates(m.tp, m.col)
    recall = _class_estimates(m.tp, m.row)
    f1 = _class_estimates(m.tp, m.row + m.col - m.tp, as_f1=True)
    return tuple(
        ClassScores(label, int(m.row[i]), int(m.col[i]), precision[i], recall[i], f1[i], few=bool(m.row[i] < FEW))
        for i, label in enumerate(labels)
    )


def _class_estimates(right: Floats, of: Floats, *, as_f1: bool = False) -> list[Estimate]:
    value = averages.ratio(right, of)
    low, high = intervals.wilson_bounds(right, of)
    if as_f1:
        value, low, high = (2 * x / (1 + x) for x in (value, low, high))
    method = "Wilson, of the Jaccard index" if as_f1 else "Wilson"
    columns = zip(value.tolist(), low.tolist(), high.tolist(), of.tolist(), strict=True)
    return [Estimate(v, lo, hi, int(n), method if n else "undefined: 0 by convention") for v, lo, hi, n in columns]


def _averages(found: Tally, seed: int) -> dict[str, Estimate]:
    """Averages over classes and agreement, from the confusion matrix alone."""
    # Classes that neither occur nor are predicted change nothing and would cost time.
    used, place = np.unique(np.concatenate([found.true, found.predicted]), return_inverse=True)
    true, predicted = np.split(place, 2)
    small = replace(found, k=len(used), true=true, predicted=predicted)
    here = margins(small)
    t, p, weights = intervals.smoothed_counts(true, predicted, found.counts, len(used))
    draws = intervals.draws_for(2 * len(t))
    counts = intervals.resampled_counts(weights, found.n, draws, np.random.default_rng(seed))
    centre, resampled = margins_of(t, p, weights, len(used)), margins_of(t, p, counts, len(used))
    out = {}
    for key, metric in AVERAGES.items():
        value, values = float(metric.value(here)), metric.value(resampled)
        bias = float(values.mean() - metric.value(centre))
        if draws < intervals.ENOUGH_DRAWS:
            low, high = intervals.normal(value - bias, _error(metric, small, here))
            method = f"normal approximation, bias from {draws} draws (seed {seed})"
        else:
            low, high = intervals.widened_percentile(values, bias)
            method = f"smoothed bootstrap ({draws} draws, seed {seed})"
        floor = -1.0 if key in _SIGNED else 0.0
        low, high = max(floor, min(low, value)), min(1.0, max(high, value))
        out[key] = Estimate(value, low, high, found.n, method)
    return out


def _error(metric: Average, found: Tally, here: Margins) -> float:
    pull = averages.influence(metric, here, found.true, found.predicted, found.counts)
    return float(np.sqrt((found.counts * pull**2).sum())) / found.n


def margins_of(true: IntArray, predicted: IntArray, counts: Floats | IntArray, k: int) -> Margins:
    """Return the margins (..., k) of one or many matrices, given by their cells' counts (..., cells)."""
    from scipy import sparse

    cells, one = np.arange(len(true)), np.ones(len(true))
    parts = ((one * (true == predicted), true), (one, true), (one, predicted))
    sums = (sparse.csr_array((weight, (cells, to)), shape=(len(true), k)) for weight, to in parts)
    return Margins(*(np.asarray(counts @ part, dtype=np.float64) for part in sums))


def _losses(found: Tally, seed: int) -> dict[str, Estimate]:
    """Metrics of the probabilities, which are means over the examples."""
    edge = float(np.finfo(np.float32).eps)
    log_losses = -np.log(np.clip(found.p_true, edge, 1 - edge, dtype=np.float64))
    squared = found.squares - 2.0 * found.p_true + 1.0
    # As scikit-learn: for two classes the distance of one probability, not of both.
    squared = np.maximum(squared, 0.0) / (2.0 if found.k <= 2 else 1.0)
    out = {}
    for key, losses in (("log_loss", log_losses), ("brier", squared)):
        low, high, method = intervals.bootstrap_t(losses[:, None], intervals.log_mean, seed)
        value = float(losses.mean())
        out[key] = Estimate(value, min(low, value), max(high, value), found.n, method)
    return out
