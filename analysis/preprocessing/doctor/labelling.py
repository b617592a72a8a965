"""The order of the labels: the best assignment of outputs to names, judged on examples left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from analysis.preprocessing.doctor.losses import CAP, Losses, log_losses
from analysis.types import Edit, FloatArray, IntArray

#: Nats that keep an output at its present name where the examples say nothing.
TIE = 1e-6


def best_assignment(scores: FloatArray, truth: IntArray) -> IntArray:
    """Return for each class the output that fits its examples best, each output used once.

    Parameters
    ----------
    scores : ndarray of float32, shape (n, k)
        Probabilities; column j is now called j.
    truth : ndarray of int64, shape (n,)
        True classes, 0 … k-1.

    Returns
    -------
    ndarray of int64, shape (k,)
        Output that should carry the name of each class.

    Notes
    -----
    Maximises the capped log likelihood over all assignments (Hungarian method, Kuhn 1955).
    """
    k = scores.shape[1]
    logs = np.maximum(np.log(np.maximum(np.asarray(scores, dtype=np.float64), 1e-30)), -CAP)
    evidence = np.zeros((k, k))
    np.add.at(evidence, truth, logs)
    evidence[np.arange(k), np.arange(k)] += TIE
    _, outputs = linear_sum_assignment(evidence, maximize=True)
    return np.asarray(outputs, dtype=np.int64)


def left_out_scores(scores: FloatArray, truth: IntArray, folds: IntArray) -> FloatArray:
    """Return scores (n, k) renamed by an assignment that never saw the example itself.

    Parameters
    ----------
    scores, truth
        As in `best_assignment`.
    folds : ndarray of int64, shape (n,)
        Examples of one fold are left out together.
    """
    renamed = np.empty_like(scores)
    for fold in np.unique(folds):
        mine = folds == fold
        renamed[mine] = scores[mine][:, best_assignment(scores[~mine], truth[~mine])]
    return renamed


def left_out_losses(scores: FloatArray, truth: IntArray, folds: IntArray) -> Losses:
    """Return the capped log losses of `left_out_scores`, in nats."""
    return log_losses(left_out_scores(scores, truth, folds), truth)


def confirmed_classes(scores: FloatArray, truth: IntArray, folds: IntArray) -> tuple[int, int]:
    """Return how many classes the assignment could be confirmed for, and how many have examples at all.

    A class is confirmed when it has at least two examples and the assignments that left one of them out
    agree with the one over all examples. A class with one example can't confirm anything.
    """
    whole = best_assignment(scores, truth)
    agree = np.ones(scores.shape[1], dtype=bool)
    for fold in np.unique(folds):
        part = best_assignment(scores[folds != fold], truth[folds != fold])
        seen = np.bincount(truth[folds == fold], minlength=len(agree)) > 0
        agree &= ~seen | (part == whole)
    counts = np.bincount(truth, minlength=scores.shape[1])
    return int((agree & (counts >= 2)).sum()), int((counts > 0).sum())


def label_edit(names: Sequence[str], outputs: IntArray) -> Edit | None:
    """Return the edit that gives each class's name to its output, or None where nothing changes.

    Parameters
    ----------
    names : sequence of str, length k
        Names of the outputs now.
    outputs : ndarray of int64, shape (k,)
        From `best_assignment`.
    """
    corrected = list(names)
    for name, output in zip(names, outputs, strict=True):
        corrected[output] = name
    moved = [i for i in range(len(names)) if corrected[i] != names[i]]
    if not moved:
        return None
    if len(names) == 2:
        sentence = f"positive class: {names[1]} → {corrected[1]}"
        return Edit("positive_class", {"labels": list(names)}, {"labels": corrected}, sentence, within="label_order")
    shown = ", ".join(f"output {i}: {names[i]} → {corrected[i]}" for i in moved[:3])
    more = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
    return Edit("label_order", {"labels": list(names)}, {"labels": corrected}, f"label order: {shown}{more}")
