"""Runs of spaces and line breaks kept or collapsed."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.evidence import text_signs
from analysis.types import Modality, Params, Pipeline


def _values(_pipeline: Pipeline, context: Context) -> Iterator[Params]:
    if "spaces" in text_signs(context):
        yield {"collapse": True}
        yield {"collapse": False}


WHITESPACE = Alternatives(
    step="whitespace",
    title="whitespace",
    changes="Line breaks and runs of spaces stay in texts that were trained on without them; the edit collapses or "
    "keeps them.",
    modalities=(Modality.TEXT,),
    keys=("collapse",),
    values=_values,
    phrase=lambda params: "collapsed" if params.get("collapse") else "as written",
)
