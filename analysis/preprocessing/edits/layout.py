"""Rows, columns and channels read in the wrong order."""

from __future__ import annotations

from analysis.preprocessing.edits.base import Alternatives, always
from analysis.types import Modality

ORDERS = {"CHW": "channels first", "HWC_as_CHW": "channels last, read as channels first"}


LAYOUT = Alternatives(
    step="layout",
    title="layout",
    changes="An array with the channels last is reshaped instead of transposed, which scrambles the image; the edit "
    "transposes it.",
    modalities=(Modality.IMAGE,),
    keys=("order",),
    values=always(*({"order": order} for order in ORDERS)),
    phrase=lambda params: ORDERS.get(str(params.get("order", "CHW")), str(params.get("order"))),
)
