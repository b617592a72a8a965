"""Another mean and standard deviation than the network was trained with."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context, same
from analysis.preprocessing.edits.conventions import (
    IDENTITY,
    NORMALISATIONS,
    NOT_NORMALISED,
    SMALL_INPUT,
    SMALL_NORMALISATIONS,
    normalisation_words,
)
from analysis.preprocessing.edits.geometry import model_size
from analysis.types import Modality, Params, Pipeline


def applied_twice(mean: list[float] | None, std: list[float] | None) -> Params:
    """Return the one normalisation that equals this one applied twice.

    ``((x − m) / s − m) / s = (x − (m + m·s)) / s²``.
    """
    means, stds = mean or [0.0] * 3, std or [1.0] * 3
    return {
        "mean": [m + m * s for m, s in zip(means, stds, strict=True)],
        "std": [s * s for s in stds],
    }


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    factor = float(pipeline.param("rescale", "factor", 1 / 255))
    offset = float(pipeline.param("rescale", "offset", 0.0))
    mean, std = pipeline.param("normalize", "mean"), pipeline.param("normalize", "std")
    small = max(model_size(context, pipeline) or (SMALL_INPUT + 1,)) <= SMALL_INPUT
    yield NOT_NORMALISED
    # Means are quoted on the scale 0–1; pixels that were rescaled otherwise need them on theirs.
    for known in (*NORMALISATIONS, *(SMALL_NORMALISATIONS if small else ())):
        params = known.on_scale(factor, offset)
        if not same(params, IDENTITY):
            yield params
    if mean is not None or std is not None:
        yield applied_twice(mean, std)
        yield {"mean": mean, "std": None}
        yield {"mean": None, "std": std}


NORMALIZE = Alternatives(
    step="normalize",
    title="normalisation",
    changes="Mean and standard deviation are copied from another model, left out, or applied twice; the edit changes "
    "what is subtracted and divided by.",
    modalities=(Modality.IMAGE,),
    keys=("mean", "std"),
    values=_values,
    phrase=normalisation_words,
)
