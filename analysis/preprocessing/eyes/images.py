"""Pictures as a network receives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from analysis.preprocessing.describe import describe_step
from analysis.preprocessing.eyes.stages import stages_of
from analysis.preprocessing.image import apply_many, decode, scale_and_bias
from analysis.types import FloatArray, Pipeline, Step

Picture: TypeAlias = npt.NDArray[np.uint8]

#: Steps of an image pipeline that leave a picture of 0–255; the later ones only change numbers.
PIXEL_STEPS = ("decode", "orientation", "background", "color_mode", "channel_order", "resize", "crop")
#: Longer side of a stage's picture, in pixels.
SHOWN = 512


@dataclass(frozen=True)
class ImageStage:
    """What an image is after one step.

    Attributes
    ----------
    step, sentence : str
        Name of the step, and what it does with its parameters.
    picture : ndarray of uint8, shape (H, W, 3), or None
        The pixels, reduced to at most 512 a side; None once they are numbers on another scale.
    size : (int, int)
        Height and width.
    low, mean, high : float
        Of the values.
    acted : bool
        Whether the step changed anything.
    """

    step: str
    sentence: str
    picture: Picture | None
    size: tuple[int, int]
    low: float
    mean: float
    high: float
    acted: bool


@dataclass(frozen=True)
class SeenImage:
    """What one pipeline makes of an image.

    Attributes
    ----------
    stages : tuple of ImageStage
    pixels : ndarray of float32, shape (3, H, W)
        What the network receives.
    picture : ndarray of uint8, shape (H, W, 3)
        The same as a network reads it that was trained on the reference pipeline: de-normalised by that one's
        numbers and brought from its channel order to RGB, whatever made the pixels.
    outside : float
        Share of the values that no picture has under the reference: clipped in `picture`.
    """

    stages: tuple[ImageStage, ...]
    pixels: FloatArray
    picture: Picture
    outside: float


def see_image(data: bytes, pipeline: Pipeline, reference: Pipeline) -> SeenImage:
    """Follow one image through a pipeline.

    Parameters
    ----------
    data : bytes
        An encoded file.
    pipeline : Pipeline
        Whose eyes.
    reference : Pipeline
        What the network was trained on, as far as that is known.

    Raises
    ------
    UnusableInput
        If the image can't be decoded.
    """
    steps = list(stages_of(pipeline))
    arrays = apply_many(decode(data), [prefix for _, prefix in steps])
    stages: list[ImageStage] = []
    before: FloatArray | None = None
    for (step, _), array in zip(steps, arrays, strict=True):
        stages.append(_image_stage(step, array, before))
        before = array
    picture, outside = read_as(arrays[-1], reference)
    return SeenImage(tuple(stages), arrays[-1], picture, outside)


def _image_stage(step: Step, array: FloatArray, before: FloatArray | None) -> ImageStage:
    acted = before is None or (array is not before and not np.array_equal(array, before))
    picture = None
    if step.name in PIXEL_STEPS:
        picture = _reduced(np.clip(np.round(array), 0, 255).astype(np.uint8).transpose(1, 2, 0))
    return ImageStage(
        step.name,
        describe_step(step),
        picture,
        (int(array.shape[1]), int(array.shape[2])),
        float(array.min()),
        float(array.mean()),
        float(array.max()),
        acted,
    )


def _reduced(picture: Picture) -> Picture:
    if max(picture.shape[:2]) <= SHOWN:
        return np.ascontiguousarray(picture)
    image = Image.fromarray(np.ascontiguousarray(picture))
    image.thumbnail((SHOWN, SHOWN))
    return np.asarray(image)


def read_as(pixels: FloatArray, reference: Pipeline) -> tuple[Picture, float]:
    """Return pixels as a network reads them that was trained on a pipeline, and the share outside of 0–255.

    Parameters
    ----------
    pixels : ndarray of float32, shape (3, H, W)
    reference : Pipeline
    """
    scale, bias = scale_and_bias(reference)
    plain = (pixels.astype(np.float64) - bias[:, None, None]) / scale[:, None, None]
    outside = float(np.mean((plain < -1) | (plain > 256)))
    order = str(reference.param("channel_order", "order", "RGB"))
    natural = plain[[order.index(letter) for letter in "RGB"]]
    picture = np.clip(np.round(natural), 0, 255).astype(np.uint8).transpose(1, 2, 0)
    return np.ascontiguousarray(picture), outside


@dataclass(frozen=True)
class PixelDifference:
    """How two tensors of one image differ.

    Attributes
    ----------
    mean, largest : float
        Absolute difference in the numbers that the network receives.
    map : ndarray of float32, shape (H, W)
        Right minus left, mean over the channels, in those numbers.
    """

    mean: float
    largest: float
    map: FloatArray


def pixel_difference(left: SeenImage, right: SeenImage) -> PixelDifference | None:
    """Return the difference of two tensors, or None where they differ in size."""
    if left.pixels.shape != right.pixels.shape:
        return None
    change = right.pixels - left.pixels
    size = np.abs(change)
    return PixelDifference(float(size.mean()), float(size.max()), change.mean(axis=0))
