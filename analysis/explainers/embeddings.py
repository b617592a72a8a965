"""Run a text network from word embeddings instead of token ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from analysis.errors import UnusableInput

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
    ids = view.ids.expand(len(vectors), -1)
    with answering(view.embedding, ids, vectors):
        return view.score(ids)


@contextmanager
def answering(layer: torch.nn.Module, ids: torch.Tensor, vectors: torch.Tensor) -> Iterator[None]:
    """Let an embedding layer answer `ids` with `vectors`, and nothing else; the hook is gone afterwards.

    Parameters
    ----------
    layer : torch.nn.Module
    ids : torch.Tensor
        int64 (n, length), as the layer will be asked; some networks (XLNet) ask with the axes swapped.
    vectors : torch.Tensor
        (n, length, width).

    Raises
    ------
    UnusableInput
        From within, if the layer is asked for other ids: the answer would be a wrong one.
    """

    def answer(_layer: torch.nn.Module, asked: tuple[Any, ...], named: dict[str, Any], _output: Any) -> torch.Tensor:
        given = asked[0] if asked else next(iter(named.values()))
        if given.shape == ids.shape and bool((given == ids).all()):
            return vectors
        if given.shape == ids.T.shape and bool((given == ids.T).all()):
            return vectors.transpose(0, 1)
        raise UnusableInput("This network asks its word embeddings for more than the text's tokens.")

    handle = layer.register_forward_hook(answer, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()
