"""Images brought to the network's size in another way than in training."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.conventions import CROP_SHARE, usual_sides
from analysis.preprocessing.edits.geometry import fits_network, model_size, takes_any_size
from analysis.types import Json, Modality, Params, Pipeline

#: Colours that letterboxing fills up with: black, YOLO's grey, white.
PADDINGS = ([0, 0, 0], [114, 114, 114], [255, 255, 255])


def squash(height: int, width: int) -> dict[str, Json]:
    """Return the parameters of a resize that ignores the aspect ratio."""
    return {"mode": "squash", "height": height, "width": width}


def shorter(size: int) -> dict[str, Json]:
    """Return the parameters of a resize of the shorter side, which a crop must follow."""
    return {"mode": "shorter", "size": size}


def crop_share(size: int, share: float) -> dict[str, Json]:
    """Return the parameters of a resize of the shorter side to size / share, cropped to size × size."""
    return {"mode": "crop_pct", "size": size, "crop_pct": share}


def cropped_from(size: int, side: int) -> dict[str, Json]:
    """Return the parameters of a resize of the shorter side to `side`, cropped to size × size."""
    share = size / side
    # The resized side is size / share rounded down, and a quotient of floats may fall short of a whole number.
    return crop_share(size, share if int(size / share) == side else size / (side + 0.5))


def padded(height: int, width: int, color: list[int]) -> dict[str, Json]:
    """Return the parameters of a resize that keeps the aspect ratio and fills up with a colour."""
    return {"mode": "pad", "height": height, "width": width, "color": color}


def words(params: Params) -> str:
    """Return in words how a ``resize`` step resizes."""
    mode, size = params.get("mode", "none"), f"{params.get('height')}×{params.get('width')}"
    if mode == "squash":
        return f"squashed to {size}"
    if mode == "pad":
        return f"fitted into {size}, padded with {_color(params.get('color'))}"
    if mode == "fit":
        return f"fitted into {size}"
    if mode in ("shorter", "longest"):
        return f"{'shorter' if mode == 'shorter' else 'longer'} side {params.get('size')}"
    if mode == "crop_pct":
        side = int(params["size"] / float(params["crop_pct"]))
        return f"shorter side {side}, centre {params['size']}×{params['size']} cut out"
    return "none"


def _color(color: Json) -> str:
    known = {(0, 0, 0): "black", (114, 114, 114): "grey", (255, 255, 255): "white"}
    return known.get(tuple(color or (0, 0, 0)), str(color))


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    size = model_size(context, pipeline)
    if size is None:
        return
    height, width = size
    cropped = pipeline.param("crop", "height") is not None
    yield squash(height, width)
    sides = usual_sides(max(height, width))
    if cropped:
        yield from (shorter(side) for side in sides)
    elif height == width:
        # The documented shorter side first, where the crop that it needs is missing.
        if context.documented.param("resize", "mode") == "shorter":
            yield cropped_from(height, int(context.documented.param("resize", "size")))
        yield crop_share(height, CROP_SHARE)
        yield crop_share(height, 1.0)
    yield from (padded(height, width, color) for color in PADDINGS)
    if cropped or takes_any_size(context):
        yield from (squash(side, side) for side in sides if side > max(height, width))


RESIZE = Alternatives(
    step="resize",
    title="resizing",
    changes="Images are squashed where they were cropped in training, padded, or brought to another size first; "
    "the edit resizes in another way.",
    modalities=(Modality.IMAGE,),
    keys=("mode", "height", "width", "size", "longer_max", "crop_pct", "color"),
    values=_values,
    phrase=words,
    fits=fits_network,
)
