"""Texts cut at another length, or at the other end."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.evidence import longest_tokens
from analysis.types import Modality, Params, Pipeline

#: Lengths that people set, in tokens.
LENGTHS = (512, 256, 128, 64, 32, 16)


def words(params: Params) -> str:
    """Return in words what a ``truncation`` step keeps."""
    kept = "first" if params.get("side", "right") == "right" else "last"
    return f"the {kept} {params.get('max_length')} tokens"


def _values(pipeline: Pipeline, context: Context) -> Iterator[Params]:
    current = int(pipeline.param("truncation", "max_length", LENGTHS[0]))
    longest = longest_tokens(context)
    limit = int(context.documented.param("truncation", "max_length", current))
    # Lengths that cut nothing off the texts at hand are all one; the network may not take more than documented.
    useful = [n for n in LENGTHS if n <= limit and (longest is None or n < longest or n == limit)]
    side = "left" if pipeline.param("truncation", "side", "right") == "right" else "right"
    yield {"max_length": limit}
    if longest is None or current < longest:
        yield {"side": side}
        yield {"max_length": limit, "side": side}
    yield from ({"max_length": n} for n in useful)
    yield from ({"max_length": n, "side": side} for n in useful)


TRUNCATION = Alternatives(
    step="truncation",
    title="truncation",
    changes="A default length, or the side that is cut, drops the part of a text that decides; the edit keeps another "
    "part.",
    modalities=(Modality.TEXT,),
    keys=("max_length", "side"),
    values=_values,
    phrase=words,
)
