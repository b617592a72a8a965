"""How small the pieces are that a tokenizer cuts texts into: small ones come of words that it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from analysis.candidates.batches import TokenBatch
from analysis.errors import UnusableInput
from analysis.types import Candidate, Dataset, IntArray, Pipeline

#: Name of the reading.
READING = "characters per token"
_CHUNK = 256


def characters_per_token(
    dataset: Dataset, rows: IntArray, candidate: Candidate, pipeline: Pipeline
) -> npt.NDArray[np.float64] | None:
    """Return for each text the mean length of its tokens in characters, spaces left out; None without a tokenizer.

    Parameters
    ----------
    dataset : Dataset
        Of texts.
    rows : ndarray of int64, shape (n,)
    candidate, pipeline

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN for a text without tokens. What was cut off doesn't count.
    """
    out: list[float] = []
    for start in range(0, len(rows), _CHUNK):
        given = cast("Sequence[str | tuple[str, str]]", dataset.inputs(rows[start : start + _CHUNK]))
        try:
            batch = candidate.prepare(given, pipeline)
        except UnusableInput:
            return None
        if not isinstance(batch, TokenBatch):
            return None
        for spans, parts in zip(batch.spans, batch.parts, strict=True):
            sizes = [end - begin for (begin, end), part in zip(spans, parts, strict=True) if part >= 0]
            out.append(float(np.mean(sizes)) if sizes else float("nan"))
    return np.array(out)
