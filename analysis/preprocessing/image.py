"""Run image pipelines: from an encoded file to the tensor that a network receives.

Pixels stay 8 bits and interleaved, as Pillow is fast with, until they are cropped. All that follows (channel order,
rescale, normalize, layout) acts on one value at a time, of which there are only 256: it is worked out once for each of
them, with the very float32 operations of transformers, and then looked up. So tensors equal transformers' to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from analysis.preprocessing.decoding import decode
from analysis.preprocessing.image_specs import ORDERS
from analysis.preprocessing.image_steps import PIXEL_STEPS
from analysis.preprocessing.steps import spec_of
from analysis.types import FloatArray, Json, Modality, Params, Pipeline

__all__ = ["apply_image", "apply_many", "decode", "scale_and_bias", "value_table"]

Triple = tuple[float, float, float]
_NOTHING: dict[str, Params] = {
    name: spec.neutral
    for name in (*PIXEL_STEPS, "channel_order", "rescale", "normalize", "layout")
    if (spec := spec_of(Modality.IMAGE, name)) is not None
}


def apply_image(data: bytes | Image.Image, pipeline: Pipeline) -> FloatArray:
    """Run a pipeline over one image.

    Parameters
    ----------
    data : bytes or PIL.Image.Image
        An encoded file, or what `decode` made of it.
    pipeline : Pipeline
        Checked by `check_pipeline`.

    Returns
    -------
    ndarray of float32, shape (3, H, W)

    Raises
    ------
    UnusableInput
        If the image can't be decoded in full.
    """
    return apply_many(data, (pipeline,))[0]


def apply_many(data: bytes | Image.Image, pipelines: Sequence[Pipeline]) -> list[FloatArray]:
    """Run several pipelines over one image: decoded once, and no step twice on the same pixels.

    Parameters
    ----------
    data, pipelines
        As in `apply_image`.

    Returns
    -------
    list of ndarray of float32, shape (3, H, W)
        One a pipeline. Pipelines that do the same to this image (one that ignores EXIF where there is none) share
        one array: copy before writing.

    Raises
    ------
    UnusableInput
        As `apply_image`.
    """
    image = decode(data) if isinstance(data, bytes) else data
    shared = _Shared()
    return [shared.run(image, pipeline) for pipeline in pipelines]


class _Shared:
    """Results of steps by what they were made from.

    Keys hold the identity of the input instead of the steps that led to it: where a step did nothing, two pipelines
    meet again. Every input is a value in here or held by the caller, so no identity is used twice.
    """

    def __init__(self) -> None:
        self._images: dict[tuple[int, str, str], Image.Image] = {}
        self._pixels: dict[int, npt.NDArray[np.uint8]] = {}
        self._tensors: dict[tuple[Json, ...], FloatArray] = {}

    def run(self, image: Image.Image, pipeline: Pipeline) -> FloatArray:
        order = str(_params(pipeline, "channel_order")["order"])
        source = _source(order)
        for name, function in PIXEL_STEPS.items():
            params = _params(pipeline, name)
            if name == "resize" and params.get("mode") == "pad":
                params = {**params, "color": _as_stored(params.get("color") or [0, 0, 0], source)}
            key = id(image), name, repr(sorted(params.items()))
            if key not in self._images:
                self._images[key] = function(image, params)
            image = self._images[key]
        return self._tensor(image, source, pipeline)

    def _tensor(self, image: Image.Image, source: tuple[int, ...], pipeline: Pipeline) -> FloatArray:
        rescale, normalize = _params(pipeline, "rescale"), _params(pipeline, "normalize")
        numbers = (
            float(rescale["factor"]),
            float(rescale.get("offset", 0.0)),
            _triple(normalize.get("mean")),
            _triple(normalize.get("std")),
        )
        layout = _params(pipeline, "layout")["order"]
        key = id(image), source, numbers, layout
        if key not in self._tensors:
            if id(image) not in self._pixels:
                self._pixels[id(image)] = np.asarray(image)
            planes = _look_up(self._pixels[id(image)], source, value_table(*numbers))
            self._tensors[key] = planes if layout == "CHW" else _reshaped(planes)
        return self._tensors[key]


def _params(pipeline: Pipeline, name: str) -> Params:
    step = pipeline.get(name)
    return _NOTHING[name] if step is None else step.params


def _triple(values: Sequence[float] | None) -> Triple | None:
    return None if values is None else (float(values[0]), float(values[1]), float(values[2]))


@lru_cache(maxsize=len(ORDERS))
def _source(order: str) -> tuple[int, ...]:
    """Return for each channel that is fed which stored one it is."""
    return tuple("RGB".index(letter) for letter in order)


def _as_stored(color: Sequence[int], source: tuple[int, ...]) -> list[int]:
    """Return a colour given as fed in the order of the stored channels."""
    stored = [0, 0, 0]
    for fed, position in enumerate(source):
        stored[position] = color[fed]
    return stored


def scale_and_bias(pipeline: Pipeline) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what ``rescale`` and ``normalize`` amount to: each value becomes ``value * scale + bias``.

    Returns
    -------
    scale, bias : ndarray of float64, shape (3,)
        One a channel as fed.
    """
    rescale, normalize = _params(pipeline, "rescale"), _params(pipeline, "normalize")
    mean = np.array(normalize.get("mean") or (0.0, 0.0, 0.0), dtype=np.float64)
    std = np.array(normalize.get("std") or (1.0, 1.0, 1.0), dtype=np.float64)
    return float(rescale["factor"]) / std, (-float(rescale.get("offset", 0.0)) - mean) / std


@lru_cache(maxsize=256)
def value_table(factor: float, offset: float, mean: Triple | None, std: Triple | None) -> FloatArray:
    """Return what ``rescale`` and ``normalize`` make of each of the 256 pixel values in each channel.

    The operations and their precision are those of transformers' `image_transforms`: rescaled in float64, then
    rounded to float32, in which the rest is done.

    Returns
    -------
    ndarray of float32, shape (3, 256)
        Read-only.
    """
    values = (np.arange(256, dtype=np.float64) * factor).astype(np.float32)
    if offset:
        values = values - np.float32(offset)
    table = np.tile(values, (3, 1))
    if mean is not None or std is not None:
        table = table - np.array(mean or (0.0, 0.0, 0.0), dtype=np.float32)[:, None]
        table = table / np.array(std or (1.0, 1.0, 1.0), dtype=np.float32)[:, None]
    table.flags.writeable = False
    return table


def _look_up(pixels: npt.NDArray[np.uint8], source: tuple[int, ...], table: FloatArray) -> FloatArray:
    """Return (3, H, W) from pixels (H, W) or (H, W, 3)."""
    planes = np.empty((3, *pixels.shape[:2]), dtype=np.float32)
    for fed, stored in enumerate(source):
        channel = pixels if pixels.ndim == 2 else pixels[:, :, stored]
        # All 256 values are in the table; "clip" only spares NumPy the check.
        np.take(table[fed], channel, out=planes[fed], mode="clip")
    return planes


def _reshaped(planes: FloatArray) -> FloatArray:
    """Return what a network receives that is handed (H, W, 3) as if it were (3, H, W)."""
    interleaved = np.ascontiguousarray(planes.transpose(1, 2, 0))
    return interleaved.reshape(planes.shape)
