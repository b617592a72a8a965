"""Areas under the ROC and precision-recall curves, mean over the classes, of many weighted samples at once.

Resampling examples and exchanging two models' answers both amount to weights, so that scores are sorted once a class
and every sample costs two running sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.metrics.averages import Floats
from analysis.types import FloatArray, IntArray

#: Weights that are worked on at once: few enough for the processor's cache.
_BLOCK = 200_000

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sorted:
    """The examples of one class against the rest, the highest score first.

    Only runs of equal scores that hold an example of the class matter: G of them.

    Attributes
    ----------
    order : ndarray of int64, shape (n,)
        Positions of the examples.
    own : ndarray of int64, shape (positives,)
        Positions of the examples of the class, in that order.
    starts, ends : ndarray of int64, shape (G,)
        Where in `order` each run begins, and one past where it ends.
    own_ends : ndarray of int64, shape (G,)
        The same ends in `own`.
    """

    order: IntArray
    own: IntArray
    starts: IntArray
    ends: IntArray
    own_ends: IntArray


def sorted_by(scores: Floats, positive: npt.NDArray[np.bool_]) -> Sorted:
    """Return examples in the order of their scores."""
    order = np.argsort(-scores, kind="stable").astype(np.int64)
    ordered, own = scores[order], positive[order]
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, len(ordered)).astype(np.int64)
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
    counted = np.concatenate([[0], np.cumsum(own)]).astype(np.int64)
    held = counted[ends] > counted[starts]
    return Sorted(order, order[own], starts[held], ends[held], counted[ends][held])


def weighted_areas(found: Sorted, weights: Weights) -> tuple[Floats, Floats]:
    """Return the ROC area and the average precision of each weighted sample, both (samples,).

    Equal scores count as half ranked right, as in `sklearn.metrics.roc_auc_score`; average precision is that of
    `sklearn.metrics.average_precision_score`. NaN where one side has no weight.

    Parameters
    ----------
    found : Sorted
    weights : ndarray of float64, shape (samples, n)
        In the order of the examples.
    """
    every = np.cumsum(np.take(weights, found.order, axis=1), axis=1)
    own = np.cumsum(np.take(weights, found.own, axis=1), axis=1)[:, found.own_ends - 1]
    all_end = every[:, found.ends - 1]
    all_before = np.where(found.starts > 0, every[:, found.starts - 1], 0.0)
    positives, others = own[:, -1], every[:, -1] - own[:, -1]
    gained = np.diff(own, axis=1, prepend=0.0)
    above, beside = all_before - (own - gained), (all_end - all_before) - gained
    with np.errstate(all="ignore"):
        area = (gained * (others[:, None] - above - beside / 2)).sum(axis=1) / (positives * others)
        precision = np.divide(own, all_end, out=np.zeros_like(own), where=all_end > 0)
        average = (gained * precision).sum(axis=1) / positives
    both = (positives > 0) & (others > 0)
    return np.where(both, area, np.nan), np.where(both, average, np.nan)


def mean_areas(classes: list[Sorted], weights: Weights) -> tuple[Floats, Floats]:
    """Return both areas of each weighted sample, mean over the classes that it holds."""
    found = [weighted_areas(one, weights) for one in classes]
    means = []
    for place in (0, 1):
        table = np.array([areas[place] for areas in found])
        held = np.isfinite(table)
        with np.errstate(all="ignore"):
            means.append(np.where(held, table, 0.0).sum(axis=0) / held.sum(axis=0))
    return means[0], means[1]


def by_class(scores: FloatArray | Floats, truth: IntArray, classes: IntArray) -> list[Sorted]:
    """Return the examples sorted by the score of each of some classes."""
    table = np.asarray(scores, dtype=np.float64)
    return [sorted_by(table[:, c], truth == c) for c in classes]


def resamples(n: int, draws: int, seed: int) -> Iterator[Weights]:
    """Yield weights of resampled examples, in blocks (some, n): `draws` in all."""
    rng, block = np.random.default_rng(seed), max(1, _BLOCK // n)
    for start in range(0, draws, block):
        yield rng.multinomial(n, np.full(n, 1 / n), size=min(block, draws - start)).astype(np.float64)


def exchanges(n: int, draws: int, seed: int) -> Iterator[Weights]:
    """Yield 1 where an example keeps its own answer and 0 where it gets the other's, in blocks (some, n)."""
    rng, block = np.random.default_rng(seed + 1), max(1, _BLOCK // n)
    for start in range(0, draws, block):
        yield rng.integers(0, 2, size=(min(block, draws - start), n)).astype(np.float64)
