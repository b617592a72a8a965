"""Groups of examples that are alike to the model, as one more property to cut slices by.

Every row of a table gets its group. A network would have to work for each example anew, so that of many texts or
pictures some are drawn, and only these have a group: always the same ones, whatever else was looked at before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import UnusableInput
from analysis.failures.slices.find import least_size
from analysis.failures.slices.predicates import Predicates, in_a_word, large_levels, none_of
from analysis.neighbours import Standard, embeddings_of, fed_rows
from analysis.progress import Progress
from analysis.sampling import Drawn, draw
from analysis.strings import as_strings
from analysis.types import Candidate, Dataset, FloatArray, IntArray, Modality, Pipeline, Predictions

if TYPE_CHECKING:
    from sklearn.cluster import KMeans

NAME = "alike to the model"
MEANING = (
    "Groups of examples that lie together in the model's embeddings (k-means), the largest first, with the label that "
    "most of each group have."
)
#: Examples from which on groups are looked for, since fewer make none; and that they are made from, at most.
FEWEST, MOST = 200, 2_000
GROUPS = (3, 12)
#: Numbers of a table that are given their groups at once.
_AT_ONCE = 500_000


def looked_at(dataset: Dataset, n: int) -> Drawn:
    """Return which of a run's n examples have a group: all rows of a table, some of many texts or pictures."""
    return draw(n, n if dataset.modality is Modality.TABULAR else MOST)


def groups_of(
    predictions: Predictions,
    dataset: Dataset,
    rows: IntArray,
    candidate: Candidate,
    pipeline: Pipeline,
    *,
    progress: Progress | None = None,
) -> Predicates:
    """Return the group of each example that is `looked_at`; no column where the model has no embeddings.

    Parameters
    ----------
    predictions : Predictions
    dataset, rows, candidate, pipeline
        What the run was made with; `rows` are positions in the data.
    progress : Progress, optional

    Raises
    ------
    Cancelled
    """
    if len(rows) < FEWEST:
        return none_of(len(rows))
    looked = looked_at(dataset, len(rows))
    try:
        if dataset.modality is Modality.TABULAR:
            groups = _of_table(candidate, dataset, pipeline, rows, progress or Progress())
        else:
            vectors = embeddings_of(candidate, dataset, pipeline, rows[looked.rows], progress=progress).vectors
            groups = grouped(np.asarray(vectors))
    except UnusableInput:
        return none_of(len(rows))
    labels = predictions.truth_labels
    named = names_of(groups, labels if looked.all or not len(labels) else labels.take(looked.rows))
    among = "" if looked.all else f" (among {len(looked.rows):,} drawn)"
    names = [f"{NAME}: {in_a_word(name)}{among}" for name in named]
    codes = np.full((len(rows), 1), -1, dtype=np.int16)
    levels, codes[looked.rows, 0] = large_levels(names, groups, least=least_size(len(groups)))
    return Predicates((NAME,), (levels,), codes, ()) if levels else none_of(len(rows), NAME)


def _of_table(
    candidate: Candidate, dataset: Dataset, pipeline: Pipeline, rows: IntArray, progress: Progress
) -> IntArray:
    """Make groups from some rows, and put every row into the one whose middle is nearest."""
    drawn = draw(len(rows), MOST)
    some = fed_rows(candidate, dataset, pipeline, rows[drawn.rows])
    standard = Standard.of(some)
    found = _clustered(standard.vectors(some))
    if drawn.all:
        return _largest_first(found.labels_)
    middles = found.cluster_centers_.astype(np.float32)
    groups, size = np.empty(len(rows), dtype=np.int64), max(1, _AT_ONCE // max(1, standard.width))
    progress.start("Comparing rows", len(rows))
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        vectors = standard.vectors(fed_rows(candidate, dataset, pipeline, batch))
        groups[start : start + size] = ((middles**2).sum(axis=1) - 2 * vectors @ middles.T).argmin(axis=1)
        progress.advance(len(batch))
    return _largest_first(groups)


def grouped(vectors: FloatArray) -> IntArray:
    """Return the group of each vector, from 0, the largest first (k-means, k by the square root of a tenth of n)."""
    return _largest_first(_clustered(vectors).labels_)


def _clustered(vectors: FloatArray) -> KMeans:
    from sklearn.cluster import KMeans

    k = int(np.clip(round((len(vectors) / 10) ** 0.5), *GROUPS))
    return KMeans(k, n_init=4, random_state=0).fit(np.asarray(vectors, dtype=np.float64))


def _largest_first(groups: IntArray) -> IntArray:
    """Return groups numbered by their size."""
    order = np.argsort(-np.bincount(groups), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    ranked: IntArray = place[groups]
    return ranked


def names_of(groups: IntArray, labels: Sequence[str]) -> tuple[str, ...]:
    """Return what each group is called: "group 2, mostly cat"; without labels its number alone."""
    names = [f"group {group + 1}" for group in range(int(groups.max(initial=-1)) + 1)]
    if not len(labels):
        return tuple(names)
    codes, words = as_strings(labels).factorised
    held = np.bincount(groups * len(words) + codes, minlength=len(names) * len(words)).reshape(len(names), len(words))
    return tuple(f"{name}, mostly {words[most]}" for name, most in zip(names, held.argmax(axis=1), strict=True))
