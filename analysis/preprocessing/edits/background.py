"""What transparent pixels become."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.evidence import has_transparency
from analysis.types import Modality, Params, Pipeline

COLORS = {"white": [255, 255, 255], "black": [0, 0, 0], "grey": [128, 128, 128]}


def words(params: Params) -> str:
    """Return in words what a ``background`` step lays images on."""
    color = params.get("color")
    if color is None:
        return "transparency dropped"
    return next((name for name, value in COLORS.items() if value == list(color)), f"colour {list(color)}")


def _values(_pipeline: Pipeline, context: Context) -> Iterator[Params]:
    if has_transparency(context):
        yield from ({"color": color} for color in COLORS.values())
        yield {"color": None}


BACKGROUND = Alternatives(
    step="background",
    title="background of transparent images",
    changes="Dropping the transparency of a PNG uncovers whatever colour was hidden there; the edit lays the image on "
    "another background.",
    modalities=(Modality.IMAGE,),
    keys=("color",),
    values=_values,
    phrase=words,
)
