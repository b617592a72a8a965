"""Who is better on which slice: every range and category of the examples' properties, paired and corrected for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.compare import holm
from analysis.comparison.differences import LEVEL, Difference, of_means, of_shares
from analysis.comparison.pairs import pair
from analysis.failures.slices.predicates import Predicates
from analysis.metrics.classification import FEW
from analysis.types import Kind, Predictions


@dataclass(frozen=True)
class SliceDifference:
    """Two candidates on one slice.

    Attributes
    ----------
    name : str
        As the page Slices has it: "length under 12".
    kind : Kind
    found : Difference
        Of the accuracies, or of the mean absolute errors.
    p_adjusted : float
        The p-value corrected for all slices (Holm 1979).
    """

    name: str
    kind: Kind
    found: Difference
    p_adjusted: float

    @property
    def winner(self) -> str:
        """ "a", "b", or "" where chance may be the reason."""
        if self.p_adjusted >= LEVEL or not self.found.difference:
            return ""
        higher = self.found.difference > 0
        return "a" if higher == (self.kind is Kind.CLASSIFICATION) else "b"


def slice_differences(
    a: Predictions, b: Predictions, predicates: Predicates, *, seed: int = 0
) -> tuple[SliceDifference, ...]:
    """Compare two runs on every slice of one predicate, those with the clearest difference first.

    Parameters
    ----------
    a, b : Predictions
    predicates : Predicates
        Of the examples of `a`, in its order; see `analysis.failures.slices`.
    seed : int
        Of the tests of a regression.

    Returns
    -------
    tuple of SliceDifference
        Slices with at least 10 examples that both answered; a number's ranges overlap, as it is cut in two ways.

    Raises
    ------
    UnusableInput
        As `compare`.
    """
    pairs = pair(a, b)
    codes = predicates.codes[pairs.rows_a]
    if pairs.regression:
        truth = np.asarray(a.truth, dtype=np.float64)[pairs.rows_a]
        errors = [np.abs(run.values[rows] - truth) for run, rows in ((a, pairs.rows_a), (b, pairs.rows_b))]
    names, found = [], []
    for column, levels in enumerate(predicates.levels):
        for level, name in enumerate(levels):
            inside = codes[:, column] == level
            if inside.sum() < FEW or name in names:
                continue
            names.append(name)
            if pairs.regression:
                found.append(of_means(errors[0][inside], errors[1][inside], seed=seed))
            else:
                found.append(of_shares(pairs.hits_a[inside], pairs.hits_b[inside]))
    adjusted = holm([d.p_value for d in found])
    rows = [SliceDifference(n, a.task.kind, d, p) for n, d, p in zip(names, found, adjusted, strict=True)]
    return tuple(sorted(rows, key=lambda row: (row.p_adjusted, row.found.p_value, -abs(row.found.difference))))
