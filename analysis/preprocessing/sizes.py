"""Output sizes of a resize, with the rounding of transformers 5.23 (`image_transforms`), to the pixel."""

from __future__ import annotations

from analysis.types import Params

Size = tuple[int, int]


def shorter_side(height: int, width: int, size: int) -> Size:
    """Return (height, width) with the shorter side `size`, as `get_resize_output_image_size`."""
    short, long = sorted((height, width))
    other = int(size * long / short)
    return (other, size) if width <= height else (size, other)


def shorter_side_capped(height: int, width: int, size: int, longest: int) -> Size:
    """Return (height, width) with the shorter side `size` unless the longer one exceeded `longest`.

    As `get_size_with_aspect_ratio`, whose rounding differs from `shorter_side`.
    """
    raw = None
    if max(height, width) / min(height, width) * size > longest:
        raw = longest * float(min(height, width)) / max(height, width)
        size = round(raw)
    if size == min(height, width):
        return height, width
    scale = size if raw is None else raw
    return (int(scale * height / width), size) if width < height else (size, int(scale * width / height))


def fitted(height: int, width: int, most_height: int, most_width: int) -> Size:
    """Return the largest (height, width) of the same shape inside a box, as `get_image_size_for_max_height_width`."""
    scale = min(most_height / height, most_width / width)
    return int(height * scale), int(width * scale)


def resized(height: int, width: int, params: Params) -> Size:
    """Return (height, width) that an image has after a ``resize`` step, before padding or cropping.

    Parameters
    ----------
    height, width : int
        Of the image.
    params : mapping
        Parameters of the step.
    """
    mode = params.get("mode", "none")
    if mode == "squash":
        size = params["height"], params["width"]
    elif mode == "shorter":
        longest = params.get("longer_max")
        if longest is None:
            size = shorter_side(height, width, params["size"])
        else:
            size = shorter_side_capped(height, width, params["size"], longest)
    elif mode == "longest":
        size = fitted(height, width, params["size"], params["size"])
    elif mode in ("fit", "pad"):
        size = fitted(height, width, params["height"], params["width"])
    elif mode == "crop_pct":
        # ConvNeXT's: truncated, not rounded.
        size = shorter_side(height, width, int(params["size"] / params["crop_pct"]))
    else:
        size = height, width
    # A very long and narrow image would lose its last row: Pillow refuses that.
    return max(1, size[0]), max(1, size[1])
