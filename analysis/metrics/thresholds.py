"""From which score on is an example one of a class? The cheapest threshold, judged where it was not chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.metrics import intervals
from analysis.metrics.averages import Floats
from analysis.metrics.curves import OneClass, one_class
from analysis.metrics.halves import halves
from analysis.types import Estimate, IntArray, Predictions

#: Thresholds that are drawn.
GRID = 201
#: Examples of the class, and of the rest, that each half must have.
FEWEST = 5


@dataclass(frozen=True)
class Judged:
    """One threshold on the half that it was not chosen on.

    Attributes
    ----------
    threshold : float
    false_positives, false_negatives : int
    precision, recall : Estimate
        Wilson; precision has n = 0 where nothing is called so.
    cost : Estimate
        Mean cost of an example with Student's interval.
    """

    threshold: float
    false_positives: int
    false_negatives: int
    precision: Estimate
    recall: Estimate
    cost: Estimate


@dataclass(frozen=True)
class Thresholds:
    """The cheapest threshold of one class.

    Attributes
    ----------
    label : str
    cost_false_positive, cost_false_negative : float
    chosen_on, judged_on : int
        Examples of either half.
    best, usual : Judged
        The threshold chosen on one half, and 0.5, both judged on the other.
    saved : Estimate
        Mean cost that it saves against 0.5 there, paired: above 0 it is cheaper.
    grid : ndarray of float64, shape (points,)
        Thresholds, ascending.
    chosen_costs, judged_costs : ndarray of float64, shape (points,)
        Mean cost at each of them on either half.
    seed : int
        Of the division.
    """

    label: str
    cost_false_positive: float
    cost_false_negative: float
    chosen_on: int
    judged_on: int
    best: Judged
    usual: Judged
    saved: Estimate
    grid: Floats
    chosen_costs: Floats
    judged_costs: Floats
    seed: int

    @property
    def helps(self) -> bool:
        """Whether what it saves is more than chance."""
        return self.saved.low > 0


def find_threshold(
    predictions: Predictions,
    label: str,
    *,
    cost_false_positive: float = 1.0,
    cost_false_negative: float = 1.0,
    seed: int = 0,
) -> Thresholds | None:
    """Choose the cheapest threshold of one class on half of the examples, and judge it on the other half.

    An example counts as one of the class where its score is at least the threshold.

    Parameters
    ----------
    predictions : Predictions
        A classification run.
    label : str
    cost_false_positive, cost_false_negative : float
        What either mistake costs, in one unit; not negative.
    seed : int
        Of the division, stratified by the class.

    Returns
    -------
    Thresholds or None
        None where a half has fewer than 5 examples of the class or of the rest.

    Raises
    ------
    UnusableInput
        If a cost is negative or not finite, or the model has no such class.
    """
    costs = (float(cost_false_positive), float(cost_false_negative))
    if not all(np.isfinite(c) and c >= 0 for c in costs) or not any(costs):
        raise UnusableInput("A cost must be a number from 0 up, and one of both above 0.", "Correct the costs.")
    one = one_class(predictions, label)
    choose, judge = halves(one.truth.astype(np.int64), seed)
    for half in (choose, judge):
        if min(one.truth[half].sum(), (~one.truth[half]).sum()) < FEWEST:
            return None
    threshold = _cheapest(one, choose, costs)
    saved = _costs(one, judge, 0.5, costs) - _costs(one, judge, threshold, costs)
    low, high = intervals.student(saved)
    grid = np.linspace(0, 1, GRID)
    sweep = [_sweep(one, half, grid, costs) for half in (choose, judge)]
    return Thresholds(
        label, *costs, len(choose), len(judge), _judged(one, judge, threshold, costs), _judged(one, judge, 0.5, costs),
        Estimate(float(saved.mean()), low, high, len(saved), "Student's t, paired"), grid, sweep[0], sweep[1], seed,
    )  # fmt: skip


def _costs(one: OneClass, rows: IntArray, threshold: float, costs: tuple[float, float]) -> Floats:
    truth, called = one.truth[rows], one.scores[rows] >= threshold
    return np.asarray(costs[0] * (called & ~truth) + costs[1] * (truth & ~called), dtype=np.float64)


def _sweep(one: OneClass, rows: IntArray, grid: Floats, costs: tuple[float, float]) -> Floats:
    """Return the mean cost at each threshold: sorted once, then counted."""
    truth, scores = one.truth[rows], one.scores[rows]
    missed = np.searchsorted(np.sort(scores[truth]), grid, side="left")
    others = np.sort(scores[~truth])
    false = len(others) - np.searchsorted(others, grid, side="left")
    return np.asarray((costs[0] * false + costs[1] * missed) / len(rows), dtype=np.float64)


def _cheapest(one: OneClass, rows: IntArray, costs: tuple[float, float]) -> float:
    """Return the middle of the cheapest gap between scores: of several equally cheap ones that nearest to 0.5."""
    scores, truth = one.scores[rows], one.truth[rows]
    order = np.argsort(scores, kind="stable")
    ordered, y = scores[order], truth[order]
    # With the first i examples below the threshold: their positives are missed, the others' negatives are false.
    missed = np.concatenate([[0], np.cumsum(y)])
    false = np.concatenate([[0], np.cumsum(~y)])
    total = costs[1] * missed + costs[0] * (false[-1] - false)
    edges = np.concatenate([[0.0], (ordered[:-1] + ordered[1:]) / 2, [np.nextafter(1.0, 2.0)]])
    possible = np.concatenate([[True], np.diff(ordered) > 0, [True]])
    cheapest = edges[possible & (total <= total[possible].min() + 1e-12)]
    return float(min(1.0, cheapest[np.abs(cheapest - 0.5).argmin()]))


def _judged(one: OneClass, rows: IntArray, threshold: float, costs: tuple[float, float]) -> Judged:
    truth, called = one.truth[rows], one.scores[rows] >= threshold
    hits = int((truth & called).sum())
    each: npt.NDArray[np.float64] = _costs(one, rows, threshold, costs)
    low, high = intervals.student(each)
    mean = Estimate(float(each.mean()), max(0.0, low), high, len(rows), "Student's t")
    return Judged(
        threshold, int((called & ~truth).sum()), int((truth & ~called).sum()),
        intervals.wilson(hits, int(called.sum())), intervals.wilson(hits, int(truth.sum())), mean,
    )  # fmt: skip
