"""Which size of image comes out of a pipeline, and which size the network takes."""

from __future__ import annotations

from analysis.preprocessing.edits.base import Context
from analysis.types import Pipeline

Size = tuple[int, int]


def output_size(pipeline: Pipeline) -> Size | None:
    """Return (height, width) of what the network receives, or None where it depends on the image."""
    height, width = pipeline.param("crop", "height"), pipeline.param("crop", "width")
    if height is not None and width is not None:
        return int(height), int(width)
    return resized_size(pipeline)


def resized_size(pipeline: Pipeline) -> Size | None:
    """Return (height, width) after the step ``resize``, or None where it depends on the image."""
    step = pipeline.get("resize")
    if step is None:
        return None
    params = step.params
    if params.get("mode") in ("squash", "pad"):
        return int(params["height"]), int(params["width"])
    if params.get("mode") == "crop_pct":
        return int(params["size"]), int(params["size"])
    return None


def model_size(context: Context, pipeline: Pipeline) -> Size | None:
    """Return (height, width) that the network was made for: the documented pipeline's, or else the one in use."""
    return output_size(context.documented) or output_size(pipeline)


def takes_any_size(context: Context) -> bool:
    """Return whether the network is convolutional throughout, so that other sizes run too."""
    capabilities = context.candidate.capabilities
    return capabilities.convolutional and not capabilities.transformer


def fits_network(pipeline: Pipeline, context: Context) -> bool:
    """Return whether all images come out in one size that the network takes."""
    size = output_size(pipeline)
    if size is None:
        return False
    return takes_any_size(context) or size == model_size(context, pipeline)
