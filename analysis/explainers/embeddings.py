"""Run a text network from word embeddings instead of token ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import torch

    from analysis.candidates.network import TorchCandidate
    from analysis.explainers.networks import TokensView


def no_embeddings(candidate: TorchCandidate) -> str | None:
    """Return why a method on word embeddings does not fit a network, or None."""
    if getattr(candidate.config, "is_encoder_decoder", False):
        return "its encoder and decoder share the word embeddings, which can't be told apart in the gradient."
    try:
        layer = cast(Any, candidate.module).get_input_embeddings()
    except (AttributeError, NotImplementedError):
        layer = None
    return "it needs a network with a layer of word embeddings." if layer is None else None


def embed(view: TokensView, ids: torch.Tensor) -> torch.Tensor:
    """Return the word embeddings of token ids, (n, length) → (n, length, width), without gradient."""
    import torch

    with torch.no_grad():
        return cast("torch.Tensor", view.embedding(ids))


def score_embedded(view: TokensView, vectors: torch.Tensor) -> torch.Tensor:
    """Return the explained number for word embeddings (n, length, width), differentiable.

    The embedding layer's answer is replaced, so that everything the network derives from the token ids
    themselves (positions, masks) stays as it is.
    """
    with answering(view.embedding, vectors):
        return view.score(view.ids.expand(len(vectors), -1))


@contextmanager
def answering(layer: torch.nn.Module, vectors: torch.Tensor) -> Iterator[None]:
    """Let a layer answer with `vectors` whatever it is asked; the hook is gone afterwards."""
    handle = layer.register_forward_hook(lambda *_: vectors)
    try:
        yield
    finally:
        handle.remove()
