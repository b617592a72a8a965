"""The two texts of a pair swapped."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.evidence import text_signs
from analysis.types import Modality, Params, Pipeline

ORDERS = {"ab": "first, second", "ba": "second, first"}


def _values(_pipeline: Pipeline, context: Context) -> Iterator[Params]:
    if "pair" in text_signs(context):
        yield from ({"order": order} for order in ORDERS)


PAIR_ORDER = Alternatives(
    step="pair_order",
    title="order of the two texts",
    changes="Premise and hypothesis, or question and passage, change places; the edit swaps them.",
    modalities=(Modality.TEXT,),
    keys=("order",),
    values=_values,
    phrase=lambda params: ORDERS.get(str(params.get("order", "ab")), str(params.get("order"))),
)
