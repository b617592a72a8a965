"""Where failures lie among the other examples, in the model's own embedding space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.neighbours.embeddings import Embeddings
from analysis.types import FloatArray, IntArray

#: Neighbours whose labels are looked at, and whose mean distance says how far away an example is.
NEIGHBOURS, DISTANT = 10, 5
#: Examples answered well whose distances show what is usual; more only sharpen the quantiles.
USUAL = 2_000
#: With fewer of them nobody can say what is usual.
FEWEST = 30
_BLOCK = 256
#: Duplicates have no distance; their logarithm needs one.
_LEAST = 1e-9


@dataclass(frozen=True)
class Space:
    """Neighbours and distances of the failures.

    Attributes
    ----------
    neighbours : dict of int to ndarray of int64, shape (k,)
        Position of a failure → positions of the examples nearest to it, the nearest first, without itself.
    distance : dict of int to float
        Position of a failure → its mean distance to the five nearest examples that are answered well.
    usual : ndarray of float64, sorted
        The same distance of examples that are answered well themselves; empty where they are too few to say.
    vectors : ndarray of float32, shape (n, width)
    """

    neighbours: dict[int, IntArray]
    distance: dict[int, float]
    usual: npt.NDArray[np.float64]
    vectors: FloatArray

    def beyond(self, row: int) -> float:
        """Return how far outside the usual a failure lies, as `beyond` has it, on the log scale."""
        return beyond(np.log(np.maximum(self.usual, _LEAST)), float(np.log(max(self.distance[row], _LEAST))))

    def farther(self, row: int) -> int:
        """Return how many of the well answered examples in `usual` lie at least as far out as a failure."""
        return int((self.usual >= self.distance[row]).sum())


def beyond(usual: npt.NDArray[np.float64], value: float) -> float:
    """Return how many interquartile ranges a value lies above the third quartile of what is usual (Tukey's fences).

    Quartiles, unlike high quantiles, stay where they are when some of the usual ones are strangers themselves.

    Returns
    -------
    float
        Minus infinity with fewer than `FEWEST` usual values, or where they don't spread: then nobody can say.
    """
    clean = usual[np.isfinite(usual)]
    if len(clean) < FEWEST or not np.isfinite(value):
        return float("-inf")
    low, high = np.quantile(clean, [0.25, 0.75])
    return float((value - high) / (high - low)) if high > low else float("-inf")


def locate(
    embeddings: Embeddings,
    failures: IntArray,
    right: npt.NDArray[np.bool_],
    allowed: npt.NDArray[np.bool_],
    seed: int = 0,
) -> Space:
    """Find the neighbours of failures, and how far from the well answered examples they lie.

    Distances are measured to examples that are answered well only: several strangers of one kind would else vouch for
    each other.

    Parameters
    ----------
    embeddings : Embeddings
        Of n examples.
    failures : ndarray of int64
    right : ndarray of bool, shape (n,)
    allowed : ndarray of bool, shape (n,)
        Which examples may be a neighbour: those whose label means something.
    seed : int
        Draws `USUAL` well answered examples where there are more.
    """
    vectors = np.asarray(embeddings.vectors)
    known, well = np.flatnonzero(np.asarray(allowed, dtype=np.bool_)), np.flatnonzero(right)
    near = _nearest(vectors, failures, known, NEIGHBOURS)[0]
    away = _nearest(vectors, failures, well, DISTANT)[1].mean(axis=1) if len(well) else np.full(len(failures), np.nan)
    usual = np.empty(0)
    if len(well) >= FEWEST:
        drawn = well if len(well) <= USUAL else np.random.default_rng(seed).choice(well, USUAL, replace=False)
        usual = np.sort(_nearest(vectors, drawn, well, DISTANT)[1].mean(axis=1))
    keys = [int(row) for row in failures]
    return Space(dict(zip(keys, near, strict=True)), dict(zip(keys, away.tolist(), strict=True)), usual, vectors)


def _nearest(
    vectors: FloatArray, asked: IntArray, among: IntArray, k: int
) -> tuple[list[IntArray], npt.NDArray[np.float64]]:
    """Return positions and distances of the nearest others of each example that is asked about."""
    pool = np.asarray(vectors[among], dtype=np.float64)
    lengths = (pool**2).sum(axis=1)
    k = min(k, max(0, len(among) - 1))
    rows: list[IntArray] = []
    far = np.full((len(asked), max(1, k)), np.nan)
    for start in range(0, len(asked), _BLOCK):
        part = asked[start : start + _BLOCK]
        here = np.asarray(vectors[part], dtype=np.float64)
        squares = np.maximum((here**2).sum(axis=1)[:, None] + lengths[None] - 2 * here @ pool.T, 0.0)
        squares[part[:, None] == among[None]] = np.inf  # An example is no neighbour of itself.
        order = np.argpartition(squares, k, axis=1)[:, :k] if 0 < k < len(among) else np.empty((len(part), 0), np.int64)
        order = np.take_along_axis(order, np.argsort(np.take_along_axis(squares, order, 1), axis=1, kind="stable"), 1)
        rows += [among[o].astype(np.int64) for o in order]
        if k:
            far[start : start + len(part)] = np.sqrt(np.take_along_axis(squares, order, axis=1))
    return rows, far
