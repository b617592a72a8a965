"""Exact and near duplicates: across splits they are leaks, within one they count twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.progress import Progress
from analysis.types import Dataset, IntArray
from analysis.validation.signatures import contents, near_pairs


@dataclass(frozen=True)
class Group:
    """Examples that are alike or nearly so.

    Attributes
    ----------
    rows : tuple of int
        Positions in the rows that were looked at.
    exact : bool
        Whether all are alike; otherwise some only nearly.
    splits : tuple of str
        Splits that they lie in; more than one is a leak.
    labels : tuple of str
        Their labels; exact duplicates with more than one are in conflict.
    """

    rows: tuple[int, ...]
    exact: bool
    splits: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def leaks(self) -> bool:
        """Whether it reaches across splits."""
        return len(self.splits) > 1

    @property
    def conflicts(self) -> bool:
        """Whether its examples are labelled differently."""
        return len(self.labels) > 1


@dataclass(frozen=True)
class Duplicates:
    """All groups of duplicates among some examples, leaks first.

    Attributes
    ----------
    groups : tuple of Group
    note : str
        What could not be looked at, and why; empty where nothing was left out.
    """

    groups: tuple[Group, ...]
    note: str = ""

    @property
    def leaks(self) -> tuple[Group, ...]:
        """Groups that reach across splits."""
        return tuple(g for g in self.groups if g.leaks)

    @property
    def conflicts(self) -> tuple[Group, ...]:
        """Groups whose examples are labelled differently."""
        return tuple(g for g in self.groups if g.conflicts)

    def leaking(self, splits: Sequence[str], seen: str) -> IntArray:
        """Return rows outside the split `seen` that have a duplicate in it."""
        rows = [r for g in self.leaks if seen in g.splits for r in g.rows if splits[r] != seen]
        return np.array(sorted(rows), dtype=np.int64)


def find_duplicates(dataset: Dataset, rows: IntArray, *, progress: Progress | None = None) -> Duplicates:
    """Find exact and near duplicates among some examples.

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int64, shape (n,)
        Positions in ``dataset.table``.
    progress : Progress, optional

    Raises
    ------
    Cancelled
    """
    progress = progress or Progress()
    codes, thumbnails = contents(dataset, rows, progress)
    n = len(rows)
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    near, note = near_pairs(dataset, rows, np.sort(first).astype(np.int64), thumbnails, progress)
    again = np.flatnonzero(first[place] != np.arange(n))
    pairs = np.concatenate([np.column_stack([again, first[place[again]]]), near]).astype(np.int64)
    groups = [_group(members, codes, dataset, rows) for members in _connected(pairs, n)]
    groups.sort(key=lambda g: (not g.leaks, not g.conflicts, not g.exact, -len(g.rows)))
    return Duplicates(tuple(groups), note)


def _connected(pairs: IntArray, n: int) -> list[IntArray]:
    """Return all that hang together by pairs, in the order of their first members; nothing that is alone."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return []
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    label = connected_components(graph, directed=False)[1]
    order = np.argsort(label, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return sorted((part.astype(np.int64) for part in parts if len(part) > 1), key=lambda part: int(part[0]))


def _group(members: IntArray, codes: IntArray, dataset: Dataset, rows: IntArray) -> Group:
    table = dataset.table.iloc[rows[members]]
    return Group(
        rows=tuple(members.tolist()),
        exact=len(set(codes[members].tolist())) == 1,
        splits=tuple(dict.fromkeys(table["split"].astype(str))),
        labels=tuple(dict.fromkeys(table["label"].astype(str))),
    )
