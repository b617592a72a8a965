"""The centre crop left out, added, or of another size."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.conventions import usual_sides
from analysis.preprocessing.edits.geometry import fits_network, model_size, takes_any_size
from analysis.types import Modality, Params, Pipeline

NO_CROP: Params = {"height": None, "width": None}


def words(params: Params) -> str:
    """Return in words what a ``crop`` step keeps."""
    height, width = params.get("height"), params.get("width")
    return "none" if height is None or width is None else f"centre {height}×{width}"


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    yield NO_CROP
    size = model_size(context, pipeline)
    if size is not None:
        yield {"height": size[0], "width": size[1]}
        if takes_any_size(context):
            yield from ({"height": side, "width": side} for side in usual_sides(max(size)))


CROP = Alternatives(
    step="crop",
    title="centre crop",
    changes="The centre crop of training is left out in deployment, or done where training had none; the edit crops "
    "otherwise.",
    modalities=(Modality.IMAGE,),
    keys=("height", "width"),
    values=_values,
    phrase=words,
    fits=fits_network,
)
