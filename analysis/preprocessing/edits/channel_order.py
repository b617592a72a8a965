"""Channels in another order: the commonest fault of image deployments."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.types import Modality, Params, Pipeline

#: Reversal first: OpenCV and Caffe read BGR, everybody else RGB.
ORDERS = ("RGB", "BGR", "GRB", "RBG", "GBR", "BRG")


def _values(pipeline: Pipeline, _context: Context) -> Iterator[Params]:
    current = str(pipeline.param("channel_order", "order", "RGB"))
    yield {"order": current[::-1]}
    yield from ({"order": order} for order in ORDERS)


CHANNEL_ORDER = Alternatives(
    step="channel_order",
    title="channel order",
    changes="OpenCV hands out blue first, most networks expect red first; the edit feeds the channels in another "
    "order.",
    modalities=(Modality.IMAGE,),
    keys=("order",),
    values=_values,
    phrase=lambda params: str(params.get("order", "RGB")),
)
