"""What was found about all failures of a selection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.patterns.compare import Differences
from analysis.types import FloatArray, IntArray


@dataclass(frozen=True)
class Ranking:
    """Units compared between failures and others.

    Attributes
    ----------
    id : str
        "words", "push", "size", "colours", "places".
    title : str
        What is compared, as a heading.
    unit : str
        What the numbers are, for an axis.
    units : tuple of str
        Words or features of the data, or names of ours.
    differences : Differences
    counts : ndarray of int64, shape (units, 2), or None
        Words: in how many failures and others each occurs.
    """

    id: str
    title: str
    unit: str
    units: tuple[str, ...]
    differences: Differences
    counts: IntArray | None = None


@dataclass(frozen=True)
class Maps:
    """Average maps of images, each example's in shares of its own mean size.

    Attributes
    ----------
    failures, others : ndarray of float32, shape (rows, columns)
    picture, other_picture : ndarray of uint8, shape (rows, columns, 3)
        Average pictures, in their own colours.
    """

    failures: FloatArray
    others: FloatArray
    picture: npt.NDArray[np.uint8]
    other_picture: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Patterns:
    """What failures share that the others do not.

    Attributes
    ----------
    sentence : str
        What stands out, that nothing does, or that there are too few to tell. Plain text that may quote data.
    method : str
    push : str
        What a score above zero means: "towards a wrong label".
    against : str
        Who the others are.
    n, others : int
        Explained failures and others.
    rankings : tuple of Ranking
        In the order in which they are read.
    maps : Maps or None
        Images.
    refused : tuple of (str, str)
        Examples that the method could not explain, and why.
    notes : tuple of str
        What the reader must know.
    """

    sentence: str
    method: str
    push: str
    against: str
    n: int
    others: int
    rankings: tuple[Ranking, ...]
    maps: Maps | None = None
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
