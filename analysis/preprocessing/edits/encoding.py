"""Text that was read in the wrong encoding, and categories with the wrong codes: one step name for both."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.categories import category_words, codings
from analysis.preprocessing.edits.evidence import text_signs
from analysis.preprocessing.edits.tables import runs
from analysis.types import Modality, Params, Pipeline

MODES = {
    "none": "as it is",
    "latin1": "UTF-8 read as Latin-1",
    "cp1252": "UTF-8 read as Windows-1252",
    "repair": "repaired",
}


def _mojibake(_pipeline: Pipeline, context: Context) -> Iterator[Params]:
    signs = text_signs(context)
    if "mojibake" in signs:
        yield {"mojibake": "repair"}
    if "foreign" in signs:
        yield from ({"mojibake": mode} for mode in ("none", "cp1252", "latin1"))


TEXT_ENCODING = Alternatives(
    step="encoding",
    title="text encoding",
    changes="UTF-8 is read as Latin-1 or Windows-1252, so that accents and quotation marks turn into strange "
    "characters; the edit reads it right.",
    modalities=(Modality.TEXT,),
    keys=("mojibake",),
    values=_mojibake,
    phrase=lambda params: MODES.get(str(params.get("mojibake", "none")), str(params.get("mojibake"))),
)

CATEGORY_ENCODING = Alternatives(
    step="encoding",
    title="codes of categories",
    changes="Categories are numbered anew in deployment, in order of appearance instead of the alphabet or from 1 "
    "instead of 0; the edit gives them other codes.",
    modalities=(Modality.TABULAR,),
    keys=("categories",),
    values=codings,
    phrase=category_words,
    fits=runs,
)
