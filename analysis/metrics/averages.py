"""Metrics as functions of the confusion matrix's diagonal and margins, for one matrix or many resampled ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

#: Step of the differences that derivatives are taken by, in examples.
STEP = 1e-4


@dataclass(frozen=True)
class Margins:
    """Right answers, true and predicted examples of each class.

    Attributes
    ----------
    tp, row, col : ndarray of float64, shape (..., k)
        Examples of a class that were called so; that are so; that were called so, rightly or not.
        Leading axes are resampled matrices.
    """

    tp: Floats
    row: Floats
    col: Floats

    @property
    def n(self) -> Floats:
        """Examples in all, shape (...)."""
        return np.asarray(self.row.sum(axis=-1))


class Average(Protocol):
    """A metric that is computed from `Margins`."""

    def value(self, m: Margins) -> Floats:
        """Return the metric, shape (...)."""
        ...

    def slopes(self, m: Margins) -> tuple[Floats, Floats, Floats]:
        """Return its derivatives by ``tp``, ``row`` and ``col``, each (k,), up to what all examples share."""
        ...


def ratio(above: Floats, below: Floats) -> Floats:
    """Divide, with 0 where the denominator is 0 (scikit-learn's ``zero_division=0``)."""
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below > 0)


def precision(m: Margins) -> Floats:
    """Precision of each class, (..., k)."""
    return ratio(m.tp, m.col)


def recall(m: Margins) -> Floats:
    """Recall of each class, (..., k)."""
    return ratio(m.tp, m.row)


def f1(m: Margins) -> Floats:
    """F1 of each class, (..., k)."""
    return ratio(2 * m.tp, m.row + m.col)


@dataclass(frozen=True)
class ClassMean:
    """The mean of a per-class metric over the classes that occur in the data, or weighted by their size."""

    each: Callable[[Margins], Floats]
    weighted: bool = False

    def value(self, m: Margins) -> Floats:
        """Return the mean, shape (...)."""
        return ratio(self._terms(m).sum(axis=-1), self._below(m))

    def slopes(self, m: Margins) -> tuple[Floats, Floats, Floats]:
        """Return the derivatives by ``tp``, ``row`` and ``col``: a class moves only its own term."""
        here, scale = self._terms(m), STEP * self._below(m)
        return (
            (self._terms(Margins(m.tp + STEP, m.row, m.col)) - here) / scale,
            (self._terms(Margins(m.tp, m.row + STEP, m.col)) - here) / scale,
            (self._terms(Margins(m.tp, m.row, m.col + STEP)) - here) / scale,
        )

    def _terms(self, m: Margins) -> Floats:
        return self.each(m) * (m.row if self.weighted else m.row > 0)

    def _below(self, m: Margins) -> Floats:
        return m.n if self.weighted else (m.row > 0).sum(axis=-1).astype(np.float64)


@dataclass(frozen=True)
class Agreement:
    """A metric of the right answers and the sums of products of margins: ``formula(n, right, rc, rr, cc)``."""

    formula: Callable[[Floats, Floats, Floats, Floats, Floats], Floats]

    def value(self, m: Margins) -> Floats:
        """Return the metric, shape (...)."""
        return self.formula(m.n, *self._sums(m))

    def slopes(self, m: Margins) -> tuple[Floats, Floats, Floats]:
        """Return the derivatives by ``tp``, ``row`` and ``col``, through the four sums."""
        sums = self._sums(m)
        by = []
        for place, size in enumerate(sums):
            step = STEP * np.maximum(size, 1.0)
            up, down = list(sums), list(sums)
            up[place], down[place] = size + step, size - step
            by.append((self.formula(m.n, *up) - self.formula(m.n, *down)) / (2 * step))
        right, rc, rr, cc = by
        return np.full(m.tp.shape, right), rc * m.col + 2 * rr * m.row, rc * m.row + 2 * cc * m.col

    @staticmethod
    def _sums(m: Margins) -> tuple[Floats, Floats, Floats, Floats]:
        products = (m.tp, m.row * m.col, m.row**2, m.col**2)
        right, rc, rr, cc = (np.asarray(part.sum(axis=-1)) for part in products)
        return right, rc, rr, cc


def mcc(n: Floats, right: Floats, rc: Floats, rr: Floats, cc: Floats) -> Floats:
    """Matthews correlation coefficient for k classes (Gorodkin 2004); 0 where it is undefined."""
    return ratio(n * right - rc, np.sqrt(np.maximum((n**2 - rr) * (n**2 - cc), 0)))


def kappa(n: Floats, right: Floats, rc: Floats, rr: Floats, cc: Floats) -> Floats:  # noqa: ARG001
    """Cohen's kappa (1960); 0 where all is one class and it is undefined."""
    return ratio(n * right - rc, n**2 - rc)


def influence(metric: Average, m: Margins, true: Ints, predicted: Ints, counts: Ints) -> Floats:
    """Return the empirical influence of an example of each cell: what it moves the metric by, times n.

    Parameters
    ----------
    metric : Average
    m : Margins
        Of the matrix observed, shape (k,).
    true, predicted, counts : ndarray of int64, shape (cells,)
        The matrix's occupied cells.

    Returns
    -------
    ndarray of float64, shape (cells,)
        Its mean over the examples is 0; the metric's standard error is the root of (mean square / n)
        (the infinitesimal jackknife: Efron 1982).
    """
    by_tp, by_row, by_col = metric.slopes(m)
    moved = by_row[true] + by_col[predicted] + np.where(true == predicted, by_tp[true], 0.0)
    n = counts.sum()
    centred: Floats = (moved - (moved * counts).sum() / n) * n
    return centred
