"""One pass over the scores: what every classification metric is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.types import FloatArray, IntArray, Predictions

#: Scores that are looked at in one go: 4 million float32 are 16 MB, so a memory-mapped matrix is never loaded whole.
CHUNK_VALUES = 4_000_000

_NO_INTS, _NO_FLOATS = np.empty(0, np.int64), np.empty(0, np.float32)


@dataclass(frozen=True)
class Tally:
    """What is kept of the examples whose true label the model knows.

    Attributes
    ----------
    k : int
        Classes that the model has.
    unknown : int
        Examples left out because the model doesn't know their label.
    true, predicted : ndarray of int64, shape (cells,)
        The confusion matrix's cells that are not empty, sorted by true, then predicted.
    counts : ndarray of int64, shape (cells,)
        Examples in each of them.
    p_true : ndarray of float32, shape (n,)
        Score of the true label, one for every known example.
    squares : ndarray of float64, shape (n,)
        Sum of the squared scores.
    rank : ndarray of int64, shape (n,)
        Classes scored above the true one (0: it is the top); ties as in scikit-learn. Zeros where it wasn't asked for.
    """

    k: int
    unknown: int
    true: IntArray
    predicted: IntArray
    counts: IntArray
    p_true: FloatArray
    squares: npt.NDArray[np.float64]
    rank: IntArray

    @property
    def n(self) -> int:
        """Examples that the metrics rest on."""
        return int(self.counts.sum())


def tally(predictions: Predictions, *, ranked: bool = False) -> Tally:
    """Count a classification run in one streaming pass over its scores.

    Parameters
    ----------
    predictions : Predictions
        ``scores`` float32 (n, k), possibly memory-mapped; read in chunks of about 16 MB.
    ranked : bool
        Rank the true label among five classes or fewer too; nothing in the headline needs it.

    Returns
    -------
    Tally
    """
    n, k = predictions.scores.shape
    truth = np.asarray(predictions.truth, dtype=np.int64)
    step = max(1, CHUNK_VALUES // max(1, k))
    codes, p_true, squares, rank = [_NO_INTS], [_NO_FLOATS], [_NO_FLOATS.astype(np.float64)], [_NO_INTS]
    for start in range(0, n, step):
        part = truth[start : start + step]
        known = part >= 0
        scores = np.asarray(predictions.scores[start : start + step])
        if not known.all():
            part, scores = part[known], scores[known]
        codes.append(part * k + np.argmax(scores, axis=1))
        own = np.take_along_axis(scores, part[:, None], axis=1)
        p_true.append(own[:, 0])
        squares.append(np.einsum("ij,ij->i", scores, scores).astype(np.float64))
        rank.append(_rank(scores, own, part) if k > 5 or ranked else np.zeros(len(part), np.int64))
    cells, counts = occupied_cells(np.concatenate(codes), k)
    return Tally(
        k=k,
        unknown=int((truth < 0).sum()),
        true=cells // k if k else cells,
        predicted=cells % k if k else cells,
        counts=counts,
        p_true=np.concatenate(p_true),
        squares=np.concatenate(squares),
        rank=np.concatenate(rank),
    )


def occupied_cells(codes: IntArray, k: int) -> tuple[IntArray, IntArray]:
    """Return the occupied cells and their counts: by counting while the matrix is small, by sorting when it isn't."""
    if k * k <= CHUNK_VALUES:
        counts = np.bincount(codes, minlength=k * k).astype(np.int64)
        cells = np.flatnonzero(counts)
        return cells, counts[cells]
    cells, found = np.unique(codes, return_counts=True)
    return cells, found.astype(np.int64)


def _rank(scores: FloatArray, own: FloatArray, truth: IntArray) -> IntArray:
    """Count the classes before the true one; of equal scores the later class comes first, as scikit-learn has it."""
    above = np.count_nonzero(scores > own, axis=1)
    level = np.count_nonzero(scores == own, axis=1)
    tied = np.flatnonzero(level > 1)
    if len(tied):
        later = np.arange(scores.shape[1]) > truth[tied, None]
        above[tied] += np.count_nonzero((scores[tied] == own[tied]) & later, axis=1)
    ranks: IntArray = above.astype(np.int64, copy=False)
    return ranks
