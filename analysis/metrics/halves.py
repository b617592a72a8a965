"""Data divided in two: what is chosen on one half is judged on the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def halves(groups: npt.NDArray[np.int64], seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Divide examples at random into two halves, each group about evenly.

    Parameters
    ----------
    groups : ndarray of int64, shape (n,)
        Class of each example.
    seed : int

    Returns
    -------
    (ndarray of int64, ndarray of int64)
        Ascending positions of the half to choose on and of the half to judge on.
    """
    order = np.random.default_rng(seed).permutation(len(groups))
    order = order[np.argsort(groups[order], kind="stable")]
    return np.sort(order[::2]).astype(np.int64), np.sort(order[1::2]).astype(np.int64)
