"""Two groups of examples, many units: which differ by more than chance, corrected for how many were looked at.

The test is a permutation test of the difference of means, within strata (the true label), with the largest statistic
over all units as reference (Westfall and Young 1993): it corrects for the number of units and uses how they go
together. Intervals come from inverting the test for a shift: the effect is taken out, the groups are shuffled, and
what 95 % of the differences stay within is laid around the effect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.types import IntArray

Floats = npt.NDArray[np.float64]

ALPHA = 0.05
DRAWS = 1_999
#: Numbers that one block of shuffles may hold.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Differences:
    """Means of two groups by unit, and their difference.

    Attributes
    ----------
    failures, others : ndarray of float64, shape (units,)
        Means; that of the others is weighted to the failures' composition by stratum.
    difference, low, high : ndarray of float64, shape (units,)
        Failures minus others with its 95 % interval (each unit by itself); NaN where nothing can be told.
    p : ndarray of float64, shape (units,)
        Corrected for all units (max-T): 0.05 is the chance that even one of them is wrong.
    n : (int, int)
        Examples in the two groups.
    divisions : float
        In how many ways the examples could have been divided into the groups; infinity above 1e300.
    """

    failures: Floats
    others: Floats
    difference: Floats
    low: Floats
    high: Floats
    p: Floats
    n: tuple[int, int]
    divisions: float

    @property
    def tells(self) -> bool:
        """Whether there are enough examples for any difference to pass the test."""
        return self.divisions >= 1 / ALPHA

    @property
    def standing_out(self) -> IntArray:
        """Units that pass the test, the clearest first."""
        found = np.flatnonzero(self.p < ALPHA) if self.tells else np.empty(0, np.int64)
        clear = np.abs(self.difference) / np.maximum(self.high - self.low, 1e-300)
        return found[np.argsort(-clear[found], kind="stable")].astype(np.int64)


def compare(
    failures: npt.ArrayLike,
    others: npt.ArrayLike,
    strata: IntArray | None = None,
    other_strata: IntArray | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Differences:
    """Compare two groups unit by unit.

    Parameters
    ----------
    failures, others : array_like, shape (n, units) and (m, units)
    strata, other_strata : ndarray of int64, optional
        The stratum of each example; examples are only exchanged within one. A stratum that one group lacks is left
        out.
    draws : int
        Shuffles.
    seed : int
    """
    a, b = np.asarray(failures, dtype=np.float64), np.asarray(others, dtype=np.float64)
    left = np.zeros(len(a), np.int64) if strata is None else strata
    right = np.zeros(len(b), np.int64) if other_strata is None else other_strata
    shared = np.intersect1d(left, right)
    a, b = a[np.isin(left, shared)], b[np.isin(right, shared)]
    left, right = left[np.isin(left, shared)], right[np.isin(right, shared)]
    if not len(a):
        return _nothing(np.asarray(failures, np.float64), np.asarray(others, np.float64))
    values = np.concatenate([a, b])
    groups = np.concatenate([left, right])
    weights = _weights(left, right)
    difference = weights @ values
    null, spread, reach = _shuffled(values, len(a), difference, groups, weights, draws, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        here = np.where(spread > 0, np.abs(difference) / spread, 0.0)
    # A little slack, so that the same division with another rounding counts as the same.
    p = (1 + (null[:, None] >= here[None] - 1e-9).sum(axis=0)) / (draws + 1)
    mean, divisions = a.mean(axis=0), _divisions(left, right)
    if divisions < 1 / ALPHA:  # So few shuffles reach nowhere: an interval from them would look too sure.
        reach = np.full_like(reach, np.nan)
    return Differences(
        mean,
        mean - difference,
        difference,
        difference - reach,
        difference + reach,
        p,
        (len(a), len(b)),
        divisions,
    )


def _nothing(a: Floats, b: Floats) -> Differences:
    units = a.shape[1] if a.ndim == 2 else b.shape[1]
    unknown = np.full(units, np.nan)
    means = [part.mean(axis=0) if len(part) else unknown for part in (a, b)]
    return Differences(means[0], means[1], means[0] - means[1], unknown, unknown, np.ones(units), (len(a), len(b)), 1.0)


def _weights(left: IntArray, right: IntArray) -> Floats:
    """Return what each example counts for in the difference: 1/n for a failure, minus its share for the others."""
    share = [-(left == stratum).sum() / ((right == stratum).sum() * len(left)) for stratum in right]
    return np.concatenate([np.full(len(left), 1 / len(left)), np.asarray(share, dtype=np.float64)])


def _shuffled(
    values: Floats, n: int, difference: Floats, groups: IntArray, weights: Floats, draws: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return the largest statistic of each shuffle, the spread by unit, and how far chance reaches by unit."""
    rng = np.random.default_rng(seed)
    centred = values.copy()
    centred[:n] -= difference
    places = [np.flatnonzero(groups == stratum) for stratum in np.unique(groups)]
    shuffled, plain = [], []
    block = max(1, _BLOCK // max(len(values), values.shape[1]))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        drawn = np.empty((size, len(values)))
        for place in places:
            drawn[:, place] = rng.permuted(np.tile(weights[place], (size, 1)), axis=1)
        shuffled.append(drawn @ values)
        plain.append(drawn @ centred)
    found = np.concatenate(shuffled)
    # About zero, which is the mean of all shuffles.
    spread = np.sqrt((found**2).mean(axis=0))
    spread[spread < 1e-12 * np.abs(values).max(initial=1e-300)] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.where(spread > 0, np.abs(found) / spread, 0.0)
    reach = np.quantile(np.abs(np.concatenate(plain)), 1 - ALPHA, axis=0)
    largest = sizes.max(axis=1) if sizes.shape[1] else np.zeros(draws)
    return largest, spread, reach


def _divisions(left: IntArray, right: IntArray) -> float:
    log = 0.0
    for stratum in np.unique(left):
        n, m = int((left == stratum).sum()), int((right == stratum).sum())
        log += math.lgamma(n + m + 1) - math.lgamma(n + 1) - math.lgamma(m + 1)
    return math.exp(log) if log < 690 else math.inf
