"""Load a fast tokenizer, and turn texts into a padded batch with the place of every token in its text."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import transformers

from analysis.candidates.artefact import Artefact
from analysis.candidates.batches import TokenBatch
from analysis.candidates.loading import quiet, unusable
from analysis.errors import UnusableInput
from analysis.types import Pipeline

#: Where neither tokenizer nor network has a limit.
DEFAULT_LENGTH = 512
#: transformers writes 1e30 for "no limit known".
NO_LIMIT = 1_000_000
#: These count positions from the padding id + 1: RoBERTa has 514 of them for 512 tokens.
_OFFSET = """
    camembert data2vec-text ibert longformer mpnet roberta roberta-prelayernorm xlm-roberta xlm-roberta-xl xmod
"""
OFFSET_POSITIONS = frozenset(_OFFSET.split())


def load_tokenizer(artefact: Artefact) -> Any:
    """Return the model's fast tokenizer, with a padding token.

    Raises
    ------
    UnusableInput
        If it can't be built, or is not one that knows the place of its tokens.
    """
    try:
        with quiet():
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                str(artefact.folder), trust_remote_code=False, local_files_only=True
            )
            tokenizer("a")
    except BaseException as error:  # Whatever strange files provoke is a fault of the files.
        if not is_fault(error):
            raise
        raise unusable(artefact, "tokenizer", error) from error
    if not getattr(tokenizer, "is_fast", False):
        raise UnusableInput(
            f"{artefact.name} has only a slow tokenizer, which can't say where its tokens stand in the text.",
            "Save it as tokenizer.json: `AutoTokenizer.from_pretrained(folder).save_pretrained(folder)`.",
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    return tokenizer


def is_fault(error: BaseException) -> bool:
    """Return whether a tokenizer failed: also a panic in its Rust code, which is no `Exception`."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def longest_input(tokenizer: Any, config: Any) -> int:
    """Return how many tokens the network can take: the smaller of the tokenizer's and the network's limit."""
    limits = [getattr(tokenizer, "model_max_length", None)]
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int):
        offset = (config.pad_token_id or 0) + 1 if config.model_type in OFFSET_POSITIONS else 0
        limits.append(positions - offset)
    known = [int(limit) for limit in limits if isinstance(limit, int | float) and 0 < limit < NO_LIMIT]
    return min(known, default=DEFAULT_LENGTH)


@dataclass(frozen=True)
class Tokens:
    """A tokenizer as one network takes it.

    Attributes
    ----------
    tokenizer : transformers tokenizer
    accepted : frozenset of str
        Arguments that the network takes.
    lock : threading.Lock
        Truncation and padding are state of the tokenizer.
    """

    tokenizer: Any
    accepted: frozenset[str]
    lock: threading.Lock

    def encode(self, texts: Sequence[str | tuple[str, str]], pipeline: Pipeline) -> TokenBatch:
        """Tokenise texts as the pipeline's ``special_tokens`` and ``truncation`` steps say.

        Raises
        ------
        UnusableInput
            If single texts and pairs are mixed, or ``max_length`` leaves no room for special tokens.
        """
        if not texts:
            return TokenBatch({}, [], [], [], [], [])
        first, second = _columns(texts)
        special = bool(pipeline.param("special_tokens", "add", True))
        length = int(pipeline.param("truncation", "max_length", DEFAULT_LENGTH))
        side = str(pipeline.param("truncation", "side", "right"))
        reserved = self.tokenizer.num_special_tokens_to_add(pair=second is not None) if special else 0
        if length <= reserved:
            raise UnusableInput(
                f"A length of {length} leaves no room for text beside {reserved} special tokens.",
                "Raise max_length in the truncation step.",
            )
        try:
            with self.lock:
                self.tokenizer.truncation_side = side
                found = self.tokenizer(
                    first,
                    second,
                    add_special_tokens=special,
                    truncation=True,
                    max_length=length,
                    padding=True,
                    return_attention_mask=True,
                    return_tensors="np",
                )
        except BaseException as error:
            if not is_fault(error):
                raise
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise UnusableInput(f"The tokenizer can't take these texts: {line[:200]}", "Look at its files.") from error
        arrays = {k: np.asarray(v, dtype=np.int64) for k, v in found.items() if k in self.accepted}
        return _batch(texts, arrays, found.encodings)


def _columns(texts: Sequence[str | tuple[str, str]]) -> tuple[list[str], list[str] | None]:
    pairs = [text for text in texts if not isinstance(text, str)]
    if not pairs:
        return [str(text) for text in texts], None
    if len(pairs) != len(texts):
        raise UnusableInput("Single texts and pairs of texts are mixed.", "Give each example the same columns.")
    return [first for first, _ in pairs], [second for _, second in pairs]


def _batch(texts: Sequence[str | tuple[str, str]], arrays: dict[str, Any], encodings: Sequence[Any]) -> TokenBatch:
    tokens, spans, parts = [], [], []
    for encoding in encodings:
        kept = [i for i, used in enumerate(encoding.attention_mask) if used]
        tokens.append([encoding.tokens[i] for i in kept])
        spans.append([encoding.offsets[i] for i in kept])
        owners = encoding.sequence_ids
        parts.append([-1 if owners[i] is None else int(owners[i]) for i in kept])
    truncated = [bool(encoding.overflowing) for encoding in encodings]
    return TokenBatch(arrays, list(texts), tokens, spans, parts, truncated)
