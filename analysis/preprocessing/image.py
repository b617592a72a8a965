"""Image pipelines: from an encoded file to the tensor that the network receives.

Every function of `STEPS` takes what the steps before it made: a PIL image until ``crop``, then a float array.
Resizing and cropping follow the PIL image processors of transformers to the last bit.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from analysis.errors import UnusableInput
from analysis.preprocessing.geometry import apply_crop, apply_resize
from analysis.types import FloatArray, Params, Pipeline, Step

#: An image of more pixels than this is refused before it is decoded.
PIXEL_CAP = 100_000_000

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Decoded:
    """A decoded image with what later steps still ask of the file.

    Attributes
    ----------
    picture : PIL.Image.Image
        RGB or RGBA, 8 bits a channel.
    exif_orientation : int
        1 … 8; 1 is upright.
    """

    picture: Image.Image
    exif_orientation: int = 1


def decode(data: bytes) -> Decoded:
    """Decode an image file in full.

    16-bit images are scaled to 8 bits instead of saturating; of an animation the first frame is taken;
    transparency is kept until the ``background`` step.

    Raises
    ------
    UnusableInput
        If it can't be decoded to its end, or has more than 100 million pixels.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > PIXEL_CAP:
                raise UnusableInput(
                    f"It has {image.width} × {image.height} pixels, more than {PIXEL_CAP // 1_000_000} million.",
                    "Reduce it first.",
                )
            image.load()
            orientation = int(image.getexif().get(0x0112, 1) or 1)
            return Decoded(_to_eight_bits(image), orientation if 1 <= orientation <= 8 else 1)
    except UnusableInput:
        raise
    except UnidentifiedImageError as error:
        raise UnusableInput("It is not an image that can be read.", "Save it as JPEG or PNG.") from error
    except Exception as error:  # Damaged files raise a dozen types, from OSError to struct.error.
        raise UnusableInput(f"It can't be decoded to its end: {error}.", "Replace the file.") from error


def _to_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float64)
        top = (
            65535.0 if image.mode != "F" and values.max(initial=0.0) > 255 else max(255.0, float(values.max(initial=0)))
        )
        scaled = np.clip(values * (255.0 / top), 0, 255).round().astype(np.uint8)
        return Image.fromarray(scaled).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.copy() if image.mode == "RGB" else image.convert("RGB")


def _orientation(decoded: Decoded, params: Params) -> Image.Image:
    picture = decoded.picture
    if params.get("exif", True) and decoded.exif_orientation != 1:
        method = _EXIF[decoded.exif_orientation]
        picture = picture.transpose(method)
    rotate, flip = int(params.get("rotate", 0)), params.get("flip", "none")
    if rotate:
        picture = picture.transpose(_ROTATE[rotate])
    if flip != "none":
        picture = picture.transpose(_FLIP[flip])
    return picture


_T = Image.Transpose
_EXIF = {
    2: _T.FLIP_LEFT_RIGHT,
    3: _T.ROTATE_180,
    4: _T.FLIP_TOP_BOTTOM,
    5: _T.TRANSPOSE,
    6: _T.ROTATE_270,
    7: _T.TRANSVERSE,
    8: _T.ROTATE_90,
}
_ROTATE = {90: _T.ROTATE_90, 180: _T.ROTATE_180, 270: _T.ROTATE_270}
_FLIP = {"horizontal": _T.FLIP_LEFT_RIGHT, "vertical": _T.FLIP_TOP_BOTTOM}


def _background(picture: Image.Image, params: Params) -> Image.Image:
    """Lay a transparent picture on a colour; null drops the alpha channel as PIL's convert does."""
    if picture.mode != "RGBA":
        return picture
    colour = params.get("color")
    if colour is None:
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, (*(int(c) for c in colour), 255))
    return Image.alpha_composite(ground, picture).convert("RGB")


def _color_mode(picture: Image.Image, params: Params) -> Image.Image:
    mode = params.get("mode", "rgb")
    if mode == "grey":
        return picture.convert("L").convert("RGB")
    return ImageOps.invert(picture) if mode == "inverted" else picture


def _channel_order(picture: Image.Image, params: Params) -> Image.Image:
    order = str(params.get("order", "RGB"))
    if order == "RGB":
        return picture
    bands = picture.split()
    return Image.merge("RGB", [bands["RGB".index(letter)] for letter in order])


#: Steps on the picture, in the order of the pipeline.
PICTURE_STEPS: dict[str, Callable[..., Image.Image]] = {
    "orientation": _orientation,
    "background": _background,
    "color_mode": _color_mode,
    "channel_order": _channel_order,
    "resize": apply_resize,
}
#: Steps on the numbers; they are applied together by `_numbers`.
NUMBER_STEPS = ("crop", "rescale", "normalize", "layout")


def scale_and_bias(pipeline: Pipeline) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what ``rescale`` and ``normalize`` amount to on 0–255 pixels: ``x * scale + bias``, each (3,)."""
    factor = float(pipeline.param("rescale", "factor", 1.0))
    offset = float(pipeline.param("rescale", "offset", 0.0))
    mean = np.asarray(pipeline.param("normalize", "mean") or [0.0] * 3, dtype=np.float64)
    std = np.asarray(pipeline.param("normalize", "std") or [1.0] * 3, dtype=np.float64)
    return factor / std, (-offset - mean) / std


def _numbers(picture: Image.Image, pipeline: Pipeline) -> FloatArray:
    """Crop, scale and lay out: one multiply-add in float32 after the crop, and never a float copy before it."""
    crop = pipeline.get("crop")
    pixels: Pixels = np.asarray(picture)
    if crop is not None:
        pixels = apply_crop(pixels, crop.params)
    scale, bias = scale_and_bias(pipeline)
    scaled = pixels * scale.astype(np.float32)
    scaled += bias.astype(np.float32)
    if pipeline.param("layout", "order", "CHW") == "HWC_as_CHW":
        return np.ascontiguousarray(scaled).reshape(3, *scaled.shape[:2])
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def apply_image(data: bytes, pipeline: Pipeline) -> FloatArray:
    """Run a whole pipeline on an encoded image.

    Parameters
    ----------
    data : bytes
        An image file.
    pipeline : Pipeline

    Returns
    -------
    ndarray of float32, shape (3, H, W)

    Raises
    ------
    UnusableInput
        If the file can't be decoded.
    """
    return apply_many(data, [pipeline])[0]


def apply_many(data: bytes, pipelines: Sequence[Pipeline]) -> list[FloatArray]:
    """Run several pipelines on one image: it is decoded once, and shared first steps are done once.

    Returns
    -------
    list of ndarray of float32, each (3, H, W)

    Raises
    ------
    UnusableInput
        If the file can't be decoded.
    """
    decoded = decode(data)
    made: dict[tuple[Step, ...], Image.Image] = {}
    return [_numbers(_picture(decoded, pipeline, made), pipeline) for pipeline in pipelines]


def _picture(decoded: Decoded, pipeline: Pipeline, made: dict[tuple[Step, ...], Image.Image]) -> Image.Image:
    """Run the picture steps, each first part of them at most once."""
    picture = decoded.picture
    done: tuple[Step, ...] = ()
    for name, function in PICTURE_STEPS.items():
        step = pipeline.get(name) or Step(name, _NEUTRAL.get(name, {}))
        done = (*done, step)
        if done not in made:
            source = decoded if name == "orientation" else picture
            made[done] = function(source, step.params)
        picture = made[done]
    return picture


_NEUTRAL: dict[str, Params] = {"orientation": {"exif": False}, "resize": {"mode": "none"}}
