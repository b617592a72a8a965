"""Images that lie on their side, upside down or in a mirror."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.evidence import turned_by_exif
from analysis.types import Modality, Params, Pipeline

_FLIPS = {"horizontal": "mirrored left to right", "vertical": "mirrored top to bottom"}


def words(params: Params) -> str:
    """Return in words how an ``orientation`` step turns an image."""
    parts = ["as EXIF says" if params.get("exif") else "as stored"]
    if params.get("rotate"):
        parts.append(f"turned by {params['rotate']}°")
    if params.get("flip", "none") != "none":
        parts.append(_FLIPS[params["flip"]])
    return ", ".join(parts)


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    exif = bool(pipeline.param("orientation", "exif", True))
    if turned_by_exif(context):
        yield {"exif": not exif}
    rotate = int(pipeline.param("orientation", "rotate", 0))
    flip = str(pipeline.param("orientation", "flip", "none"))
    yield from ({"rotate": (rotate + turn) % 360} for turn in (180, 90, 270))
    yield from ({"flip": other} for other in ("none", "vertical", "horizontal"))
    # Rows read as columns: what a transposed array looks like.
    if rotate == 0 and flip == "none":
        yield from ({"rotate": turn, "flip": "horizontal"} for turn in (90, 270))
    else:
        yield {"rotate": 0, "flip": "none"}


ORIENTATION = Alternatives(
    step="orientation",
    title="orientation",
    changes="The orientation that a camera notes in EXIF is ignored, or arrays are read with rows and columns mixed "
    "up; the edit turns or mirrors the image.",
    modalities=(Modality.IMAGE,),
    keys=("exif", "rotate", "flip"),
    values=_values,
    phrase=words,
)
