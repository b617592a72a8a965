"""Everything that is said of two runs over the same examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.differences import LEVEL, Difference, of_shares
from analysis.comparison.metric_differences import differences
from analysis.comparison.pairs import Pairs, pair
from analysis.metrics import METRICS
from analysis.metrics.classification import FEW
from analysis.types import IntArray, Kind, Predictions


@dataclass(frozen=True)
class ClassDifference:
    """Who finds more of one class.

    Attributes
    ----------
    label : str
    recall : Difference
        Shares of the class that `a` and `b` find; `Difference.n` is its size.
    p_adjusted : float
        The p-value corrected for all classes that were tested (Holm 1979).
    few : bool
        Too few examples to judge.
    """

    label: str
    recall: Difference
    p_adjusted: float
    few: bool

    @property
    def winner(self) -> str:
        """ "a", "b", or "" where chance may be the reason."""
        if self.few or self.p_adjusted >= LEVEL:
            return ""
        return "a" if self.recall.difference > 0 else "b"


@dataclass(frozen=True)
class Agreement:
    """Where two classifiers are right and wrong together.

    Attributes
    ----------
    both_right, only_a, only_b, both_wrong : ndarray of int64
        Positions in the run of `a`; those that only one gets right with the surest answers of that one first.
    same_answer : int
        Examples that get the same answer, right or wrong.
    kappa : float
        Cohen's kappa of the two answers: agreement beyond chance; NaN where both always give one answer.
    """

    both_right: IntArray
    only_a: IntArray
    only_b: IntArray
    both_wrong: IntArray
    same_answer: int
    kappa: float


@dataclass(frozen=True)
class Comparison:
    """Two runs over the same examples.

    Attributes
    ----------
    n, left_out : int
        Examples compared; examples of either run that could not be.
    kind : Kind
    differences : dict of str to Difference
        By the keys of `analysis.metrics.METRICS`.
    classes : tuple of ClassDifference
        The classes that occur, those with the clearest difference first; empty for a regression.
    agreement : Agreement or None
        None for a regression.
    """

    n: int
    left_out: int
    kind: Kind
    differences: dict[str, Difference]
    classes: tuple[ClassDifference, ...]
    agreement: Agreement | None

    @property
    def headline(self) -> str:
        """Key of the metric that decides: the accuracy, or the mean absolute error."""
        return "accuracy" if self.kind is Kind.CLASSIFICATION else "mae"

    @property
    def winner(self) -> str:
        """ "a", "b", or "" where chance may be the reason for the headline metric's difference."""
        return winner_of(self.headline, self.differences[self.headline])


def winner_of(metric: str, found: Difference) -> str:
    """Return "a" or "b", or "" where chance may be the reason."""
    if not found.significant or found.difference == 0:
        return ""
    return "a" if (found.difference > 0) == METRICS[metric].higher_is_better else "b"


def compare(a: Predictions, b: Predictions, *, seed: int = 0) -> Comparison:
    """Compare two runs over the same data, example by example.

    Parameters
    ----------
    a, b : Predictions
        Examples are matched by id, labels by name.
    seed : int
        Of resampling and swapping.

    Raises
    ------
    UnusableInput
        If the runs are of different kinds, or share no example that both models can be judged on.
    """
    pairs = pair(a, b)
    classes = () if pairs.regression else _classes(pairs)
    agreement = None if pairs.regression else _agreement(pairs)
    return Comparison(pairs.n, pairs.left_out, a.task.kind, differences(pairs, seed=seed), classes, agreement)


def holm(p_values: list[float]) -> list[float]:
    """Return p-values corrected for their number, in the same order (Holm 1979)."""
    order, m = sorted(range(len(p_values)), key=p_values.__getitem__), len(p_values)
    out, largest = [1.0] * m, 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (m - rank) * p_values[i]))
        out[i] = largest
    return out


def _classes(pairs: Pairs) -> tuple[ClassDifference, ...]:
    hits_a, hits_b = pairs.hits_a, pairs.hits_b
    present = np.unique(pairs.truth)
    found = [of_shares(hits_a[pairs.truth == i], hits_b[pairs.truth == i]) for i in present]
    # Classes too small to judge are not tested, and cost the others nothing.
    tested = [i for i, difference in enumerate(found) if difference.n >= FEW]
    corrected = [1.0] * len(found)
    for i, p in zip(tested, holm([found[i].p_value for i in tested]), strict=True):
        corrected[i] = p
    rows = [
        ClassDifference(pairs.labels[label], found[i], corrected[i], found[i].n < FEW)
        for i, label in enumerate(present)
    ]
    rows.sort(key=lambda row: (row.p_adjusted, row.recall.p_value, -abs(row.recall.difference)))
    return tuple(rows)


def _agreement(pairs: Pairs) -> Agreement:
    from sklearn.metrics import cohen_kappa_score

    right_a, right_b = pairs.hits_a, pairs.hits_b
    one_answer = len(np.union1d(pairs.answers_a, pairs.answers_b)) < 2
    kappa = float("nan") if one_answer else float(cohen_kappa_score(pairs.answers_a, pairs.answers_b))

    def surest(mask: np.ndarray, run: Predictions, rows: IntArray) -> IntArray:
        chosen = np.flatnonzero(mask)
        order = np.argsort(-run.scores[rows[chosen]].max(axis=1), kind="stable") if len(chosen) else chosen
        found: IntArray = pairs.rows_a[chosen[order]]
        return found

    return Agreement(
        both_right=surest(right_a & right_b, pairs.a, pairs.rows_a),
        only_a=surest(right_a & ~right_b, pairs.a, pairs.rows_a),
        only_b=surest(~right_a & right_b, pairs.b, pairs.rows_b),
        both_wrong=surest(~right_a & ~right_b, pairs.a, pairs.rows_a),
        same_answer=int((pairs.answers_a == pairs.answers_b).sum()),
        kappa=kappa,
    )
