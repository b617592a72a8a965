"""The nearest examples of one, and whether nearness means anything in this space."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.metrics.intervals import wilson
from analysis.neighbours.embeddings import Embeddings
from analysis.sampling import draw
from analysis.types import Estimate, FloatArray, IntArray, Kind, Predictions

#: Vectors that are compared in one go.
_BLOCK = 128
#: Examples that `agreement` looks at; more only narrow the interval.
SAMPLED = 2_000
#: Examples among which it looks for the nearest ones; beyond them, among as many drawn at random.
AMONG = 20_000


@dataclass(frozen=True)
class Neighbours:
    """The examples nearest to one.

    Attributes
    ----------
    rows : ndarray of int64, shape (k,)
        Positions in the embeddings (and the predictions that they belong to), the nearest first.
    distances : ndarray of float32, shape (k,)
        In the space's own unit: `Embeddings.distance`.
    usual : float
        The median distance of the example to all others, to judge those by.
    """

    rows: IntArray
    distances: FloatArray
    usual: float


def nearest(embeddings: Embeddings, row: int, k: int = 6) -> Neighbours:
    """Return the examples nearest to one, without itself. Equal distances keep the order of the data.

    Parameters
    ----------
    embeddings : Embeddings
    row : int
        Position of the example.
    k : int
    """
    distances = _distances(embeddings, np.array([row], dtype=np.int64))[0]
    distances[row] = np.inf
    order = np.argsort(distances, kind="stable")[: min(k, len(embeddings) - 1)].astype(np.int64)
    others = distances[np.isfinite(distances)]
    usual = float(np.median(others)) if len(others) else float("nan")
    return Neighbours(order, distances[order].astype(np.float32), usual)


def _distances(embeddings: Embeddings, rows: IntArray) -> FloatArray:
    """Return distances (len(rows), n) in the space's unit."""
    asked = np.asarray(embeddings.vectors[rows], dtype=np.float64)
    pieces = []
    for start in range(0, len(embeddings), 8192):
        part = np.asarray(embeddings.vectors[start : start + 8192], dtype=np.float64)
        squares = (asked**2).sum(1)[:, None] + (part**2).sum(1)[None] - 2 * asked @ part.T
        pieces.append(np.maximum(squares, 0.0))
    squares = np.concatenate(pieces, axis=1)
    # For vectors of length 1, half the squared distance is 1 − cosine.
    found = squares / 2 if embeddings.distance.startswith("1 − cos") else np.sqrt(squares)
    return np.asarray(np.where(found < 1e-6, 0.0, found), dtype=np.float32)


@dataclass(frozen=True)
class Agreement:
    """How often the nearest example has the same label.

    Attributes
    ----------
    share : Estimate
        With Wilson's interval.
    chance : float
        How often an example drawn at random would have it.
    drawn : str
        From how many of the examples it is, in words; empty where all were looked at.
    """

    share: Estimate
    chance: float
    drawn: str = ""

    @property
    def tells(self) -> bool:
        """Whether nearness says more about labels than chance."""
        return self.share.low > self.chance


def agreement(embeddings: Embeddings, predictions: Predictions, seed: int = 0) -> Agreement | None:
    """Return how often an example's nearest one has its label, or None for a regression or fewer than two examples.

    Parameters
    ----------
    embeddings : Embeddings
        Of the rows of `predictions`, in their order.
    predictions : Predictions
    seed : int
        Draws `SAMPLED` examples where there are more, and the `AMONG` among which their nearest are looked for.
    """
    among = draw(len(embeddings), AMONG, seed)
    n = len(among.rows)
    if predictions.task.kind is Kind.REGRESSION or n < 2:
        return None
    labels = predictions.truth_labels.factorised[0][among.rows]
    if not among.all:
        embeddings = replace(embeddings, vectors=np.asarray(embeddings.vectors[among.rows]))
    asked = np.arange(n)
    if n > SAMPLED:
        asked = np.sort(np.random.default_rng(seed).choice(n, SAMPLED, replace=False))
    same = 0
    for start in range(0, len(asked), _BLOCK):
        part = asked[start : start + _BLOCK]
        distances = _distances(embeddings, part.astype(np.int64))
        distances[np.arange(len(part)), part] = np.inf
        same += int((labels[distances.argmin(axis=1)] == labels[part]).sum())
    sizes = np.bincount(labels)
    chance = float((sizes[labels[asked]] - 1).mean() / (n - 1))
    return Agreement(wilson(same, len(asked)), chance, among.sentence)
