"""Properties of texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, IntArray, Pipeline

MEANINGS = {
    "words": "Number of words, split at spaces.",
    "unknown tokens": "Share of the tokens that the tokenizer's vocabulary lacks.",
    "truncated": "Whether the text is longer than the pipeline lets through.",
    "negation": "Whether it has a word like not, never, no, or one that ends in n't (English).",
    "question": "Whether it has a question mark.",
    "exclamation": "Whether it has an exclamation mark.",
    "capitals": "Share of the letters that are capitals.",
    "digits": "Whether it has a digit.",
    "beyond ASCII": "Whether it has a character beyond ASCII: accents, other scripts, emoji.",
    "links or mentions": "Whether it has a web address, an @mention or a #tag.",
}
_NEGATION = re.compile(r"\b(?:no|not|never|nor|none|nothing|nobody|nowhere|neither|cannot|without|\w+n['’]t)\b", re.I)
_LINK = re.compile(r"https?://|www\.|(?:^|\s)[@#]\w", re.I)
_CHUNK = 256


def measure(
    dataset: Dataset, rows: IntArray, candidate: Candidate, pipeline: Pipeline, progress: Progress
) -> pd.DataFrame:
    """Return the properties in `MEANINGS` of some texts; pairs are taken as one text."""
    progress.start("Reading texts", len(rows))
    parts = []
    for start in range(0, len(rows), _CHUNK):
        given = cast("Sequence[str | tuple[str, str]]", dataset.inputs(rows[start : start + _CHUNK]))
        part = pd.DataFrame([_looks(text if isinstance(text, str) else "\n".join(text)) for text in given])
        unknown, cut = _tokens(given, candidate, pipeline)
        part.insert(1, "unknown tokens", unknown)
        part.insert(2, "truncated", cut)
        parts.append(part)
        progress.advance(len(given))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(MEANINGS))


def _looks(text: str) -> dict[str, object]:
    letters = [c for c in text if c.isalpha()]
    return {
        "words": float(len(text.split())),
        "negation": _yes(bool(_NEGATION.search(text))),
        "question": _yes("?" in text),
        "exclamation": _yes("!" in text),
        "capitals": sum(c.isupper() for c in letters) / len(letters) if letters else float("nan"),
        "digits": _yes(any(c.isdigit() for c in text)),
        "beyond ASCII": _yes(not text.isascii()),
        "links or mentions": _yes(bool(_LINK.search(text))),
    }


def _yes(found: bool) -> str:
    return "yes" if found else "no"


def _tokens(
    texts: Sequence[str | tuple[str, str]], candidate: Candidate, pipeline: Pipeline
) -> tuple[list[float], list[str | None]]:
    """Return the share of unknown tokens, and whether the text was cut; NaN and None without a tokenizer."""
    from analysis.candidates.batches import TokenBatch

    unknown = getattr(getattr(candidate, "tokenizer", None), "unk_token_id", None)
    nothing: tuple[list[float], list[str | None]] = ([float("nan")] * len(texts), [None] * len(texts))
    try:
        batch = candidate.prepare(texts, pipeline)
    except UnusableInput:
        return nothing
    if not isinstance(batch, TokenBatch):
        return nothing
    ids, mask = batch.arrays["input_ids"], batch.arrays["attention_mask"] == 1
    own = np.array([sum(part >= 0 for part in parts) for parts in batch.parts], dtype=np.float64)
    shares = ((ids == unknown) & mask).sum(axis=1) / np.maximum(own, 1) if unknown is not None else own * np.nan
    return shares.tolist(), [_yes(cut) for cut in batch.truncated]
