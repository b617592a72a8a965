"""Changes that belong together: a deployment that follows another convention differs in several steps at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.channel_order import CHANNEL_ORDER
from analysis.preprocessing.edits.conventions import (
    CAFFE_BGR,
    CLIP,
    HALF,
    IMAGENET,
    LITE,
    NOT_NORMALISED,
    RAW,
    UNIT,
    Normalisation,
    Rescaling,
)
from analysis.preprocessing.edits.crop import CROP
from analysis.preprocessing.edits.geometry import fits_network
from analysis.preprocessing.edits.interpolation import INTERPOLATION
from analysis.preprocessing.edits.normalize import NORMALIZE
from analysis.preprocessing.edits.rescale import RESCALE
from analysis.preprocessing.edits.resize import RESIZE
from analysis.types import Edit, Json, Modality, Pipeline

#: Families whose documented values are also tried together, without the others.
COLOURS = (CHANNEL_ORDER, RESCALE, NORMALIZE)
GEOMETRY = (RESIZE, CROP, INTERPOLATION)


@dataclass(frozen=True)
class Convention:
    """How a kind of network is fed with colours."""

    name: str
    order: str
    rescaling: Rescaling
    normalisation: Normalisation | None

    @property
    def params(self) -> dict[str, dict[str, Json]]:
        """Parameters of the three steps."""
        rescaling, known = self.rescaling, self.normalisation
        normalize = NOT_NORMALISED if known is None else known.on_scale(rescaling.factor, rescaling.offset)
        return {"channel_order": {"order": self.order}, "rescale": rescaling.params, "normalize": dict(normalize)}


CONVENTIONS = (
    Convention("torchvision and timm", "RGB", UNIT, IMAGENET),
    Convention("Inception, MobileNet and ViT", "RGB", UNIT, HALF),
    Convention("Caffe, VGG and old ResNets", "BGR", RAW, CAFFE_BGR),
    Convention("CLIP", "RGB", UNIT, CLIP),
    Convention("TensorFlow Lite", "RGB", UNIT, LITE),
    Convention("values from 0 to 1 as they are", "RGB", UNIT, None),
    Convention("values from 0 to 255 as they are", "RGB", RAW, None),
    Convention("OpenCV, torchvision's numbers for RGB", "BGR", UNIT, IMAGENET),
)


def propose_presets(pipeline: Pipeline, context: Context) -> tuple[tuple[Edit, ...], ...]:
    """Return joint changes worth trying before single ones, the documented pipeline first.

    Label orders are left alone: they cost no pass, so they are tried under every pipeline anyway.

    Parameters
    ----------
    pipeline : Pipeline
        The one in use.
    context : Context
    """
    found: dict[frozenset[Edit], tuple[Edit, ...]] = {}
    for edits in _candidates(pipeline, context):
        if edits:
            found.setdefault(frozenset(edits), edits)
    return tuple(found.values())


def _candidates(pipeline: Pipeline, context: Context) -> Iterator[tuple[Edit, ...]]:
    yield differing(pipeline, context)
    if pipeline.modality is not Modality.IMAGE:
        return
    yield documented_edits(pipeline, context, COLOURS)
    geometry = documented_edits(pipeline, context, GEOMETRY)
    if geometry and fits_network(_apply(geometry, pipeline), context):
        yield geometry
    for convention in CONVENTIONS:
        edits = [family.edit(pipeline, convention.params[family.step]) for family in COLOURS]
        yield tuple(edit for edit in edits if edit is not None)


def documented_edits(pipeline: Pipeline, context: Context, families: Iterable[Alternatives]) -> tuple[Edit, ...]:
    """Return the edits that bring the steps of some families to what the documented pipeline says."""
    edits = []
    for family in families:
        step = context.documented.get(family.place)
        if step is not None:
            edits.append(family.edit(pipeline, {key: step.params.get(key) for key in family.keys}))
    return tuple(edit for edit in edits if edit is not None)


def differing(pipeline: Pipeline, context: Context) -> tuple[Edit, ...]:
    """Return the edits that lead from `pipeline` to the documented one, label orders left alone."""
    from analysis.preprocessing.edits import FAMILIES

    families = [f for f in FAMILIES if isinstance(f, Alternatives) and pipeline.modality in f.modalities]
    return documented_edits(pipeline, context, families)


def _apply(edits: tuple[Edit, ...], pipeline: Pipeline) -> Pipeline:
    for edit in edits:
        pipeline = edit.apply(pipeline)
    return pipeline
