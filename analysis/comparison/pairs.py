"""Two runs side by side: the examples that both answered, in one space of labels."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.types import IntArray, Kind, Predictions

#: Pieces of a label that two models may write differently.
_SEPARATORS = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class Pairs:
    """The examples that both runs hold and whose true label both models know.

    Attributes
    ----------
    a, b : Predictions
        The two runs as they were made.
    rows_a, rows_b : ndarray of int64, shape (n,)
        Position of each common example in each run.
    labels : tuple of str
        Classification: the labels of `a`, then those that only `b` has.
    truth, answers_a, answers_b : ndarray of int64, shape (n,)
        Classification: positions in `labels`; empty for a regression.
    columns_b : ndarray of int64, shape (labels,)
        Classification: the column of the scores of `b` that holds each of `labels`; -1 where it has none.
    left_out : int
        Examples of either run that the other one lacks, or whose label one of the models doesn't know.
    """

    a: Predictions
    b: Predictions
    rows_a: IntArray
    rows_b: IntArray
    labels: tuple[str, ...]
    truth: IntArray
    answers_a: IntArray
    answers_b: IntArray
    columns_b: IntArray
    left_out: int

    @property
    def n(self) -> int:
        """Examples that are compared."""
        return len(self.rows_a)

    @property
    def regression(self) -> bool:
        """Whether the runs answer with numbers."""
        return self.a.task.kind is Kind.REGRESSION

    @property
    def hits_a(self) -> npt.NDArray[np.bool_]:
        """Classification: where `a` is right, (n,)."""
        return np.asarray(self.answers_a == self.truth)

    @property
    def hits_b(self) -> npt.NDArray[np.bool_]:
        """Classification: where `b` is right, (n,)."""
        return np.asarray(self.answers_b == self.truth)


def pair(a: Predictions, b: Predictions) -> Pairs:
    """Put two runs side by side.

    Parameters
    ----------
    a, b : Predictions
        Of the same kind. Examples are matched by their ids, labels by their names, whatever their case and
        separators.

    Raises
    ------
    UnusableInput
        If one classifies and the other answers with numbers, or they have no example in common.
    """
    if a.task.kind is not b.task.kind:
        raise UnusableInput(
            f"One model does {a.task.kind.value}, the other {b.task.kind.value}.", "Compare two of the same kind."
        )
    places_in_b = a.ids.positions_in(b.ids)
    both = np.flatnonzero(places_in_b >= 0)
    rows = np.stack([both, places_in_b[both]], axis=1).astype(np.int64)
    rows = rows[a.known[rows[:, 0]] & b.known[rows[:, 1]]]
    if not len(rows):
        raise UnusableInput(
            "The two runs have no example in common whose label both models know.",
            "Compare on the same data; match the labels if the models name them differently.",
        )
    left_out = len(a) + len(b) - len(both) - len(rows)
    nothing = np.empty(0, np.int64)
    if a.task.kind is Kind.REGRESSION:
        return Pairs(a, b, rows[:, 0], rows[:, 1], a.task.labels, nothing, nothing, nothing, nothing, left_out)
    labels, places = _common_labels(a.task.labels, b.task.labels)
    truth = np.asarray(a.truth, dtype=np.int64)[rows[:, 0]]
    answers_a, answers_b = a.predicted[rows[:, 0]], places[b.predicted[rows[:, 1]]]
    same = truth == places[np.asarray(b.truth, dtype=np.int64)[rows[:, 1]]]
    if not same.all():
        raise UnusableInput(
            f"{int((~same).sum())} examples have another true label for one model than for the other.",
            "Check how the labels of the data were matched to each model's.",
        )
    columns = np.full(len(labels), -1, dtype=np.int64)
    columns[places] = np.arange(len(places))
    return Pairs(a, b, rows[:, 0], rows[:, 1], labels, truth, answers_a, answers_b, columns, left_out)


def _common_labels(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[tuple[str, ...], IntArray]:
    """Return all labels, and where those of the second model stand among them."""
    labels = list(first)
    known = {_plain(label): i for i, label in reversed(list(enumerate(first)))}
    exact = {label: i for i, label in reversed(list(enumerate(first)))}
    places = []
    for label in second:
        at = exact.get(label, known.get(_plain(label)))
        if at is None:
            at = len(labels)
            labels.append(label)
        places.append(at)
    return tuple(labels), np.array(places, dtype=np.int64)


def _plain(label: str) -> str:
    return _SEPARATORS.sub(" ", unicodedata.normalize("NFC", label)).strip().casefold()
