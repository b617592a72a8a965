"""The confusion matrix, ordered so that confusable classes adjoin, and the examples behind each of its cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.metrics.tally import occupied_cells
from analysis.types import IntArray, Predictions

#: Stands for all classes that a limited matrix does not show one by one.
OTHER = "(other)"
#: Stands for true labels that the model doesn't have.
UNKNOWN = "(unknown label)"
#: Classes above which the leaves are not ordered optimally: that takes the third power of their number.
_ORDERED = 200

By: TypeAlias = Literal["row", "column", "all"]


@dataclass(frozen=True)
class ConfusionMatrix:
    """Counts of true against predicted classes, as they are drawn.

    Attributes
    ----------
    labels : tuple of str
        Predicted labels, one a column, in the order drawn; the last is `OTHER` where `other` is True.
    row_labels : tuple of str
        True labels, one a row: `labels`, then `UNKNOWN` where `unknown` is not 0.
    counts : ndarray of int64, shape (rows, columns)
        Examples.
    order : ndarray of int64
        Position in the model's label list of each class that is shown by itself.
    other : bool
        Whether there are more classes than are shown.
    unknown : int
        Examples whose true label the model doesn't have.
    classes : int
        Classes that the model has.
    """

    labels: tuple[str, ...]
    row_labels: tuple[str, ...]
    counts: IntArray
    order: IntArray
    other: bool
    unknown: int
    classes: int

    @property
    def n(self) -> int:
        """Examples in all."""
        return int(self.counts.sum())

    def normalised(self, by: By) -> npt.NDArray[np.float64]:
        """Return shares of each row, of each column, or of all examples; 0 where there is nothing to share."""
        counts = self.counts.astype(np.float64)
        axis = {"row": 1, "column": 0, "all": None}[by]
        total = counts.sum(axis=axis, keepdims=True)
        shares: npt.NDArray[np.float64] = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
        return shares


@dataclass(frozen=True)
class Confusion:
    """One class that is taken for another.

    Attributes
    ----------
    true, predicted : str
    n : int
        Examples of `true` that are called `predicted`.
    of : int
        Examples of `true`.
    rows : ndarray of int64, shape (n,)
        Their positions in the predictions, the surest first.
    """

    true: str
    predicted: str
    n: int
    of: int
    rows: IntArray


def confusion(predictions: Predictions, *, limit: int = 30) -> ConfusionMatrix:
    """Count true against predicted classes.

    Parameters
    ----------
    predictions : Predictions
        A classification run.
    limit : int
        Classes that are shown by themselves. Where the model has more, the ones most often involved in
        errors are shown, and the rest together as `OTHER`.

    Returns
    -------
    ConfusionMatrix
    """
    return _matrix(predictions, predictions.predicted, limit)


def _matrix(predictions: Predictions, predicted: IntArray, limit: int) -> ConfusionMatrix:
    k = predictions.scores.shape[1]
    truth = np.asarray(predictions.truth, dtype=np.int64)
    shown = _shown(truth, predicted, k, limit)
    place = np.full(k + 1, len(shown), dtype=np.int64)
    place[shown] = np.arange(len(shown))
    rows, columns = place[truth], place[predicted]
    # Position −1, a label that the model doesn't have, reads the spare place at the end.
    rows[truth < 0] = len(shown) + 1
    width = len(shown) + 2
    counts = np.bincount(rows * width + columns, minlength=width * width).reshape(width, width).astype(np.int64)
    shared = counts[: len(shown), : len(shown)]
    sequence = _adjoining(shared, shown)
    other = bool(counts[len(shown)].any() or counts[:, len(shown)].any())
    unknown = int(counts[-1].sum())
    kept = [*sequence.tolist(), *([len(shown)] if other else [])]
    labels = tuple(predictions.task.labels[i] for i in shown[sequence]) + ((OTHER,) if other else ())
    return ConfusionMatrix(
        labels=labels,
        row_labels=labels + ((UNKNOWN,) if unknown else ()),
        counts=counts[np.ix_([*kept, *([len(shown) + 1] if unknown else [])], kept)],
        order=shown[sequence],
        other=other,
        unknown=unknown,
        classes=k,
    )


def _shown(truth: IntArray, predicted: IntArray, k: int, limit: int) -> IntArray:
    """Return the classes that get a row of their own: all, or those with most errors, in the model's order."""
    if k <= limit:
        return np.arange(k)
    wrong = (truth != predicted) & (truth >= 0)
    involved = np.bincount(truth[wrong], minlength=k) + np.bincount(predicted[wrong], minlength=k)
    size = np.bincount(truth[truth >= 0], minlength=k)
    ranked = np.lexsort((np.arange(k), -size, -involved))
    used = ranked[(involved + size)[ranked] > 0]
    return np.sort(used[:limit]).astype(np.int64)


def _adjoining(counts: IntArray, shown: IntArray) -> IntArray:
    """Return an order in which confusable classes adjoin; those that are confused with none keep theirs, at the end.

    Optimal leaf ordering (Bar-Joseph et al. 2001) of an average-linkage tree over the symmetrised confusions.
    """
    size = np.maximum(counts.sum(axis=1), 1)
    shares = (counts + counts.T) / np.sqrt(size[:, None] * size[None, :])
    np.fill_diagonal(shares, 0)
    confused = np.flatnonzero(shares.any(axis=1))
    if not 3 <= len(confused) <= _ORDERED:
        confused_first = confused if len(confused) == 2 else np.empty(0, np.int64)
    else:
        confused_first = confused[_leaves(shares[np.ix_(confused, confused)])]
    rest = np.setdiff1d(np.arange(len(shown)), confused_first)
    return np.concatenate([confused_first, rest]).astype(np.int64)


def _leaves(shares: npt.NDArray[np.float64]) -> IntArray:
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    far = 1 - shares / shares.max()
    np.fill_diagonal(far, 0)
    condensed = squareform(far, checks=False)
    leaves: IntArray = leaves_list(optimal_leaf_ordering(linkage(condensed, "average"), condensed)).astype(np.int64)
    return leaves


def cell(predictions: Predictions, true: str, predicted: str, *, limit: int = 30) -> IntArray:
    """Return the examples of one cell, the surest answers first.

    Parameters
    ----------
    predictions : Predictions
    true : str
        A label of the model or of the data, `OTHER` or `UNKNOWN`.
    predicted : str
        A label of the model, or `OTHER`.
    limit : int
        As in the matrix that the cell was picked from; only `OTHER` depends on it.

    Returns
    -------
    ndarray of int64
        Positions in the predictions; empty where there is no such label.
    """
    answers = predictions.predicted
    rows = _with_truth(predictions, answers, true, limit)
    return surest_first(predictions, rows[_called(predictions, answers, predicted, limit)[rows]])


def row(predictions: Predictions, true: str, *, limit: int = 30) -> IntArray:
    """Return the examples with one true label, the surest answers first. See `cell`."""
    return surest_first(predictions, _with_truth(predictions, predictions.predicted, true, limit))


def column(predictions: Predictions, predicted: str, *, limit: int = 30) -> IntArray:
    """Return the examples that were called so, the surest answers first. See `cell`."""
    called = _called(predictions, predictions.predicted, predicted, limit)
    return surest_first(predictions, np.flatnonzero(called).astype(np.int64))


def surest_first(predictions: Predictions, rows: IntArray) -> IntArray:
    """Return `rows` ordered by the score of the answer, highest first."""
    return rows[np.argsort(-predictions.confidence[rows], kind="stable")]


def _positions(predictions: Predictions, answers: IntArray, label: str, limit: int) -> IntArray:
    labels = predictions.task.labels
    if label in labels:
        # A list may name one label twice.
        return np.array([i for i, name in enumerate(labels) if name == label], dtype=np.int64)
    if label != OTHER:
        return np.empty(0, np.int64)
    truth = np.asarray(predictions.truth, dtype=np.int64)
    shown = _shown(truth, answers, len(labels), limit)
    return np.setdiff1d(np.arange(len(labels)), shown).astype(np.int64)


def _called(predictions: Predictions, answers: IntArray, label: str, limit: int) -> npt.NDArray[np.bool_]:
    return np.isin(answers, _positions(predictions, answers, label, limit))


def _with_truth(predictions: Predictions, answers: IntArray, label: str, limit: int) -> IntArray:
    truth = np.asarray(predictions.truth)
    known = np.isin(truth, _positions(predictions, answers, label, limit))
    if known.any():
        return np.flatnonzero(known).astype(np.int64)
    strangers = np.flatnonzero(truth < 0).astype(np.int64)
    if label == UNKNOWN:
        return strangers
    return strangers[predictions.truth_labels.take(strangers).among([label])]


def worst_confusions(predictions: Predictions, top: int = 6) -> tuple[Confusion, ...]:
    """Return the confusions that weigh most.

    They are ranked by n × n / of: many examples, and a large share of their class. Five of five cats come before
    six of four hundred lions, and those before one of one owl.

    Parameters
    ----------
    predictions : Predictions
        A classification run; examples whose label the model doesn't know are left out.
    top : int

    Returns
    -------
    tuple of Confusion
        At most `top`; empty where nothing is wrong.
    """
    return worst_of(predictions, predictions.predicted, top)


def worst_of(predictions: Predictions, answers: IntArray, top: int) -> tuple[Confusion, ...]:
    """Return what `worst_confusions` returns, from predicted positions that are known already."""
    k = predictions.scores.shape[1]
    truth = np.asarray(predictions.truth, dtype=np.int64)
    wrong = np.flatnonzero((truth >= 0) & (truth != answers))
    cells, counts = occupied_cells(truth[wrong] * k + answers[wrong], k)
    size = np.bincount(truth[truth >= 0], minlength=k)
    weight = counts.astype(np.float64) ** 2 / size[cells // k] if len(cells) else counts.astype(np.float64)
    out = []
    for i in np.argsort(-weight, kind="stable")[:top]:
        t, p = int(cells[i] // k), int(cells[i] % k)
        rows = wrong[(truth[wrong] == t) & (answers[wrong] == p)].astype(np.int64)
        true, called = predictions.task.labels[t], predictions.task.labels[p]
        out.append(Confusion(true, called, int(counts[i]), int(size[t]), surest_first(predictions, rows)))
    return tuple(out)
