"""Groups of examples that are alike to the model, as one more property to cut slices by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.failures.properties import Properties
from analysis.neighbours import embeddings_of
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, FloatArray, IntArray, Pipeline, Predictions

NAME = "alike to the model"
MEANING = (
    "Groups of examples that lie together in the model's embeddings (k-means), the largest first, with the label that "
    "most of each group have."
)
#: Examples from which on, and up to which, groups are looked for: fewer make no groups, more a long second pass.
FEWEST, MOST = 200, 2_000
GROUPS = (3, 12)


def with_groups(
    properties: Properties,
    predictions: Predictions,
    dataset: Dataset,
    rows: IntArray,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Properties:
    """Return properties with the group of each example; as they are where the model has no embeddings.

    Parameters
    ----------
    properties : Properties
        Of the examples of the run, in its order.
    predictions : Predictions
    dataset, rows, candidate, pipeline
        What the run was made with; `rows` are positions in the data.
    progress : Progress, optional

    Raises
    ------
    Cancelled
    """
    if not FEWEST <= len(rows) <= MOST or NAME in properties.table.columns:
        return properties
    try:
        vectors = embeddings_of(candidate, dataset, pipeline, rows, progress=progress).vectors
    except UnusableInput:
        return properties
    groups = grouped(np.asarray(vectors))
    table = properties.table.assign(**{NAME: named(groups, predictions.truth_labels)})
    return replace(properties, table=table, meanings={**properties.meanings, NAME: MEANING})


def grouped(vectors: FloatArray) -> IntArray:
    """Return the group of each vector, from 0, the largest first (k-means, k by the square root of a tenth of n)."""
    from sklearn.cluster import KMeans

    k = int(np.clip(round((len(vectors) / 10) ** 0.5), *GROUPS))
    found = KMeans(k, n_init=4, random_state=0).fit_predict(np.asarray(vectors, dtype=np.float64))
    order = np.argsort(-np.bincount(found, minlength=k), kind="stable")
    place = np.empty(k, dtype=np.int64)
    place[order] = np.arange(k)
    ranked: IntArray = place[found]
    return ranked


def named(groups: IntArray, labels: Sequence[str]) -> list[str]:
    """Return each example's group in words: "group 2, mostly cat"; without labels the number alone."""
    words = {}
    for group in np.unique(groups):
        name = f"group {group + 1}"
        if labels:
            most = pd.Series([labels[int(i)] for i in np.flatnonzero(groups == group)]).value_counts()
            name = f"{name}, mostly {most.index[0]}"
        words[int(group)] = name
    return [words[int(group)] for group in groups]
