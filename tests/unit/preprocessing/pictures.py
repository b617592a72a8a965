"""Encoded images of every kind that goes wrong in practice, made in code."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from analysis.types import Json, Modality, Pipeline, Step


def photo(height: int, width: int, *, seed: int = 0) -> Image.Image:
    """Return an image with edges, gradients and noise, so that every filter and every shift shows."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [np.sin(rows / (3 + c)) + np.cos(columns / (5 + 2 * c)) + (rows > columns) for c in range(3)]
    values = np.stack(waves, axis=-1) * 50 + 90 + rng.normal(0, 25, (height, width, 3))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "PNG", **options: Json) -> bytes:
    """Return an image as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def transparent(height: int, width: int) -> Image.Image:
    """Return an image whose transparent half hides another colour."""
    image = photo(height, width, seed=1).convert("RGBA")
    alpha = np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))
    image.putalpha(Image.fromarray(alpha))
    return image


def palette(height: int, width: int) -> bytes:
    """Return a file with a palette and one transparent colour in it."""
    return encoded(photo(height, width, seed=2).quantize(16), "PNG", transparency=3)


#: Name → file. Sizes cover landscape, portrait, square, smaller than any network, and one long strip.
FILES: dict[str, bytes] = {
    "landscape": encoded(photo(375, 500), "JPEG", quality=90),
    "portrait": encoded(photo(431, 277)),
    "square": encoded(photo(256, 256)),
    "tiny": encoded(photo(19, 23)),
    "one pixel": encoded(photo(1, 1)),
    "strip": encoded(photo(31, 300)),
    "grey": encoded(photo(300, 301).convert("L")),
    "transparent": encoded(transparent(240, 333)),
    "grey transparent": encoded(transparent(240, 333).convert("LA")),
    "palette": palette(260, 250),
    "black and white": encoded(photo(100, 140).convert("1")),
    "cmyk": encoded(photo(230, 210).convert("CMYK"), "JPEG"),
    "gif": encoded(photo(250, 270).quantize(32), "GIF"),
    "webp": encoded(photo(226, 300), "WEBP", lossless=True),
}


def image_pipeline(**steps: dict[str, Json]) -> Pipeline:
    """Return a pipeline of some steps, unchecked."""
    return Pipeline(Modality.IMAGE, tuple(Step(name, params) for name, params in steps.items()))
