"""Embeddings laid out on a plane, by principal components, and a part of that plane as a selection.

Principal components and not UMAP: they are the same on every machine and for every run, so that a part of the plane can
stand in a link; they keep distances as far as two directions can, and say how far that is; and 50,000 examples take
seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.types import FloatArray, IntArray

#: Directions that are kept.
DIRECTIONS = 4
#: A region's corners are whole numbers up to this, from the lowest to the highest position along each direction.
GRID = 1000
#: Corners that a region has at most: a link carries them.
CORNERS = 40
_PREFIX = "map"

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Plane:
    """Where examples lie along the main directions of their embeddings.

    Attributes
    ----------
    positions : ndarray of float32, shape (n, directions)
        Directions are ordered by the variance along them; there are at least two, of which one may say nothing.
    variance : tuple of float
        Share of the variance that each direction holds.
    space : str
        What the embeddings are, in words.
    """

    positions: FloatArray
    variance: tuple[float, ...]
    space: str

    def on_grid(self, axes: tuple[int, int]) -> npt.NDArray[np.float64]:
        """Return positions (n, 2) along two directions, from 0 to `GRID`."""
        chosen = np.asarray(self.positions[:, list(axes)], dtype=np.float64)
        low, high = self.bounds(axes)
        return (chosen - low) / (high - low) * GRID

    def off_grid(self, corners: npt.ArrayLike, axes: tuple[int, int]) -> npt.NDArray[np.float64]:
        """Return where corners of a region lie, (m, 2): the inverse of `on_grid`."""
        low, high = self.bounds(axes)
        return np.asarray(corners, dtype=np.float64) / GRID * (high - low) + low

    def bounds(self, axes: tuple[int, int]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the lowest and the highest position along two directions, with a margin."""
        chosen = np.asarray(self.positions[:, list(axes)], dtype=np.float64)
        if not len(chosen):
            return np.zeros(2), np.ones(2)
        low, high = chosen.min(axis=0), chosen.max(axis=0)
        margin = np.where(high > low, 0.03 * (high - low), 1.0)
        return low - margin, high + margin


def plane_of(vectors: FloatArray, space: str) -> Plane:
    """Lay embeddings out along their principal components.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, width)
    space : str
        What they are, in words.
    """
    from sklearn.decomposition import PCA

    n, width = vectors.shape
    kept = min(DIRECTIONS, width, n)
    if n < 2 or not kept or not np.ptp(vectors, axis=0).any():
        return Plane(np.zeros((n, 2), np.float32), (0.0, 0.0), space)
    model = PCA(kept, random_state=0)
    positions = np.asarray(model.fit_transform(np.asarray(vectors, dtype=np.float32)), dtype=np.float32)
    shares = [float(share) if np.isfinite(share) else 0.0 for share in model.explained_variance_ratio_]
    missing = max(0, 2 - kept)
    return Plane(np.pad(positions, ((0, 0), (0, missing))), tuple(shares + [0.0] * missing), space)


@dataclass(frozen=True)
class Region:
    """A polygon on the plane.

    Attributes
    ----------
    axes : (int, int)
        The two directions, counted from 0.
    corners : tuple of (int, int)
        On the grid of `Plane.on_grid`; the last is joined to the first.
    """

    axes: tuple[int, int]
    corners: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        """Return the region as a link carries it: "map 1 2: 10,20 30,20 30,90"."""
        drawn = " ".join(f"{x},{y}" for x, y in self.corners)
        return f"{_PREFIX} {self.axes[0] + 1} {self.axes[1] + 1}: {drawn}"

    def rows(self, plane: Plane) -> IntArray:
        """Return the examples inside, in the order of the data."""
        if max(self.axes) >= plane.positions.shape[1]:
            return np.empty(0, np.int64)
        return np.flatnonzero(_inside(plane.on_grid(self.axes), self.corners)).astype(np.int64)


def region_of(text: str) -> Region | None:
    """Read a region as `str` writes it, or return None where the text is none."""
    found = re.fullmatch(
        rf"{_PREFIX} (\d) (\d): (\d{{1,4}},\d{{1,4}}(?: \d{{1,4}},\d{{1,4}}){{2,{CORNERS - 1}}})", text
    )
    if found is None or "0" in found.groups()[:2]:
        return None
    corners = tuple((int(x), int(y)) for x, y in (pair.split(",") for pair in found[3].split()))
    return Region((int(found[1]) - 1, int(found[2]) - 1), corners)


def region_around(plane: Plane, axes: tuple[int, int], x: npt.ArrayLike, y: npt.ArrayLike) -> Region | None:
    """Return the region that was drawn on the plane, its corners on the grid.

    Parameters
    ----------
    plane : Plane
    axes : (int, int)
    x, y : array_like of float
        Corners of a line drawn by hand; two stand for opposite corners of a box.

    Returns
    -------
    Region or None
        None where nothing is enclosed.
    """
    drawn = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    if len(drawn) == 2:
        (left, low), (right, high) = drawn
        drawn = np.array([[left, low], [right, low], [right, high], [left, high]])
    if len(drawn) > CORNERS:
        drawn = drawn[np.linspace(0, len(drawn) - 1, CORNERS).astype(np.int64)]
    if not np.isfinite(drawn).all():
        return None
    low_, high_ = plane.bounds(axes)
    grid = np.clip(np.rint((drawn - low_) / (high_ - low_) * GRID), 0, GRID).astype(np.int64)
    corners = tuple(dict.fromkeys((int(a), int(b)) for a, b in grid))
    return Region(axes, corners) if len(corners) >= 3 else None


def _inside(points: npt.NDArray[np.float64], corners: tuple[tuple[int, int], ...]) -> BoolArray:
    """Return which points lie inside a polygon: a ray from them crosses its border an odd number of times."""
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside
