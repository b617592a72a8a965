"""Properties of pictures, measured on a small upright copy of each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.progress import Progress
from analysis.types import Candidate, Dataset, IntArray, Pipeline

MEANINGS = {
    "brightness": "Mean luma, 0 (black) to 1 (white).",
    "contrast": "Standard deviation of the luma.",
    "sharpness": "Variance of the luma's Laplacian (Pech-Pacheco 2000): low where the picture is blurred.",
    "saturation": "Mean saturation of the colours, 0 (grey) to 1.",
    "megapixels": "Width times height, in millions.",
    "aspect": "Width over height.",
    "dominant colour": "The hue that most of the coloured pixels have, or grey.",
}
#: Longest side of the copy that is looked at.
SIDE = 256
_CHUNK = 32
_HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")


def measure(
    dataset: Dataset, rows: IntArray, candidate: Candidate, pipeline: Pipeline, progress: Progress
) -> pd.DataFrame:
    """Return the properties in `MEANINGS` of some pictures; NaN and None for one that can't be read."""
    del candidate, pipeline
    progress.start("Looking at pictures", len(rows))
    found: list[dict[str, Any]] = []
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(rows), _CHUNK):
            given = cast("Sequence[bytes]", dataset.inputs(rows[start : start + _CHUNK]))
            found += pool.map(look, given)
            progress.advance(len(given))
    return pd.DataFrame(found, columns=list(MEANINGS))


def look(data: bytes) -> dict[str, Any]:
    """Return the properties of one encoded picture."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            image.draft("RGB", (2 * SIDE, 2 * SIDE))
            turned = image.getexif().get(0x0112, 1) >= 5
            copy = ImageOps.exif_transpose(image).convert("RGBA")
            copy.thumbnail((SIDE, SIDE))
            ground = Image.new("RGBA", copy.size, "white")
            picture = Image.alpha_composite(ground, copy).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return dict.fromkeys(MEANINGS)
    if turned:
        width, height = height, width
    luma = np.asarray(picture.convert("L"), dtype=np.float64) / 255
    hsv = np.asarray(picture.convert("HSV"), dtype=np.float64)
    return {
        "brightness": float(luma.mean()),
        "contrast": float(luma.std()),
        "sharpness": _sharpness(luma),
        "saturation": float(hsv[..., 1].mean() / 255),
        "megapixels": width * height / 1e6,
        "aspect": width / height,
        "dominant colour": _dominant(hsv),
    }


def _sharpness(luma: npt.NDArray[np.float64]) -> float:
    if min(luma.shape) < 3:
        return float("nan")
    middle = luma[1:-1, 1:-1]
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return float((around - 4 * middle).var())


def _dominant(hsv: npt.NDArray[np.float64]) -> str:
    coloured = (hsv[..., 1] > 50) & (hsv[..., 2] > 40)
    if coloured.mean() < 0.1:
        return "grey"
    sector = np.round(hsv[..., 0][coloured] / 255 * 6).astype(np.int64) % 6
    return _HUES[int(np.bincount(sector, minlength=6).argmax())]
