"""Read an image file in full, whatever its format, without what usually goes wrong unnoticed."""

from __future__ import annotations

import io

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from analysis.datasets.image_files import FORMATS, MAX_IMAGE_PIXELS
from analysis.errors import UnusableInput

#: Key of a decoded image's ``info``: its EXIF orientation, 1 to 8.
ORIENTATION = "orientation"


def decode(data: bytes) -> Image.Image:
    """Decode an image file in full.

    Of an animation the first frame is taken; 16-bit values are scaled to 8 bits rather than cut off at 255;
    palettes, greys and CMYK become RGB. Transparency is kept, for the step ``background``.

    Parameters
    ----------
    data : bytes
        Contents of the file.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, or RGBA where the file has transparency; ``info["orientation"]`` is its EXIF orientation (1 where
        it has none). Nothing is turned yet.

    Raises
    ------
    UnusableInput
        If it is no image, ends too early, is damaged, or has more than 89 million pixels; which is known from its
        header, before anything is decoded.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_IMAGE_PIXELS:
                raise _too_large(f"{width:,} × {height:,} pixels")
            image.load()
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
            decoded = _eight_bits(image)
    except UnusableInput:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large("far too many pixels") from error
    except UnidentifiedImageError as error:
        raise UnusableInput("The file is no image that can be read.", f"Formats: {', '.join(FORMATS)}.") from error
    except Exception as error:  # Decoders raise anything on damaged files: OSError, SyntaxError, struct.error …
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise UnusableInput(f"The image is damaged or ends too early ({reason}).", "Replace the file.") from error
    decoded.info = {ORIENTATION: orientation if orientation in range(1, 9) else 1}
    return decoded


def _too_large(size: str) -> UnusableInput:
    return UnusableInput(f"The image has {size}; the cap is {MAX_IMAGE_PIXELS:,}.", "Make it smaller.")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a decoded image as RGB, or RGBA where it has transparency."""
    if image.mode.startswith("I") or image.mode == "F":
        return _scaled(image).convert("RGB")
    transparent = "A" in image.getbands() or "a" in image.getbands() or image.info.get("transparency") is not None
    mode = "RGBA" if transparent else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _scaled(image: Image.Image) -> Image.Image:
    """Scale grey images of more than 8 bits to 8.

    Integers come from 16-bit files. Floating-point files have no fixed range: 0 to 1 where nothing is larger, or
    else 0 to 255.
    """
    values = np.asarray(image, dtype=np.float64)
    if image.mode == "F":
        values = np.nan_to_num(values)
        values = values * 255.0 if values.max(initial=0.0) <= 1.0 else values
    else:
        values = values / 257.0
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
