"""Both runs over exactly the examples that are compared: what the curves of two models are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.pairs import Pairs, pair
from analysis.metrics.curves import Curves, curves
from analysis.metrics.reliability import ReliabilityBin, reliability
from analysis.types import Predictions


@dataclass(frozen=True)
class SideBySide:
    """Two runs over the same examples in the same order.

    Attributes
    ----------
    a, b : Predictions
        As their models name the labels.
    classes : tuple of (str, str, int)
        Of a classification: each class that occurs, as `a` and as `b` name it, and its examples; the rarest first.
    """

    a: Predictions
    b: Predictions
    classes: tuple[tuple[str, str, int], ...]

    def curves(self, label: str) -> tuple[Curves, Curves] | None:
        """Return the curves of one class, as `a` names it, by both; None where all or no example is of it."""
        other = next((second for first, second, _ in self.classes if first == label), None)
        if other is None:
            return None
        found = curves(self.a, label), curves(self.b, other)
        return None if found[0] is None or found[1] is None else (found[0], found[1])

    def reliability(self) -> tuple[tuple[ReliabilityBin, ...], tuple[ReliabilityBin, ...]]:
        """Return accuracy by confidence of both."""
        return reliability(self.a), reliability(self.b)


def side_by_side(a: Predictions, b: Predictions) -> SideBySide:
    """Return both runs over the examples that `compare` compares.

    Raises
    ------
    UnusableInput
        As `compare`.
    """
    pairs = pair(a, b)
    return SideBySide(a.take(pairs.rows_a), b.take(pairs.rows_b), () if pairs.regression else _classes(pairs))


def _classes(pairs: Pairs) -> tuple[tuple[str, str, int], ...]:
    present, counts = np.unique(pairs.truth, return_counts=True)
    names = [
        (pairs.labels[i], pairs.b.task.labels[pairs.columns_b[i]], int(n)) for i, n in zip(present, counts, strict=True)
    ]
    return tuple(sorted(names, key=lambda row: (row[2], row[0])))
