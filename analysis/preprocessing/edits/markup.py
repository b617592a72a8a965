"""HTML and URLs left in texts, or taken out of them."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.evidence import text_signs
from analysis.types import Modality, Params, Pipeline

_URLS = {"drop": "URLs dropped", "placeholder": "URLs replaced"}


def words(params: Params) -> str:
    """Return in words what a ``markup`` step does."""
    parts = []
    if params.get("unescape"):
        parts.append("entities decoded")
    if params.get("strip_tags"):
        parts.append("tags removed")
    if params.get("urls", "keep") != "keep":
        parts.append(_URLS.get(str(params["urls"]), str(params["urls"])))
    return ", ".join(parts) or "as written"


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    signs = text_signs(context)
    unescape, strip = (bool(pipeline.param("markup", key, False)) for key in ("unescape", "strip_tags"))
    # Escaped tags only show once entities are decoded, so both are tried together too.
    if signs & {"entity", "tag"}:
        yield {"unescape": True, "strip_tags": True}
    if "entity" in signs:
        yield {"unescape": not unescape}
    if signs & {"entity", "tag"}:
        yield {"strip_tags": not strip}
        yield {"unescape": False, "strip_tags": False}
    if "url" in signs:
        yield from ({"urls": mode} for mode in ("placeholder", "drop", "keep"))


MARKUP = Alternatives(
    step="markup",
    title="markup",
    changes="Texts arrive with HTML entities, tags or URLs that training had removed, or without what it had kept; the "
    "edit removes or keeps them.",
    modalities=(Modality.TEXT,),
    keys=("unescape", "strip_tags", "urls"),
    values=_values,
    phrase=words,
)
