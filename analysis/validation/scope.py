"""Examples far from all others: out of scope for a model, whatever it answers.

The distance is that to the fifth-nearest neighbour among the network's own embeddings, each of length 1 (Sun et al.
2022); for tables, among the standardised features. Far means beyond Tukey's outer fence on the log scale.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, IntArray, Modality, Pipeline

NEIGHBOURS = 5
#: Interquartile ranges above the third quartile.
FENCE = 3.0
_CHUNK = 32
#: Fewer examples than this have no typical distance.
FEWEST = 30


def embeddings(
    candidate: Candidate, dataset: Dataset, rows: IntArray, pipeline: Pipeline, progress: Progress
) -> npt.NDArray[np.float64] | None:
    """Return one vector an example, (n, width), or None where the model offers none."""
    if dataset.modality is Modality.TABULAR:
        table = cast("pd.DataFrame", dataset.inputs(rows))
        numbers = table.apply(pd.to_numeric, errors="coerce").dropna(axis=1, how="all")
        if not numbers.shape[1]:
            return None
        filled = numbers.fillna(numbers.median())
        spread = filled.std(ddof=0).replace(0, 1)
        return np.asarray((filled - filled.mean()) / spread, dtype=np.float64)
    embed = getattr(candidate, "embed", None)
    if embed is None:
        return None
    progress.start("Embedding examples", len(rows))
    parts = []
    for start in range(0, len(rows), _CHUNK):
        try:
            parts.append(embed(candidate.prepare(dataset.inputs(rows[start : start + _CHUNK]), pipeline)))
        except UnusableInput:
            return None
        progress.advance(min(_CHUNK, len(rows) - start))
    found = np.concatenate(parts).astype(np.float64) if parts else np.empty((0, 1))
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(length > 0, length, 1.0))


def strangers(vectors: npt.NDArray[np.float64]) -> tuple[IntArray, npt.NDArray[np.float64]]:
    """Return the examples far from all others, the farthest first, and each example's distance.

    Parameters
    ----------
    vectors : ndarray of float64, shape (n, width)

    Returns
    -------
    (ndarray of int64, ndarray of float64)
        Positions; distances (n,) to the fifth-nearest neighbour, 0 where there are too few examples to tell.
    """
    from sklearn.neighbors import NearestNeighbors

    n = len(vectors)
    clean = np.nan_to_num(vectors)
    if n < FEWEST:
        return np.empty(0, np.int64), np.zeros(n)
    away = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(clean).kneighbors(clean)[0][:, -1]
    # Duplicates of one example have no distance, and say nothing about how far is far.
    logs = np.log(np.maximum(away, 1e-12))
    low, high = np.quantile(logs[away > 0], [0.25, 0.75]) if (away > 0).any() else (0.0, 0.0)
    far = np.flatnonzero(logs > high + FENCE * (high - low)) if high > low else np.empty(0, np.int64)
    return far[np.argsort(-away[far], kind="stable")].astype(np.int64), away
