"""Paired differences: an exact test where there is one, else swapping the answers; intervals by resampling pairs.

Two answers to one example are far more alike than answers to two examples, so everything here resamples or swaps
*pairs*. The test of all metrics but the accuracy swaps the two models' answers example by example (approximate
randomisation: Noreen 1989; Yeh 2000), which is exact where the two are interchangeable, however skewed the metric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

from analysis.metrics import intervals
from analysis.metrics.averages import Floats

#: Swaps that a p-value rests on: the smallest is 1 / (SWAPS + 1).
SWAPS = 1_999
#: Below this a difference is called significant.
LEVEL = 0.05
#: Numbers that are held in memory at once.
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Difference:
    """One metric of two candidates on the same examples.

    Attributes
    ----------
    a, b : float
        The metric of each.
    difference, low, high : float
        ``a - b`` and its 95 % interval.
    p_value : float
        Two-sided, of the null hypothesis that the two differ by chance alone; not corrected for several metrics.
    n : int
        Examples that both answered.
    interval, test : str
        How the interval and the p-value were made.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    p_value: float
    n: int
    interval: str
    test: str

    @property
    def significant(self) -> bool:
        """Whether chance alone is an unlikely reason."""
        return self.p_value < LEVEL


def of_shares(hits_a: npt.NDArray[np.bool_], hits_b: npt.NDArray[np.bool_]) -> Difference:
    """Compare two shares of the same examples: McNemar's exact test (1947).

    The interval is that of Agresti and Min (2005), which adds half an example to each of the four cells. McNemar's
    test is cautious with few discordant pairs; where it finds nothing, the interval is widened by the conditional
    exact one (Clopper and Pearson, over the discordant pairs), so that it holds 0 too.

    Parameters
    ----------
    hits_a, hits_b : ndarray of bool, shape (n,)
    """
    from scipy import stats

    n = len(hits_a)
    only_a, only_b = int((hits_a & ~hits_b).sum()), int((~hits_a & hits_b).sum())
    discordant = only_a + only_b
    p = float(stats.binomtest(only_a, discordant, 0.5).pvalue) if discordant else 1.0
    value = (only_a - only_b) / n
    share = (only_a - only_b) / (n + 2)
    half = intervals.Z * float(np.sqrt(discordant + 1 - (only_a - only_b) ** 2 / (n + 2))) / (n + 2)
    low, high = share - half, share + half
    if p >= LEVEL and discordant:
        exact = stats.binomtest(only_a, discordant, 0.5).proportion_ci(intervals.LEVEL, method="exact")
        low = min(low, discordant / n * (2 * float(exact.low) - 1))
        high = max(high, discordant / n * (2 * float(exact.high) - 1))
    low, high = max(-1.0, min(low, value)), min(1.0, max(high, value))
    return Difference(
        float(hits_a.mean()), float(hits_b.mean()), value, low, high, p, n, "Agresti–Min", "McNemar, exact"
    )


def of_means(losses_a: Floats, losses_b: Floats, *, seed: int) -> Difference:
    """Compare two means over the same examples; the interval is the studentised bootstrap of the paired differences.

    Parameters
    ----------
    losses_a, losses_b : ndarray of float64, shape (n,)
    seed : int
    """
    apart = losses_a - losses_b
    value, n = float(apart.mean()), len(apart)
    low, high, method = _mean_interval(apart, seed)
    p, test = _flipped(apart, seed)
    low, high = _consistent(value, low, high, p)
    return Difference(float(losses_a.mean()), float(losses_b.mean()), value, low, high, p, n, method, test)


def _mean_interval(apart: Floats, seed: int) -> tuple[float, float, str]:
    n, value = len(apart), float(apart.mean())
    error = float(apart.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    if not error > 0:
        return value, value, "no spread to resample"
    if n > intervals.LARGE:
        return value - intervals.Z * error, value + intervals.Z * error, "normal approximation, paired"
    rng, draws = np.random.default_rng(seed), intervals.draws_for(n)
    block, pivots = max(1, _BLOCK // n), []
    for start in range(0, draws, block):
        part = apart[rng.integers(0, n, size=(min(block, draws - start), n), dtype=np.uint32)]
        spread = part.std(axis=1, ddof=1) / np.sqrt(n)
        pivots.append((part.mean(axis=1) - value)[spread > 0] / spread[spread > 0])
    low, high = np.quantile(np.concatenate(pivots), intervals.TAILS)
    ends = value - max(float(high), 0.0) * error, value - min(float(low), 0.0) * error
    return *ends, f"paired bootstrap-t ({draws} draws, seed {seed})"


def _flipped(apart: Floats, seed: int) -> tuple[float, str]:
    """Return the p-value of a mean difference under random changes of sign."""
    moved = apart[apart != 0]
    if not len(moved):
        return 1.0, "no difference"
    rng, observed, found = np.random.default_rng(seed + 1), abs(float(moved.sum())), 0
    if len(moved) > intervals.LARGE:
        z = observed / float(np.sqrt((moved**2).sum()))
        return float(2 * special.ndtr(-z)), "paired randomisation, normal approximation"
    edge = observed * (1 - 1e-12)
    block = max(1, _BLOCK // len(moved))
    for start in range(0, SWAPS, block):
        signs = rng.integers(0, 2, size=(min(block, SWAPS - start), len(moved)), dtype=np.int8)
        found += int((np.abs((2.0 * signs - 1.0) @ moved) >= edge).sum())
    return (found + 1) / (SWAPS + 1), f"paired randomisation ({SWAPS} swaps, seed {seed})"


def of_statistic(
    a: float,
    b: float,
    resampled: Floats,
    swapped: Floats,
    *,
    n: int,
    seed: int,
) -> Difference:
    """Compare two values of any statistic, from its differences in resampled and in swapped pairs.

    Parameters
    ----------
    a, b : float
    resampled : ndarray of float64, shape (draws,)
        ``a - b`` in resampled pairs.
    swapped : ndarray of float64, shape (swaps,)
        ``a - b`` after the two answers of each example changed places at random.
    n, seed : int
    """
    value = a - b
    # A plug-in statistic moves once more in a resample: its bias is taken out of the interval's middle.
    shift = float(resampled.mean()) - value
    low, high = (float(end) - shift for end in np.quantile(resampled, intervals.TAILS))
    found = int((np.abs(swapped) >= abs(value) * (1 - 1e-9) - 1e-15).sum())
    p = (found + 1) / (len(swapped) + 1)
    low, high = _consistent(value, low, high, p)
    method = f"paired bootstrap ({len(resampled)} draws, seed {seed})"
    test = f"paired randomisation ({len(swapped)} swaps, seed {seed})"
    return Difference(a, b, value, low, high, p, n, method, test)


def _consistent(value: float, low: float, high: float, p: float) -> tuple[float, float]:
    """Return the interval with the value in it, and with 0 too where the test found no difference."""
    low, high = min(low, value), max(high, value)
    return (min(low, 0.0), max(high, 0.0)) if p >= LEVEL else (low, high)


#: From the losses of one side in many samples, (samples, n), to the statistic of each, (samples,).
Side: TypeAlias = Callable[[Floats], Floats]


def of_rows(columns: Floats, side: Side, *, draws: int, seed: int) -> Difference:
    """Compare a statistic of the examples' losses.

    Parameters
    ----------
    columns : ndarray of float64, shape (n, 2)
        Losses of `a` and of `b`.
    side : callable
    draws, seed : int
    """
    n = len(columns)
    a, b = (float(side(columns[None, :, place])[0]) for place in (0, 1))
    rng, block = np.random.default_rng(seed), max(1, _BLOCK // n)
    moved = []
    for start in range(0, draws, block):
        part = columns[rng.integers(0, n, size=(min(block, draws - start), n), dtype=np.uint32)]
        moved.append(side(part[..., 0]) - side(part[..., 1]))
    changed = swap_rows(columns, side, draws=min(draws, SWAPS), seed=seed)
    return of_statistic(a, b, np.concatenate(moved), changed, n=n, seed=seed)


def swap_rows(columns: Floats, side: Side, *, draws: int, seed: int) -> Floats:
    """Return a statistic's difference after the two losses of each example changed places at random, (draws,)."""
    rng, n = np.random.default_rng(seed + 1), len(columns)
    block, out, total = max(1, _BLOCK // n), [], columns.sum(axis=1)
    for start in range(0, draws, block):
        turned = rng.integers(0, 2, size=(min(block, draws - start), n), dtype=np.int8).astype(bool)
        first = np.where(turned, columns[:, 1], columns[:, 0])
        out.append(side(first) - side(total - first))
    return np.concatenate(out)
