"""Examples unlike those that the model is used on: out of scope for it, whatever it answers.

Three signs. The distance to the k-th nearest neighbour among the network's own embeddings, each of length 1 (Sun et al.
2022); for tables, among the standardised features: far beyond Tukey's outer fence on the log scale, or beyond the
inner one where the model is unsure as well. Words that the tokenizer knows in far smaller pieces only, beyond the inner
fence: another language, code, another kind of text. And scores spread over more classes than two (Hendrycks and Gimpel
2017): an entropy beyond Tukey's inner fence, and above that of a coin. Between two classes an answer is ambiguous, not
out of scope, so that a model of two classes doesn't show this sign.

None needs a right answer. A failure is judged by another yardstick, what the model answers *well*
(`analysis.failures.causes.rules.scope`), which tells more and says nothing of the other examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.strings import as_strings
from analysis.types import FloatArray, IntArray

#: Fewest neighbours that are looked at, the share of the examples otherwise, and the most.
NEIGHBOURS, SHARE, MOST = 5, 0.02, 50
#: Interquartile ranges above the third quartile: surely far, and far enough where the model is unsure.
OUTER, INNER = 3.0, 1.5
#: Unsure: less than this quantile of the split's confidences.
UNSURE = 0.25
#: Fewer examples than this have no typical distance.
FEWEST = 30
#: Scores that are looked at in one go.
_VALUES = 2_000_000
FAR, FAR_UNSURE, SPREAD = "far", "fairly far, and less sure than usual", "scores spread over many classes"
FRAGMENTS = "words in far smaller pieces than usual"

Floats: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scope:
    """Which examples are unlike the others.

    Attributes
    ----------
    strangers : ndarray of int64
        Positions of examples out of scope: the far ones first, the farthest of them first.
    reasons : tuple of str
        Why, one for each stranger: `FAR`, `FAR_UNSURE`, `FRAGMENTS` or `SPREAD`.
    times : ndarray of float64, shape (n,)
        Distance as a multiple of the usual (the median of its split); 1 where it can't be told.
    embedded : bool
        Whether distances could be looked at.
    """

    strangers: IntArray
    reasons: tuple[str, ...]
    times: Floats
    embedded: bool


def scope_of(
    vectors: FloatArray | None,
    compared: IntArray,
    scores: FloatArray | None,
    splits: Sequence[str],
    pieces: Floats | None = None,
) -> Scope:
    """Find the examples unlike those that are compared with.

    A model lays what it learned from closer together than anything else, so that all of a new split is farther: what
    is usual is taken from each split itself.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, width), or None
        None where the model hands out no embeddings.
    compared : ndarray of int64
        Rows to compare with: those of the split that the model learned from, else all.
    scores : ndarray of float32, shape (n, k), or None
        Probabilities of the classes; None for a regression.
    splits : sequence of str
        Of each example; those with fewer than `FEWEST` are judged with what is compared with.
    pieces : ndarray of float64, shape (n,), or None
        Of texts the mean length of a token, in characters; NaN for a text without tokens.
    """
    n = len(splits)
    times = np.ones(n)
    far, fairly, unsure, spread, broken = (np.zeros(n, np.bool_) for _ in range(5))
    embedded = vectors is not None and len(compared) >= FEWEST
    away = _distances(vectors, compared) if vectors is not None and embedded else None
    for rows, usual in _groups(splits, compared):
        if away is not None:
            times[rows], far[rows], fairly[rows] = _fences(away[rows], away[usual])
        if scores is not None and len(usual) >= FEWEST:
            confidence = np.asarray(scores.max(axis=1))
            unsure[rows] = confidence[rows] < np.quantile(confidence[usual], UNSURE)
            spread[rows] = _spread(scores[rows], scores[usual])
        if pieces is not None and len(usual) >= FEWEST:
            broken[rows] = _broken(pieces[rows], pieces[usual])
    signs = [far, fairly & unsure, broken, spread]
    reason = np.select(signs, [FAR, FAR_UNSURE, FRAGMENTS, SPREAD], default="")
    found = np.flatnonzero(reason != "")
    nearby = np.isin(reason[found], (FRAGMENTS, SPREAD))
    order = found[np.lexsort((-times[found], nearby))].astype(np.int64)
    return Scope(order, tuple(str(r) for r in reason[order]), times, embedded)


def _groups(splits: Sequence[str], compared: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Return rows that are judged together, each with the rows that say what is usual."""
    group, names = as_strings(splits).factorised
    small = np.bincount(group, minlength=len(names))[group] < FEWEST
    parts = [np.flatnonzero((group == i) & ~small) for i in range(len(names))]
    alone = np.flatnonzero(small)
    return [(rows, rows) for rows in parts if len(rows)] + ([(alone, compared)] if len(alone) else [])


def _distances(vectors: FloatArray, compared: IntArray) -> Floats:
    from sklearn.neighbors import NearestNeighbors

    k = int(np.clip(SHARE * len(compared), NEIGHBOURS, MOST))
    data = np.asarray(vectors, dtype=np.float32)
    near = NearestNeighbors(n_neighbors=k + 1).fit(data[compared]).kneighbors(data)[0]
    # An example among those compared with is its own nearest.
    own = np.isin(np.arange(len(data)), compared)
    return np.asarray(np.where(own, near[:, -1], near[:, -2]), dtype=np.float64)


def _fences(away: Floats, usual: Floats) -> tuple[Floats, BoolArray, BoolArray]:
    """Return distances as multiples of the usual, and which lie beyond the outer and the inner fence."""
    # Duplicates of one example have no distance, and say nothing about how far is far.
    usual = usual[usual > 0]
    if not len(usual):
        return np.ones(len(away)), np.zeros(len(away), np.bool_), np.zeros(len(away), np.bool_)
    logs = np.log(np.maximum(away, 1e-12))
    low, high = np.quantile(np.log(usual), [0.25, 0.75])
    spread = max(float(high - low), 1e-6)
    return away / float(np.median(usual)), logs > high + OUTER * spread, logs > high + INNER * spread


def _spread(scores: FloatArray, usual: FloatArray) -> BoolArray:
    """Return whose scores are spread over more classes than two, and than is usual."""
    low, high = np.quantile(_entropy(usual), [0.25, 0.75])
    limit = max(float(np.log(2)), float(high + INNER * (high - low)))
    return np.asarray(_entropy(scores) > limit, dtype=np.bool_)


def _entropy(scores: FloatArray) -> Floats:
    """Return the entropy of each row, a part of them at a time: SciPy takes several copies."""
    from scipy.stats import entropy

    step = max(1, _VALUES // max(1, scores.shape[1]))
    parts = [entropy(scores[i : i + step].T.astype(np.float64)) for i in range(0, len(scores), step)]
    return np.asarray(np.concatenate(parts), dtype=np.float64)


def _broken(pieces: Floats, usual: Floats) -> BoolArray:
    """Return whose words fall into smaller pieces than Tukey's inner fence, on the log scale."""
    known = usual[np.isfinite(usual) & (usual > 0)]
    if not len(known):
        return np.zeros(len(pieces), np.bool_)
    low, high = np.quantile(np.log(known), [0.25, 0.75])
    limit = float(np.exp(low - INNER * (high - low)))
    return np.asarray((pieces > 0) & (pieces < limit), dtype=np.bool_)
