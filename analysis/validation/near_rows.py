"""Rows of numbers that nearly coincide, found by a grid: only rows of neighbouring cells are ever compared."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

from analysis.progress import Progress
from analysis.types import IntArray

#: Columns that make up the grid: those with the most different cells. The others are compared as they are.
_GRID = 3
#: Bits of a cell's place along one column, and of the number of a group. Places that coincide beyond them cost a
#: comparison, and hide nothing.
_BITS, _GROUP_BITS = 14, 20
#: Comparisons that are held in memory at once.
_BLOCK = 2_000_000


def near_pairs(
    matrix: npt.NDArray[np.float64],
    groups: IntArray,
    radius: float,
    *,
    most_pairs: int,
    most_compared: int,
    progress: Progress | None = None,
) -> IntArray | None:
    """Return the pairs of rows of one group that differ by at most `radius` in every column.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n, columns)
        Finite.
    groups : ndarray of int64, shape (n,)
        Only rows with the same number are compared.
    radius : float
    most_pairs, most_compared : int
    progress : Progress, optional

    Returns
    -------
    ndarray of int64, shape (m, 2), or None
        The lower first, sorted. None where more than `most_pairs` were found, or more than `most_compared` comparisons
        would be needed: then the values lie densely everywhere.

    Raises
    ------
    Cancelled
    """
    progress = progress or Progress()
    cells = _cells(matrix, radius)
    steps = [step for step in product((-1, 0, 1), repeat=cells.shape[1]) if step >= (0,) * cells.shape[1]]
    progress.start("Comparing rows", len(steps))
    keys = _keys(cells, groups)
    order = np.argsort(keys, kind="stable")
    ordered, matrix, groups = keys[order], matrix[order], groups[order]
    found, compared, pairs = [np.empty((0, 2), dtype=np.int64)], 0, 0
    for step in steps:
        start, end = _ranges(ordered, cells[order], groups, step)
        compared += int((end - start).sum())
        if compared > most_compared:
            return None
        for a, b in _blocks(start, end):
            near = _near(matrix, groups, a, b, radius)
            pairs += len(near)
            if pairs > most_pairs:
                return None
            found.append(order[near])
        progress.advance()
    together = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    return together.astype(np.int64)


def _cells(matrix: npt.NDArray[np.float64], radius: float) -> IntArray:
    """Return each row's cell along the columns of the grid, (n, up to 3); cells are a little wider than `radius`."""
    if not len(matrix):
        return np.empty((0, 1), dtype=np.int64)

    def along(column: int) -> IntArray:
        values = matrix[:, column]
        return np.asarray(np.floor((values - values.min()) / (radius * (1 + 1e-6))), dtype=np.int64)

    # One column at a time: all of them together would be another copy of the table.
    spread = [len(np.unique(along(column))) for column in range(matrix.shape[1])]
    chosen = np.argsort([-many for many in spread], kind="stable")[:_GRID]
    return np.column_stack([along(int(column)) for column in chosen])


def _keys(cells: IntArray, groups: IntArray) -> IntArray:
    """Return one number a row for the cell that it lies in."""
    keys = groups & ((1 << _GROUP_BITS) - 1)
    for column in cells.T:
        keys = (keys << _BITS) | (column & ((1 << _BITS) - 1))
    return keys


def _ranges(ordered: IntArray, cells: IntArray, groups: IntArray, step: tuple[int, ...]) -> tuple[IntArray, IntArray]:
    """Return where in the order the rows of the cell lie that is a step away from each row's own."""
    if any(step):
        asked = _keys(cells + np.array(step, dtype=np.int64), groups)
        start = np.searchsorted(ordered, asked, side="left")
    else:
        # Within one cell every pair is met once: a row with those behind it.
        asked, start = ordered, np.arange(1, len(ordered) + 1)
    return start.astype(np.int64), np.searchsorted(ordered, asked, side="right").astype(np.int64)


def _blocks(start: IntArray, end: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the pairs (row, each of its range), some at a time."""
    counts = end - start
    rows = np.flatnonzero(counts > 0)
    sums = np.cumsum(counts[rows])
    first = 0
    while first < len(rows):
        done = sums[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(sums, done + _BLOCK, side="right")))
        part = rows[first:last]
        size = counts[part]
        within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        yield np.repeat(part, size), np.repeat(start[part], size) + within
        first = last


def _near(matrix: npt.NDArray[np.float64], groups: IntArray, a: IntArray, b: IntArray, radius: float) -> IntArray:
    kept = groups[a] == groups[b]
    a, b = a[kept], b[kept]
    for column in matrix.T:
        kept = np.abs(column[a] - column[b]) <= radius
        a, b = a[kept], b[kept]
    return np.column_stack([a, b])
