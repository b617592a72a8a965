"""Resizing and cropping, with the rounding of the transformers library."""

from __future__ import annotations

from math import ceil

import numpy as np
import numpy.typing as npt
from PIL import Image

from analysis.types import Params

RESAMPLE = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


def shorter_side(width: int, height: int, size: int, longer_max: int | None = None) -> tuple[int, int]:
    """Return (width, height) such that the shorter side is `size`, the longer one rounded down."""
    short, long = sorted((width, height))
    new_short, new_long = size, int(size * long / short)
    if longer_max is not None and new_long > longer_max:
        new_short, new_long = int(longer_max * new_short / new_long), longer_max
    return (new_short, new_long) if width <= height else (new_long, new_short)


def apply_resize(picture: Image.Image, params: Params) -> Image.Image:
    """Resize a picture as the ``resize`` step says."""
    mode, width, height = params.get("mode", "none"), picture.width, picture.height
    resample = RESAMPLE[params.get("resample", "bilinear")]
    if mode == "squash":
        return picture.resize((int(params["width"]), int(params["height"])), resample)
    if mode == "shorter":
        return picture.resize(shorter_side(width, height, int(params["size"]), params.get("longer_max")), resample)
    if mode == "crop_pct":
        size = int(params["size"])
        if size >= 384:  # ConvNeXT squashes above this size.
            return picture.resize((size, size), resample)
        resized = picture.resize(shorter_side(width, height, int(size / float(params["crop_pct"]))), resample)
        return Image.fromarray(center_crop(np.asarray(resized), size, size))
    if mode == "pad":
        return _letterbox(picture, int(params["width"]), int(params["height"]), params.get("color"), resample)
    return picture


def _letterbox(
    picture: Image.Image, width: int, height: int, colour: list[int] | None, resample: Image.Resampling
) -> Image.Image:
    """Fit a picture into a frame without stretching it; the rest is of one colour."""
    share = min(width / picture.width, height / picture.height)
    inner = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    ground = Image.new("RGB", (width, height), tuple(int(c) for c in colour or (0, 0, 0)))
    ground.paste(picture.resize(inner, resample), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return ground


def apply_crop(pixels: npt.NDArray[np.uint8], params: Params) -> npt.NDArray[np.uint8]:
    """Cut out the middle as the ``crop`` step says; null leaves the picture whole."""
    height, width = params.get("height"), params.get("width")
    if height is None or width is None:
        return pixels
    return center_crop(pixels, int(height), int(width))


def center_crop(pixels: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    """Cut (H, W, 3) to its middle; where it is smaller, black is added around it."""
    old_height, old_width = pixels.shape[:2]
    top, left = (old_height - height) // 2, (old_width - width) // 2
    if top >= 0 and left >= 0:
        return pixels[top : top + height, left : left + width]
    new_height, new_width = max(height, old_height), max(width, old_width)
    top_pad, left_pad = ceil((new_height - old_height) / 2), ceil((new_width - old_width) / 2)
    padded = np.zeros((new_height, new_width, pixels.shape[2]), dtype=pixels.dtype)
    padded[top_pad : top_pad + old_height, left_pad : left_pad + old_width] = pixels
    top, left = top + top_pad, left + left_pad
    return padded[max(0, top) : min(new_height, top + height), max(0, left) : min(new_width, left + width)]
