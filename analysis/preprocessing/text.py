"""Text pipelines: the steps on the string; the tokenizer takes the rest."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from analysis.types import Json, Params, Pipeline

Text = str | tuple[str, str]

_TAG = re.compile(r"<[^<>]{1,2000}>")
_URL = re.compile(r"(?:https?://|www\.)\S+")


def _encoding(text: str, params: Params) -> str:
    """Undo, or make, the mistake of reading UTF-8 as a one-byte encoding."""
    mode = params.get("mojibake", "none")
    if mode == "none":
        return text
    codec = "cp1252" if mode.endswith("cp1252") else "latin-1"
    try:
        if mode.startswith("make_"):
            return text.encode("utf-8").decode(codec)
        return text.encode(codec).decode("utf-8")
    except UnicodeError:
        return text


def _markup(text: str, params: Params) -> str:
    if params.get("unescape", False):
        text = html.unescape(text)
    if params.get("strip_tags", False):
        text = _TAG.sub(" ", text)
    urls = params.get("urls", "keep")
    if urls != "keep":
        text = _URL.sub("" if urls == "drop" else "URL", text)
    return text


def _whitespace(text: str, params: Params) -> str:
    return " ".join(text.split()) if params.get("collapse", False) else text


def _case(text: str, params: Params) -> str:
    mode = params.get("mode", "keep")
    return text.lower() if mode == "lower" else text.upper() if mode == "upper" else text


#: Steps on one string, in the order of the pipeline.
STRING_STEPS: dict[str, Callable[[str, Params], str]] = {
    "encoding": _encoding,
    "markup": _markup,
    "whitespace": _whitespace,
    "case": _case,
}


def apply_string(text: str, pipeline: Pipeline) -> str:
    """Run the string steps on one text."""
    for name, function in STRING_STEPS.items():
        step = pipeline.get(name)
        if step is not None:
            text = function(text, step.params)
    return text


def apply_text(text: Text, pipeline: Pipeline) -> Text:
    """Run the string steps on a text, or on both texts of a pair, and set the pair's order."""
    if isinstance(text, str):
        return apply_string(text, pipeline)
    first, second = (apply_string(part, pipeline) for part in text)
    return (second, first) if pipeline.param("pair_order", "order", "ab") == "ba" else (first, second)


def tokenizer_options(pipeline: Pipeline) -> dict[str, Json]:
    """Return what the pipeline asks of the tokenizer: ``add_special_tokens``, ``max_length``, ``truncation_side``."""
    return {
        "add_special_tokens": bool(pipeline.param("special_tokens", "add", True)),
        "max_length": int(pipeline.param("truncation", "max_length", 512)),
        "truncation_side": str(pipeline.param("truncation", "side", "right")),
    }
