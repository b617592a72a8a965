"""Another interpolation when resizing than in training."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.types import Modality, Params, Pipeline

FILTERS = ("bilinear", "bicubic", "nearest", "lanczos", "box", "hamming")


def _values(pipeline: Pipeline, _context: Context) -> Iterator[Params]:
    if pipeline.param("resize", "mode", "none") != "none":
        yield from ({"resample": name} for name in FILTERS)


INTERPOLATION = Alternatives(
    step="interpolation",
    title="interpolation",
    changes="Libraries resize with different filters by default; the edit changes the filter.",
    modalities=(Modality.IMAGE,),
    keys=("resample",),
    values=_values,
    phrase=lambda params: str(params.get("resample", "bilinear")),
    within="resize",
)
