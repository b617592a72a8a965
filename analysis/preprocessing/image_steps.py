"""The steps of an image pipeline up to its crop: each turns one Pillow image into another.

A step that has nothing to do returns the very image that it got, so that pipelines which differ only in what does
not matter for an image share all later work (see `analysis.preprocessing.image`). No step changes its input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image, ImageOps

from analysis.datasets.image_files import MAX_IMAGE_PIXELS
from analysis.errors import UnusableInput
from analysis.preprocessing.decoding import ORIENTATION
from analysis.preprocessing.sizes import resized
from analysis.types import Params

_EXIF = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ROTATE = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
_FLIP = {"horizontal": Image.Transpose.FLIP_LEFT_RIGHT, "vertical": Image.Transpose.FLIP_TOP_BOTTOM}


def orient(image: Image.Image, params: Params) -> Image.Image:
    """Turn as EXIF says, then by an angle, then mirror."""
    turns = []
    if params.get("exif", True):
        turns.append(_EXIF.get(image.info.get(ORIENTATION, 1)))
    turns.append(_ROTATE.get(params.get("rotate", 0)))
    turns.append(_FLIP.get(params.get("flip", "none")))
    for turn in turns:
        if turn is not None:
            image = image.transpose(turn)
    return image


def lay_on_background(image: Image.Image, params: Params) -> Image.Image:
    """Lay a transparent image on a colour, or drop its transparency."""
    if image.mode != "RGBA":
        return image
    color = params.get("color")
    if color is None:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (*color, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def change_colors(image: Image.Image, params: Params) -> Image.Image:
    """Turn to grey (one channel, which stands for three equal ones from here on), or invert."""
    mode = params.get("mode", "rgb")
    if mode == "grey":
        return image.convert("L")
    return ImageOps.invert(image) if mode == "inverted" else image


def resize(image: Image.Image, params: Params) -> Image.Image:
    """Resize; for modes ``pad`` and ``crop_pct`` also pad or crop.

    Raises
    ------
    UnusableInput
        If a narrow strip would grow beyond all bounds.
    """
    mode = params.get("mode", "none")
    if mode == "none":
        return image
    height, width = resized(image.height, image.width, params)
    if height * width > MAX_IMAGE_PIXELS:
        raise UnusableInput(
            f"The image ({image.width} × {image.height}) is so narrow that it would become {width:,} × {height:,}.",
            "Leave it out, or crop it.",
        )
    filter_ = Image.Resampling[str(params.get("resample", "bilinear")).upper()]
    image = image.resize((width, height), filter_)
    if mode == "crop_pct":
        return center_crop(image, params["size"], params["size"])
    if mode == "pad":
        return _pad(image, params["height"], params["width"], params.get("color") or [0, 0, 0])
    return image


def _pad(image: Image.Image, height: int, width: int, color: list[int]) -> Image.Image:
    if image.size == (width, height):
        return image
    if image.mode == "L" and len(set(color)) > 1:
        image = image.convert("RGB")
    ground = Image.new(image.mode, (width, height), color[0] if image.mode == "L" else tuple(color))
    ground.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    return ground


def crop(image: Image.Image, params: Params) -> Image.Image:
    """Cut out the centre, or return the image where nothing is to be cut."""
    height, width = params.get("height"), params.get("width")
    if height is None or width is None:
        return image
    return center_crop(image, height, width)


def center_crop(image: Image.Image, height: int, width: int) -> Image.Image:
    """Cut out the centre; fill up with black where the image is smaller.

    To the pixel as transformers' `image_transforms.center_crop`: what is odd stays at the right and the bottom when
    cutting, and at the left and the top when filling.
    """
    if image.size == (width, height):
        return image
    top, left = (image.height - height) // 2, (image.width - width) // 2
    # Pillow fills with zeros what lies outside.
    return image.crop((left, top, left + width, top + height))


#: Steps on pixels, in the order in which they run. ``channel_order`` acts on each channel alone, so it may as well
#: be done last, when channels are separated anyway; `analysis.preprocessing.image` does it there.
PIXEL_STEPS: Mapping[str, Callable[[Image.Image, Params], Image.Image]] = {
    "orientation": orient,
    "background": lay_on_background,
    "color_mode": change_colors,
    "resize": resize,
    "crop": crop,
}
