"""Paired differences of what rests on all scores: areas under the curves, and the calibration error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from analysis.comparison.areas import Sorted, by_class, exchanges, mean_areas, resamples, sorted_by
from analysis.comparison.differences import SWAPS, Difference, of_statistic
from analysis.comparison.pairs import Pairs
from analysis.metrics import intervals
from analysis.metrics.averages import Floats
from analysis.metrics.calibration import BINS
from analysis.metrics.mean_areas import MOST
from analysis.types import FloatArray, IntArray

#: Scores times samples that the areas may cost, and samples that are drawn at least.
_BUDGET, FEWEST = 8_000_000, 40
AREAS = ("roc_area", "average_precision")


def area_differences(pairs: Pairs, *, seed: int = 0) -> dict[str, Difference]:
    """Return the differences of both areas, mean over the classes that occur; none where only one occurs.

    The test exchanges the two models' *ranks* of an example instead of their scores, which may be on different
    scales (Venkatraman and Begg 1996).

    Parameters
    ----------
    pairs : Pairs
        Of a classification.
    seed : int
    """
    classes = np.unique(pairs.truth)
    size = pairs.n * len(classes)
    if len(classes) < 2 or size > MOST:
        return {}
    draws = int(np.clip(_BUDGET // size, FEWEST, SWAPS))
    scores = [_aligned(pairs, classes, side) for side in ("a", "b")]
    truth = np.searchsorted(classes, pairs.truth).astype(np.int64)
    every = np.arange(len(classes))
    sides = [by_class(side, truth, every) for side in scores]
    here = [mean_areas(side, np.ones((1, pairs.n))) for side in sides]
    moved = [[mean_areas(side, w) for side in sides] for w in resamples(pairs.n, draws, seed)]
    merged = _merged(scores, truth)
    changed = [
        [mean_areas(merged, np.concatenate(halves, axis=1)) for halves in ((w, 1 - w), (1 - w, w))]
        for w in exchanges(pairs.n, draws, seed)
    ]
    out = {}
    for place, key in enumerate(AREAS):
        a, b = (float(side[place][0]) for side in here)
        resampled = np.concatenate([first[place] - second[place] for first, second in moved])
        swapped = np.concatenate([first[place] - second[place] for first, second in changed])
        out[key] = _of(a, b, resampled[np.isfinite(resampled)], swapped, pairs.n, seed)
    return out


def _aligned(pairs: Pairs, classes: IntArray, side: str) -> FloatArray:
    """Return one side's scores of the classes that occur, (n, classes)."""
    run, rows = (pairs.a, pairs.rows_a) if side == "a" else (pairs.b, pairs.rows_b)
    columns = classes if side == "a" else pairs.columns_b[classes]
    return np.asarray(run.scores[rows][:, columns])


def _merged(scores: list[FloatArray], truth: IntArray) -> list[Sorted]:
    """Return for each class all examples twice, by the ranks that `a` and `b` give them."""
    found = []
    for c in range(scores[0].shape[1]):
        ranks = np.concatenate([rankdata(side[:, c]) for side in scores])
        found.append(sorted_by(ranks, np.concatenate([truth == c, truth == c])))
    return found


def _of(a: float, b: float, resampled: Floats, swapped: Floats, n: int, seed: int) -> Difference:
    """Compare two values; with too few samples for percentiles, by their spread."""
    if len(swapped) >= intervals.ENOUGH_DRAWS:
        return of_statistic(a, b, resampled, swapped, n=n, seed=seed)
    from scipy.stats import norm

    value, spread, luck = a - b, float(resampled.std(ddof=1)), float(np.sqrt((swapped**2).mean()))
    p = float(2 * norm.sf(abs(value) / luck)) if luck > 0 else 1.0
    low, high = value - intervals.Z * spread, value + intervals.Z * spread
    if p >= intervals.TAILS[0] * 2:
        low, high = min(low, 0.0), max(high, 0.0)
    method = f"normal approximation, spread of {len(resampled)} resampled pairs (seed {seed})"
    test = f"normal approximation, spread of {len(swapped)} paired exchanges (seed {seed})"
    return Difference(a, b, value, low, high, p, n, method, test)


def calibration_difference(pairs: Pairs, *, seed: int = 0) -> Difference:
    """Return the difference of the expected calibration errors, 10 ranges of equal width.

    Parameters
    ----------
    pairs : Pairs
        Of a classification.
    seed : int
    """
    a, b = (
        _gaps(run.scores[rows], hits)
        for run, rows, hits in ((pairs.a, pairs.rows_a, pairs.hits_a), (pairs.b, pairs.rows_b, pairs.hits_b))
    )
    n = pairs.n
    draws = int(np.clip(2 * _BUDGET // n, FEWEST, SWAPS))

    def error(gaps: Floats) -> Floats:
        return np.asarray(np.abs(gaps).sum(axis=1) / n)

    here = [float(error(side.sum(axis=0)[None, :])[0]) for side in (a, b)]
    resampled = np.concatenate([error(w @ a) - error(w @ b) for w in resamples(n, draws, seed)])
    swapped = np.concatenate(
        [error(w @ a + (1 - w) @ b) - error((1 - w) @ a + w @ b) for w in exchanges(n, draws, seed)]
    )
    return _of(here[0], here[1], resampled, swapped, n, seed)


def _gaps(scores: FloatArray, hits: npt.NDArray[np.bool_]) -> Floats:
    """Return by how much each example's confidence is above its being right, in the column of its range."""
    sure = np.asarray(scores, dtype=np.float64).max(axis=1)
    place = np.clip(np.ceil(sure * BINS).astype(np.int64) - 1, 0, BINS - 1)
    return np.asarray((sure - hits)[:, None] * (place[:, None] == np.arange(BINS)))
