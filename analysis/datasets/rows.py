"""Reject rows one by one, each with its reason, and say in one finding what was rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from analysis.datasets.numbers import BoolArray
from analysis.types import Finding, IntArray, Rejection, Severity

_SHOWN = 20


class RowFilter:
    """Which of n rows are kept, and why the others are not; a row's first reason stands.

    Parameters
    ----------
    total : int
        Number of rows n.
    """

    def __init__(self, total: int) -> None:
        self.kept: BoolArray = np.ones(total, dtype=np.bool_)
        self.reasons: dict[int, str] = {}

    def reject(self, where: BoolArray, reason: str | Callable[[int], str]) -> None:
        """Reject the rows where `where` (bool, shape (n,)) holds.

        Parameters
        ----------
        where : ndarray of bool, shape (n,)
        reason : str or callable
            The same for all, or a function of the row's position.
        """
        where = where & self.kept
        for position in np.flatnonzero(where).tolist():
            self.reasons[position] = reason if isinstance(reason, str) else reason(position)
        self.kept &= ~where

    @property
    def positions(self) -> IntArray:
        """Positions of the kept rows, ascending."""
        return np.flatnonzero(self.kept).astype(np.int64)


def about_rejected(rejected: Sequence[Rejection], kept: int, noun: str = "rows") -> tuple[Finding, ...]:
    """Sum up rejections: how many, and for which reasons.

    Parameters
    ----------
    rejected : sequence of Rejection
    kept : int
        Examples that can be used.
    noun : str
        What they are: "rows", "files".

    Returns
    -------
    tuple of Finding
        One, or none where nothing was rejected.
    """
    if not rejected:
        return ()
    total = kept + len(rejected)
    reasons = Counter(r.reason.split(":")[0].split(" (line ")[0] for r in rejected)
    most = ", ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common(3))
    one = len(rejected) == 1
    summary = f"{len(rejected):,} of {total:,} {noun} {'was' if one else 'were'} rejected: {most}."
    evidence = {
        "rejected": len(rejected),
        "of": total,
        "reasons": dict(reasons.most_common(_SHOWN)),
        "items": [r.item for r in rejected[:_SHOWN]],
    }
    return (Finding("data.rejected", Severity.CAUTION, summary, evidence, "See the list; repair what matters."),)
