"""Long texts read to their end: cut into parts that fit, and the scores of the parts averaged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np

from analysis.errors import UnusableInput
from analysis.failures.causes.base import Material
from analysis.preprocessing.outputs import apply_outputs

#: Parts that a text is cut into at most, and texts that are read so at most.
MOST, TEXTS = 32, 500


def answered_in_parts(material: Material, positions: Sequence[int]) -> dict[int, tuple[int, float, int]]:
    """Return what the model answers when texts that are too long are read to their end.

    Parameters
    ----------
    material : Material
    positions : sequence of int
        Of texts that the pipeline truncates; pairs are left out, and so is what doesn't fit in `MOST` parts.

    Returns
    -------
    dict of int to (int, float, int)
        Position → position of the label with the highest mean score, that score, and the number of parts.
    """
    found = {}
    for position in positions[:TEXTS]:
        given = cast("Sequence[str | tuple[str, str]]", material.dataset.inputs(material.rows[[position]]))[0]
        if not isinstance(given, str):
            continue
        parts = _parts(material, given)
        if not parts:
            continue
        scores = material.candidate.predict(parts, material.pipeline)
        named, _ = apply_outputs(scores, material.candidate.task, material.pipeline)
        mean = np.asarray(named, dtype=np.float64).mean(axis=0)
        found[position] = int(mean.argmax()), float(mean.max()), len(parts)
    return found


def _parts(material: Material, text: str) -> list[str]:
    """Return the text in as few equal parts as the pipeline lets through whole; none where that can't be done."""
    words = text.split()
    size = 2
    while size <= min(MOST, len(words)):
        edges = np.linspace(0, len(words), size + 1).astype(int)
        parts = [" ".join(words[a:b]) for a, b in pairwise(edges)]
        try:
            batch = cast(Any, material.candidate.prepare(parts, material.pipeline))
        except UnusableInput:
            return []
        if not any(getattr(batch, "truncated", ())):
            return parts
        size += 1 if size < 8 else size // 2
    return []
