"""Explained images as numbers: where the scores lie, and the colours in and outside of the attributed region."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.patterns.explained import Kept

Floats = npt.NDArray[np.float64]

#: The attributed region is this share of the picture, where the scores are highest: the same for every picture.
REGION = 0.25
#: Cells along each side of the map that is compared place by place.
PLACES = 4

#: Measure → (what more of it is called, what less of it is called).
WORDS = {
    "lightness": ("lighter", "darker"),
    "green–red": ("redder", "greener"),
    "blue–yellow": ("yellower", "bluer"),
    "chroma": ("more colourful", "paler"),
    "detail": ("more detailed", "smoother"),
}
_SIDES = ("in the region", "outside of it")
#: Names of the columns of `colours`, in order.
COLOURS = tuple(f"{measure} {side}" for side in _SIDES for measure in WORDS)
_ROWS, _COLUMNS = ("top", "upper", "lower", "bottom"), ("far left", "left", "right", "far right")
#: Names of the columns of `places`, in order.
PLACE_NAMES = tuple(f"{row}, {column}" for row in _ROWS for column in _COLUMNS)


def lab(picture: npt.NDArray[np.uint8]) -> Floats:
    """Return sRGB colours as CIE L*a*b* (D65, CIE 15:2004), (H, W, 3): lightness, green–red, blue–yellow."""
    srgb = picture.astype(np.float64) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    matrix = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = linear @ np.array(matrix).T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def region(scores: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return which cells of a map belong to the attributed region: the highest `REGION` of them."""
    flat = np.asarray(scores, dtype=np.float64)
    inside = np.zeros(flat.size, dtype=np.bool_)
    inside[np.argsort(-flat.ravel(), kind="stable")[: round(REGION * flat.size)]] = True
    return inside.reshape(flat.shape)


def colours(kept: Kept) -> Floats:
    """Return one picture's measures, in the order of `COLOURS`: means over the region, then over the rest."""
    assert kept.picture is not None
    found = lab(kept.picture)
    down, across = np.gradient(found[..., 0])
    chroma = np.hypot(found[..., 1], found[..., 2])
    measures = [found[..., 0], found[..., 1], found[..., 2], chroma, np.hypot(down, across)]
    inside = region(kept.scores)
    return np.array([measure[side].mean() for side in (inside, ~inside) for measure in measures])


def shares(kept: Kept) -> Floats:
    """Return a map in shares of its own mean size, so that no example outweighs the others."""
    scores = np.asarray(kept.scores, dtype=np.float64)
    size = float(np.abs(scores).mean())
    return scores / size if size > 0 else scores


def places(kept: Kept) -> Floats:
    """Return the mean share of each cell of a `PLACES` × `PLACES` grid, in the order of `PLACE_NAMES`."""
    found = shares(kept)
    return np.array([cell.mean() for row in np.array_split(found, PLACES) for cell in np.array_split(row, PLACES, 1)])


def mean_map(kept: Sequence[Kept]) -> npt.NDArray[np.float32]:
    """Return the average of maps in shares."""
    return np.asarray(np.mean([shares(one) for one in kept], axis=0), dtype=np.float32)


def mean_picture(kept: Sequence[Kept]) -> npt.NDArray[np.uint8]:
    """Return the average of pictures."""
    return np.asarray(
        np.round(np.mean([one.picture for one in kept if one.picture is not None], axis=0)), dtype=np.uint8
    )


def words_for(name: str, difference: float) -> str:
    """Return a difference of one of `COLOURS` in words: "greener outside of it"."""
    measure, side = name.split(" ", 1)
    more, less = WORDS[measure]
    return f"{more if difference > 0 else less} {side}"
