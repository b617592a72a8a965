"""Texts lowered for a cased network, or left as they are for an uncased one."""

from __future__ import annotations

from analysis.preprocessing.edits.base import Alternatives, always
from analysis.types import Modality

MODES = {"keep": "as written", "lower": "lower case", "upper": "upper case"}

CASE = Alternatives(
    step="case",
    title="the text's case",
    changes="Texts are lowered for a network that was trained on cased ones, or the other way round; the edit changes "
    "the case.",
    modalities=(Modality.TEXT,),
    keys=("mode",),
    values=always(*({"mode": mode} for mode in MODES)),
    phrase=lambda params: MODES.get(str(params.get("mode", "keep")), str(params.get("mode"))),
)
