"""Some examples of many, drawn at random with a fixed seed: what is too costly for all is looked at on these, and said.

Whatever is linear in the examples (counts, metrics, curves, exact duplicates) is computed on all of them, always.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.types import IntArray

SEED = 0


@dataclass(frozen=True)
class Drawn:
    """Some of n examples.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        Their positions, ascending.
    of : int
        How many there are in all.
    """

    rows: IntArray
    of: int

    @property
    def all(self) -> bool:
        """Whether none is left out."""
        return len(self.rows) == self.of

    @property
    def sentence(self) -> str:
        """From how many it is, for a person; empty where none is left out."""
        return "" if self.all else said(len(self.rows), self.of)


def draw(n: int, most: int, seed: int = SEED) -> Drawn:
    """Draw `most` of n examples, or take all where there are no more.

    Parameters
    ----------
    n, most : int
    seed : int
    """
    if n <= most:
        return Drawn(np.arange(n, dtype=np.int64), n)
    rows = np.random.default_rng(seed).choice(n, most, replace=False, shuffle=False)
    return Drawn(np.sort(rows).astype(np.int64), n)


def said(n: int, of: int, what: str = "examples") -> str:
    """Say that a result rests on some examples only."""
    return f"From {n:,} of {of:,} {what}, drawn at random."
