"""Pictures to plant leaks among, and what is done to a copy that is to be found again."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.types import Dataset, Kind, Modality

if TYPE_CHECKING:
    from PIL.Image import Image


def encoded(picture: Image, quality: int | None = None) -> bytes:
    """Return a picture as PNG, or as JPEG of some quality."""
    out = io.BytesIO()
    if quality is None:
        picture.save(out, "PNG")
    else:
        picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _smaller(picture: Image, rng: random.Random) -> Image:
    share = rng.uniform(0.5, 0.95)
    return picture.resize((max(32, int(picture.width * share)), max(32, int(picture.height * share))))


def _brighter(picture: Image, rng: random.Random) -> Image:
    from PIL import ImageEnhance

    changed = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.85, 1.15))
    return ImageEnhance.Contrast(changed).enhance(rng.uniform(0.85, 1.15))


def _cropped(picture: Image, rng: random.Random) -> Image:
    """Cut up to a twentieth from each side."""
    left, top, right, bottom = (rng.uniform(0, 0.05) for _ in range(4))
    w, h = picture.size
    return picture.crop((int(left * w), int(top * h), w - int(right * w), h - int(bottom * h)))


def _blurred(picture: Image, _: random.Random) -> Image:
    from PIL import ImageFilter

    return picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 150))


def _mirrored(picture: Image, _: random.Random) -> Image:
    from PIL import ImageOps

    return ImageOps.mirror(picture)


def _web(picture: Image, rng: random.Random) -> Image:
    return _brighter(_smaller(picture, rng), rng)


#: What is done to a copy, and the range of its JPEG quality.
CHANGES: dict[str, tuple[Callable[[Image, random.Random], Image], tuple[int, int]]] = {
    "smaller": (_smaller, (95, 95)),
    "JPEG quality 30 to 60": (lambda picture, _: picture, (30, 60)),
    "brightness and contrast ± 15 %": (_brighter, (95, 95)),
    "cropped by up to 5 % a side": (_cropped, (95, 95)),
    "blurred": (_blurred, (95, 95)),
    "mirrored": (_mirrored, (95, 95)),
    "smaller, brighter, JPEG 60 to 90": (_web, (60, 90)),
    "the same and cropped": (lambda picture, rng: _cropped(_web(picture, rng), rng), (60, 90)),
}


def picture_again(data: bytes, seed: int, change: str = "smaller, brighter, JPEG 60 to 90") -> bytes:
    """Return an encoded picture with one of `CHANGES` done to it."""
    from PIL import Image

    rng = random.Random(seed)
    work, quality = CHANGES[change]
    with Image.open(io.BytesIO(data)) as image:
        return encoded(work(image.convert("RGB"), rng), rng.randint(*quality))


def dataset_of(pictures: list[bytes], name: str) -> Dataset:
    """Return encoded pictures as data with one label."""
    ids = [str(i) for i in range(len(pictures))]
    table = pd.DataFrame({"id": ids, "split": "train", "label": "a"})
    return Dataset(
        name, name, Modality.IMAGE, Kind.CLASSIFICATION, table, lambda rows: [pictures[int(r)] for r in rows], (), name
    )


def picture_sets(photos: Dataset) -> dict[str, Dataset]:
    """Return photos, and smooth pictures of several kinds, none of which shows the same as another of its set."""
    from PIL import Image, ImageEnhance, ImageFilter

    decoded = []
    for data in photos.inputs(np.arange(len(photos), dtype=np.int64)):
        with Image.open(io.BytesIO(data)) as image:
            decoded.append(image.convert("RGB"))
    rng = np.random.default_rng(0)
    low = [encoded(ImageEnhance.Contrast(p).enhance(0.2)) for p in decoded]
    blurred = [encoded(p.filter(ImageFilter.GaussianBlur(max(p.size) / 25))) for p in decoded]
    halves = [encoded(p.crop(box)) for p in decoded for box in _halves(*p.size)]
    fields = [rng.integers(0, 255, (6, 6, 3), dtype=np.uint8) for _ in range(100)]
    return {
        "photos": photos,
        "photos, a fifth of their contrast": dataset_of(low, "low"),
        "photos, blurred by a 25th of their size": dataset_of(blurred, "blurred"),
        "upper and lower halves of the photos": dataset_of(halves, "halves"),
        "handwritten digits, 32 × 32 pixels": dataset_of(_digits(300), "digits"),
        "fields of colour": dataset_of([encoded(Image.fromarray(f).resize((96, 96))) for f in fields], "fields"),
        "gradients with noise": dataset_of([_gradient(rng) for _ in range(100)], "gradients"),
    }


def _halves(width: int, height: int) -> list[tuple[int, int, int, int]]:
    return [(0, 0, width, height // 2), (0, height // 2, width, height)]


def _digits(most: int) -> list[bytes]:
    from PIL import Image
    from sklearn.datasets import load_digits

    levels = (load_digits().images[:most] * 15.9).astype(np.uint8)
    return [encoded(Image.fromarray(digit).resize((32, 32))) for digit in levels]


def _gradient(rng: np.random.Generator) -> bytes:
    from PIL import Image

    angle, (first, second) = rng.uniform(0, 2 * np.pi), rng.integers(0, 255, (2, 3))
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    share = (np.cos(angle) * x + np.sin(angle) * y + 1.4) / 2.8
    levels = first + (second - first) * share[..., None] + rng.normal(0, 2, (96, 96, 3))
    return encoded(Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)))
