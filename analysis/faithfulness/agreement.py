"""Do several methods say the same of one example?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.faithfulness.noise import rank_correlation
from analysis.faithfulness.parts import Parts
from analysis.types import Attribution

#: The strongest parts: this share of them, at least one.
STRONGEST = 0.2


@dataclass(frozen=True)
class Agreement:
    """How far methods agree, two by two.

    Attributes
    ----------
    methods : tuple of str
        Registry names, m of them.
    correlation : ndarray of float64, shape (m, m)
        Rank correlation (Spearman) of the parts' scores; NaN where a map says the same of all parts.
    overlap : ndarray of int64, shape (m, m)
        How many of the `strongest` parts are the same.
    strongest : int
    noun : str
        What the parts are called.
    """

    methods: tuple[str, ...]
    correlation: npt.NDArray[np.float64]
    overlap: npt.NDArray[np.int64]
    strongest: int
    noun: str


def agreement(parts: Parts, attributions: Sequence[Attribution]) -> Agreement:
    """Compare maps of the same example, target and contrast, part by part.

    Parameters
    ----------
    parts : Parts
    attributions : sequence of Attribution
    """
    worths = [parts.worth(a.scores) for a in attributions]
    strongest = max(1, round(STRONGEST * parts.count))
    tops = [set(np.argsort(-worth, kind="stable")[:strongest].tolist()) for worth in worths]
    correlations = [[_or_nan(rank_correlation(one, other)) for other in worths] for one in worths]
    return Agreement(
        methods=tuple(a.method for a in attributions),
        correlation=np.array(correlations, dtype=np.float64),
        overlap=np.array([[len(one & other) for other in tops] for one in tops], dtype=np.int64),
        strongest=strongest,
        noun=parts.noun[1],
    )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
