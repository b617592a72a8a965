"""The tokens that mark a text's beginning and end left out."""

from __future__ import annotations

from analysis.preprocessing.edits.base import Alternatives, always
from analysis.types import Modality

SPECIAL_TOKENS = Alternatives(
    step="special_tokens",
    title="special tokens",
    changes="Texts are tokenised without the marks of beginning and end that the network reads its answer from; the "
    "edit adds them or leaves them out.",
    modalities=(Modality.TEXT,),
    keys=("add",),
    values=always({"add": True}, {"add": False}),
    phrase=lambda params: "added" if params.get("add", True) else "left out",
)
