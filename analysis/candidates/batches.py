"""What a candidate's network receives: one preprocessed batch of each modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.types import FloatArray, IntArray


@dataclass(frozen=True)
class ImageBatch:
    """Preprocessed images.

    Attributes
    ----------
    pixels : ndarray of float32, shape (n, 3, H, W)
    """

    pixels: FloatArray

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True)
class TokenBatch:
    """Tokenised texts, padded to the longest of the batch.

    Attributes
    ----------
    arrays : dict of str to ndarray of int64, shape (n, length)
        ``input_ids``, ``attention_mask``, and ``token_type_ids`` where the model takes them.
    texts : list of str or (str, str)
        What the tokenizer was given: the raw texts after the pipeline's string steps.
    tokens : list of list of str
        Each text's tokens without padding: those where ``attention_mask`` is 1, in order.
    spans : list of list of (int, int)
        For each of those tokens its range of characters in `texts`; (0, 0) for special tokens.
    parts : list of list of int
        For each of those tokens 0 or 1, the member of the pair that it comes from; -1 for special tokens.
    truncated : list of bool
        True where the text was longer than the pipeline's ``truncation`` step allows.
    """

    arrays: Mapping[str, IntArray]
    texts: Sequence[str | tuple[str, str]]
    tokens: Sequence[Sequence[str]]
    spans: Sequence[Sequence[tuple[int, int]]]
    parts: Sequence[Sequence[int]]
    truncated: Sequence[bool]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Frame:
    """Preprocessed rows of a table.

    Attributes
    ----------
    data : pandas.DataFrame
        n rows, the columns that the estimator takes, in its order.
    """

    data: pd.DataFrame

    def __len__(self) -> int:
        return len(self.data)
