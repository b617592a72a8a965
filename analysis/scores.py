"""The highest of many scores: read a part at a time, so that a memory-mapped matrix is never copied whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: Scores that are looked at in one go: 16 MB.
CHUNK = 4_000_000


def highest(scores: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the position of the highest score of each row, int64 (n,), and that score, float32 (n,).

    NumPy's own ``argmax`` copies an array that can't be written to.
    """
    n, k = scores.shape
    places, values = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.float32)
    step = max(1, CHUNK // max(1, k))
    for start in range(0, n, step):
        part = np.asarray(scores[start : start + step])
        here = part.argmax(axis=1)
        places[start : start + step] = here
        values[start : start + step] = part[np.arange(len(part)), here]
    return unwritable(places), unwritable(values)


def unwritable(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array, which nobody can write to from here on: it is shared."""
    array.setflags(write=False)
    return array
