"""Exact and near duplicates: across splits they are leaks, within one they count twice."""

from __future__ import annotations

from collections import defaultdict
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
    """All groups of duplicates among some examples, leaks first."""

    groups: tuple[Group, ...]

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
    hashes, thumbnails = contents(dataset, rows, progress)
    alike: dict[str, list[int]] = defaultdict(list)
    for place, digest in enumerate(hashes):
        alike[digest].append(place)
    parent = list(range(len(rows)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for members in alike.values():
        for member in members[1:]:
            parent[root(member)] = root(members[0])
    firsts = np.array(sorted(members[0] for members in alike.values()), dtype=np.int64)
    for a, b in near_pairs(dataset, rows, firsts, thumbnails, progress):
        parent[root(b)] = root(a)
    together: dict[int, list[int]] = defaultdict(list)
    for place in range(len(rows)):
        together[root(place)].append(place)
    splits = dataset.table["split"].astype(str).to_numpy()[rows]
    labels = dataset.table["label"].astype(str).to_numpy()[rows]
    groups = [
        Group(
            rows=tuple(members),
            exact=len({hashes[m] for m in members}) == 1,
            splits=tuple(dict.fromkeys(splits[m] for m in members)),
            labels=tuple(dict.fromkeys(labels[m] for m in members)),
        )
        for members in together.values()
        if len(members) > 1
    ]
    groups.sort(key=lambda g: (not g.leaks, not g.conflicts, not g.exact, -len(g.rows)))
    return Duplicates(tuple(groups))
