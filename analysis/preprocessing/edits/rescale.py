"""Pixel values on another scale than the network was trained on."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.conventions import RESCALINGS, rescaling_words
from analysis.types import Modality, Params, Pipeline


def _values(pipeline: Pipeline, _context: Context) -> Iterator[Params]:
    yield from (known.params for known in RESCALINGS)
    # "Divided twice" of whatever is in use, and the way back.
    factor = float(pipeline.param("rescale", "factor", 1.0))
    if factor < 1 / 255**2 * 10:
        yield {"factor": factor * 255}


RESCALE = Alternatives(
    step="rescale",
    title="pixel values",
    changes="Some libraries divide by 255 and some don't, so it is done twice or never; the edit changes the scale "
    "of the pixel values.",
    modalities=(Modality.IMAGE,),
    keys=("factor", "offset"),
    values=_values,
    phrase=rescaling_words,
)
