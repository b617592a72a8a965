"""What happens to pictures: light, focus, sensors, compression, framing.

Lengths are in 224ths of the shorter side, so that a severity means the same whatever a picture's size. The kinds and
their growing severities follow Hendrycks and Dietterich 2019, "Benchmarking neural network robustness to common
corruptions and perturbations"; the levels are this project's own.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from analysis.preprocessing.edits.planting.spoil import Spoiler, each_image
from analysis.robustness.base import Corruption, Make, Setting, percent_of, rng_for
from analysis.types import Modality

#: A shorter side beyond this is reduced first: networks see less, and every level would take as long as all others.
SIDE = 640
#: Parts of the shorter side that lengths are counted in.
PARTS = 224


def reduced(image: Image.Image) -> Image.Image:
    """Return a picture with a shorter side of at most `SIDE` pixels."""
    shorter = min(image.size)
    if shorter <= SIDE:
        return image
    size = (max(1, round(image.width * SIDE / shorter)), max(1, round(image.height * SIDE / shorter)))
    return image.resize(size, Image.Resampling.BOX)


def unchanged(_setting: Setting) -> Spoiler:
    """Return what every corruption is compared with: the pictures as they are, reduced alike."""
    return each_image(lambda image: (reduced(image), 0))


def _each(change: Callable[[Image.Image, float, Setting], Image.Image]) -> Make:
    return lambda level, setting: each_image(lambda image: (change(reduced(image), level, setting), 0))


def brightness(image: Image.Image, level: float, _setting: Setting) -> Image.Image:
    """Multiply the light."""
    return ImageEnhance.Brightness(image).enhance(level)


def contrast(image: Image.Image, level: float, _setting: Setting) -> Image.Image:
    """Leave a share of the distance to the mean grey."""
    return ImageEnhance.Contrast(image).enhance(level)


def blur(image: Image.Image, level: float, _setting: Setting) -> Image.Image:
    """Blur with a Gaussian of this radius."""
    return image.filter(ImageFilter.GaussianBlur(level * min(image.size) / PARTS))


def noise(image: Image.Image, level: float, setting: Setting) -> Image.Image:
    """Add Gaussian noise in grains of one part; the same grains at every level."""
    grain = max(1.0, min(image.size) / PARTS)
    height, width = max(1, round(image.height / grain)), max(1, round(image.width / grain))
    drawn = rng_for(image.tobytes(), setting.seed).normal(size=(height, width, 3))
    rows = np.minimum((np.arange(image.height) / grain).astype(int), height - 1)
    columns = np.minimum((np.arange(image.width) / grain).astype(int), width - 1)
    pixels = np.array(image, dtype=np.float64)
    pixels[..., :3] += 255.0 * level * drawn[rows[:, None], columns[None, :]]
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8), image.mode)


def jpeg(image: Image.Image, level: float, _setting: Setting) -> Image.Image:
    """Compress and decompress; transparency stays, JPEG has none."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=int(level))
    with Image.open(buffer) as opened:
        made = opened.convert("RGB")
    if image.mode == "RGBA":
        made.putalpha(image.getchannel("A"))
    return made


def crop(image: Image.Image, level: float, _setting: Setting) -> Image.Image:
    """Cut out the centre: this share of each side."""
    width, height = max(1, round(image.width * level)), max(1, round(image.height * level))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def rotation(image: Image.Image, level: float, _setting: Setting) -> Image.Image:
    """Turn; corners are mirrored, since black ones would be a corruption of their own."""
    pixels = np.array(image)
    margin = min(max(image.size) // 2, min(image.size) - 1)
    wide = Image.fromarray(np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="reflect"), image.mode)
    turned = wide.rotate(level, Image.Resampling.BICUBIC)
    return turned.crop((margin, margin, margin + image.width, margin + image.height))


def _parts(level: float) -> str:
    return f"{level:g} px"


def _corruption(
    name: str,
    title: str,
    sentence: str,
    unit: str,
    levels: tuple[float, ...],
    label: Callable[[float], str],
    change: Callable[[Image.Image, float, Setting], Image.Image],
) -> Corruption:
    return Corruption(name, title, sentence, unit, Modality.IMAGE, levels, label, _each(change))


CORRUPTIONS: tuple[Corruption, ...] = (
    _corruption(
        "darker", "Darker", "Less light: evening, a lens in shadow, another camera's exposure.",
        "light that is left", (0.75, 0.5, 0.3, 0.15), percent_of, brightness,
    ),
    _corruption(
        "brighter", "Brighter", "More light: sun in the picture, overexposure; what is beyond white is lost.",
        "light, to that of the picture", (1.25, 1.6, 2.2, 3.0), percent_of, brightness,
    ),
    _corruption(
        "contrast", "Less contrast", "Mist, a dirty lens, a washed-out screen.",
        "contrast that is left", (0.75, 0.5, 0.3, 0.15), percent_of, contrast,
    ),
    _corruption(
        "blur", "Blur", "Out of focus, or enlarged from a small picture (a Gaussian).",
        "radius in pixels, where the shorter side has 224", (1.0, 2.0, 3.5, 6.0), _parts, blur,
    ),
    _corruption(
        "noise", "Noise", "A sensor in poor light: Gaussian noise in grains of a 224th of the shorter side.",
        "standard deviation, black to white is 100 %", (0.04, 0.08, 0.16, 0.3), percent_of, noise,
    ),
    _corruption(
        "jpeg", "JPEG", "Strong compression, as messengers and web pages do it.",
        "quality", (50, 25, 12, 5), lambda level: f"q {level:.0f}", jpeg,
    ),
    _corruption(
        "crop", "Cropped", "Framed closer: only the centre is left.",
        "share of each side that is left", (0.9, 0.75, 0.6, 0.45), percent_of, crop,
    ),
    _corruption(
        "rotation", "Turned", "The camera was not held straight (counter-clockwise; the corners are mirrored).",
        "angle", (5, 10, 20, 40), lambda level: f"{level:g}°", rotation,
    ),
)  # fmt: skip
