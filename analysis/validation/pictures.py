"""Pictures that show the same: found by their coarse look, proved by laying one over the other.

A hash of a smooth picture is mostly noise. Here two pictures are candidates if they correlate at 8 × 8 pixels; then
the one is moved, stretched and made brighter until it fits the other best (Lucas and Kanade 1981, from coarse to
fine), and what still differs at 32 × 32 pixels decides. So a picture is found again in another size, format, quality
and brightness, a little cropped, or mirrored; and another picture of the same kind is not.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.progress import Progress
from analysis.types import FloatArray, IntArray

ByteArray: TypeAlias = npt.NDArray[np.uint8]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

#: Sides of what is compared, the coarsest first: the first finds candidates, the last decides.
SIDES = (8, 16, 32)
#: Correlation of colours at the coarsest side from which on two pictures are looked at more closely, and the nearest
#: of each picture that are looked at.
COARSE, NEAREST = 0.85, 8
#: Share of a picture's variance that may differ, and what may differ besides, in grey levels of 255.
UNLIKE, NOISE = 0.04, 1.3
#: Part of what sets a picture apart from its eighth-nearest that may differ: among digits or faces, all are alike.
BACKGROUND = 0.25
#: Share that may still differ at the middle side for a pair to be looked at further.
HOPELESS = 0.12
#: Part of its half width that an edge may have moved by, and how much contrast and brightness (levels) may have
#: changed.
MOVED, CONTRAST, BRIGHTER = 0.2, (0.6, 1.7), 48.0
#: Steps towards the best fit at each side but the coarsest.
_STEPS = (4, 3)
_PAIRS = 64


def look(data: bytes) -> tuple[bytes, ByteArray | None]:
    """Return what a picture is told by: its pixels, and its thumbnail.

    Parameters
    ----------
    data : bytes
        An encoded picture.

    Returns
    -------
    (bytes, ndarray of uint8 or None)
        Size and RGBA pixels as stored, or the data themselves where they can't be decoded; and (32, 32, 3), squashed,
        upright, transparent parts white, or None.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as image:
            turn = image.getexif().get(0x0112, 1)
            picture = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return data, None
    pixels = f"{picture.size}".encode() + picture.tobytes()
    small = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    small = small.resize((SIDES[-1], SIDES[-1]), Image.Resampling.BILINEAR)
    if turn != 1:
        small.getexif()[0x0112] = turn
        small = ImageOps.exif_transpose(small)
    return pixels, np.asarray(small)


def near_pictures(thumbnails: ByteArray, progress: Progress) -> Iterator[tuple[int, int]]:
    """Yield pairs of pictures that show the same.

    Parameters
    ----------
    thumbnails : ndarray of uint8, shape (n, 32, 32, 3)
        As `look` makes them.
    progress : Progress
    """
    found, apart = candidates(thumbnails, progress)
    unlike = np.minimum(UNLIKE, BACKGROUND * apart)
    progress.start("Laying pictures over one another", len(found))
    for start in range(0, len(found), _PAIRS):
        part = found[start : start + _PAIRS]
        first, second = (thumbnails[part[:, side]].astype(np.float32) for side in (0, 1))
        first = np.where(part[:, 2, None, None, None] > 0, first[:, :, ::-1], first)
        for a, b, _ in part[same(first, second, unlike[part[:, :2]].min(axis=1))]:
            yield int(a), int(b)
        progress.advance(len(part))


def candidates(thumbnails: ByteArray, progress: Progress) -> tuple[IntArray, FloatArray]:
    """Return pairs worth a closer look, and how far each picture is from others.

    Parameters
    ----------
    thumbnails : ndarray of uint8, shape (n, 32, 32, 3)
    progress : Progress

    Returns
    -------
    (ndarray of int64, ndarray of float32)
        (m, 3): two positions, the lower first, and whether the first is mirrored; and (n,): 1 − the correlation with
        the eighth-nearest, 1 where there are fewer.
    """
    n = len(thumbnails)
    apart = np.ones(n, dtype=np.float32)
    if n < 2:
        return np.empty((0, 3), np.int64), apart
    parts = [shrunk(thumbnails[i : i + 4096], SIDES[0]) for i in range(0, n, 4096)]
    small = np.concatenate(parts)
    plain, mirrored = (_standard(x.reshape(n, -1)) for x in (small, small[:, :, ::-1]))
    rows = np.arange(n)
    block = max(1, 8_000_000 // n)
    progress.start("Comparing pictures", n)
    found = []
    for start in range(0, n, block):
        part = rows[start : start + block]
        for flipped, others in enumerate((plain, mirrored)):
            alike = plain[part] @ others.T
            alike[np.arange(len(part)), part] = -1
            best = np.argpartition(-alike, min(NEAREST, n - 1) - 1, axis=1)[:, :NEAREST]
            correlations = np.take_along_axis(alike, best, axis=1)
            if not flipped and n > NEAREST:
                apart[part] = 1 - correlations.min(axis=1)
            near = correlations >= COARSE
            a, b = np.broadcast_to(part[:, None], best.shape)[near], best[near]
            found.append(np.column_stack([np.minimum(a, b), np.maximum(a, b), np.full(len(a), flipped)]))
        progress.advance(len(part))
    return np.unique(np.concatenate(found), axis=0).astype(np.int64), apart


def _standard(flat: FloatArray) -> FloatArray:
    """Return rows whose products are correlations; what is nearly flat keeps some of its colour to be told by."""
    centred = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(length, 1e-3), dtype=np.float32)


def shrunk(pictures: FloatArray | ByteArray, side: int) -> FloatArray:
    """Return square pictures (n, w, w, 3) averaged to (n, side, side, 3)."""
    n, width = pictures.shape[:2]
    step = width // side
    return np.asarray(pictures.reshape(n, side, step, side, step, 3).mean(axis=(2, 4), dtype=np.float32))


def same(first: FloatArray, second: FloatArray, unlike: FloatArray) -> BoolArray:
    """Return for each pair whether both show the same, shape (m,) of bool.

    Parameters
    ----------
    first, second : ndarray of float32, shape (m, 32, 32, 3)
    unlike : ndarray of float32, shape (m,)
        Share of the variance that may differ.
    """
    found = np.zeros(len(first), dtype=np.bool_)
    fit, left = Fit(len(first)), np.arange(len(first))
    for side, steps in zip(SIDES[1:], _STEPS, strict=True):
        if not len(left):
            break
        a, b = shrunk(first[left], side), shrunk(second[left], side)
        for _ in range(steps):
            fit.improve(a, b)
        hopeful = fit.leaves(a, b, np.full(len(left), HOPELESS) if side != SIDES[-1] else unlike[left])
        left, fit = left[hopeful], fit.of(hopeful)
    found[left] = True
    return found


class Fit:
    """How the first picture of each pair has to be moved and stretched to lie on the second."""

    def __init__(self, pairs: int) -> None:
        # Along each axis: where −1 and 1 of the second lie in the first is shift ∓ stretch.
        self.stretch = np.ones((pairs, 2))
        self.shift = np.zeros((pairs, 2))

    def of(self, pairs: BoolArray) -> Fit:
        """Return the fit of some of the pairs."""
        part = Fit(0)
        part.stretch, part.shift = self.stretch[pairs], self.shift[pairs]
        return part

    def moved(self, pictures: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return the first pictures as they lie on the second ones, and which pixels they cover, (m, w, w)."""
        side = pictures.shape[1]
        grid = (np.arange(side) + 0.5) * 2 / side - 1
        inside = []
        for axis in (0, 1):
            at = ((self.stretch[:, axis, None] * grid + self.shift[:, axis, None]) + 1) * side / 2 - 0.5
            inside.append((at > -0.5) & (at < side - 0.5))
            apart = np.clip(at, 0, side - 1)[:, :, None] - np.arange(side)
            weights = np.maximum(1 - np.abs(apart), 0).astype(np.float32)
            # Linear interpolation as a product: down first, then across.
            pictures = (weights @ pictures.reshape(-1, side, side * 3)).reshape(-1, side, side, 3).swapaxes(1, 2)
        return pictures, inside[0][:, :, None] & inside[1][:, None, :]

    def improve(self, first: FloatArray, second: FloatArray) -> None:
        """Take one step of Gauss and Newton; contrast and brightness are fitted with it."""
        moved, covered = self.moved(first)
        m, side = moved.shape[:2]
        grid = ((np.arange(side) + 0.5) * 2 / side - 1).astype(np.float32)
        down, across = (np.gradient(moved, 2 / side, axis=axis) for axis in (1, 2))
        columns = np.stack(
            [moved, np.ones_like(moved), down, down * grid[:, None, None], across, across * grid[:, None]], axis=1
        ) * covered[:, None, :, :, None]  # fmt: skip
        flat = columns.reshape(m, 6, -1)
        square = flat @ flat.transpose(0, 2, 1)
        # A direction that the picture says nothing about is left alone.
        square += np.eye(6) * (1e-4 * np.trace(square, axis1=1, axis2=2)[:, None, None] / 6 + 1e-6)
        found = np.linalg.solve(square, flat @ second.reshape(m, -1, 1))[:, :, 0]
        gain = np.clip(np.where(np.abs(found[:, :1]) < CONTRAST[0], CONTRAST[0], found[:, :1]), *CONTRAST)
        self.shift = np.clip(self.shift + np.clip(found[:, [2, 4]] / gain, -0.1, 0.1), -MOVED, MOVED)
        self.stretch = np.clip(self.stretch + np.clip(found[:, [3, 5]] / gain, -0.1, 0.1), 1 - MOVED, 1 + MOVED)

    def leaves(self, first: FloatArray, second: FloatArray, unlike: npt.NDArray[np.floating]) -> BoolArray:
        """Return for each pair whether at most the share `unlike` of the variance is left to differ."""
        moved, covered = self.moved(first)
        weight = covered[..., None] / np.maximum(covered.sum(axis=(1, 2)), 1)[:, None, None, None] / 3
        means = [(x * weight).sum(axis=(1, 2, 3), keepdims=True) for x in (moved, second)]
        a, b = moved - means[0], second - means[1]
        power, both, given = ((x * weight).sum(axis=(1, 2, 3)) for x in (a * a, a * b, b * b))
        gain = np.clip(both / np.maximum(power, 1e-9), *CONTRAST)
        rest = given - 2 * gain * both + gain**2 * power
        # Contrast is changed about the middle or about black: what is left over is brightness.
        brighter = np.abs(means[1].ravel() - means[0].ravel())
        return np.asarray((rest <= unlike * np.minimum(given, gain**2 * power) + NOISE**2) & (brighter <= BRIGHTER))
