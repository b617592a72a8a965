"""Attention rollout (Abnar & Zuidema 2020, arXiv:2005.00928)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from analysis.errors import UnusableInput
from analysis.explainers.activations import recorded, token_grid
from analysis.explainers.base import Scored
from analysis.explainers.embeddings import answering, embed, no_embeddings
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView, TokensView
from analysis.types import Modality

if TYPE_CHECKING:
    import torch

    from analysis.candidates.network import TorchCandidate

NOTE = "Attention is the same for every label: this map says what the model read, not what spoke for the target."


@dataclass(frozen=True)
class AttentionRollout(NetworkExplainer):
    """From which tokens what the head reads came, through the attention of all layers.

    In every layer a token is taken to keep half of itself and to get the other half as its heads attend, on average.
    Which tokens the head reads (the class token, the last one, all of them) is told by the derivative of the
    output by the last layer's tokens.
    """

    name: ClassVar[str] = "attention_rollout"
    title: ClassVar[str] = "Attention rollout"
    when: ClassVar[str] = (
        "For transformers: from which parts what the model read in the end had come, for all labels alike."
    )
    cost: ClassVar[str] = "1 forward, 1 backward, with eager attention"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE, Modality.TEXT)
    signed: ClassVar[bool] = False

    def misfit(self, candidate: TorchCandidate) -> str | None:
        """Refuse networks without attention, or whose attention does not reach over the whole input."""
        if not candidate.capabilities.attention:
            return "it needs a network with attention."
        if not hasattr(candidate.module, "set_attn_implementation"):
            return "its attention can't be asked for."
        if candidate.capabilities.convolutional or "swin" in str(getattr(candidate.config, "model_type", "")):
            return "its attention stays within windows or between convolutions, so that it can't be followed through."
        return no_embeddings(candidate) if candidate.task.modality is Modality.TEXT else None

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture or text."""
        view.expect(1, self.title)
        if isinstance(view, PictureView):
            return self._picture(view)
        tokens = cast(TokensView, view)
        vectors = embed(tokens, tokens.ids).clone().requires_grad_(True)
        with answering(tokens.embedding, tokens.ids, vectors):
            scores = _rolled(view, dict(tokens.tensors))
        return Scored(scores.cpu().numpy(), "share of attention", notes=(NOTE,))

    def _picture(self, view: PictureView) -> Scored:
        from torch.nn.functional import interpolate

        leaf = view.pixels.detach().clone().requires_grad_(True)
        with recorded(view.module, view.size) as recording:
            scores = _rolled(view, {"pixel_values": leaf})
        place = token_grid(len(scores), recording.cut) if recording.cut else None
        if place is None:
            raise UnusableInput("The tokens of this network do not lie on a grid over the picture.")
        (rows, columns), prefix = place
        coarse = scores[prefix:].reshape(1, 1, rows, columns)
        enlarged = interpolate(coarse, view.size, mode="bilinear", align_corners=False)[0, 0]
        note = f"A map of {rows} × {columns} patches, enlarged to the picture."
        return Scored(enlarged.cpu().numpy(), "share of attention", notes=(NOTE, note))


def _rolled(view: NetworkView, tensors: dict[str, Any]) -> torch.Tensor:
    """Return each token's share in what the head reads, float32 (tokens,)."""
    import torch

    with torch.enable_grad(), eager(view.module):
        out = view.module(**tensors, output_attentions=True, output_hidden_states=True)
    view.question.progress.advance()
    attentions, hidden = out.attentions, out.hidden_states
    if not attentions or any(a is None or a.shape != attentions[0].shape or len(a) != 1 for a in attentions):
        raise UnusableInput("This network's layers do not attend over the same tokens, so that it can't be followed.")
    logits = out.logits.reshape(-1)
    (gradient,) = torch.autograd.grad(logits[min(view.question.target, len(logits) - 1)], hidden[-1], allow_unused=True)
    tokens = attentions[0].shape[-1]
    if gradient is None or gradient.ndim != 3 or gradient.shape[1] != tokens or not gradient.any():
        raise UnusableInput("It can't be told which tokens this network's head reads.")
    share = gradient[0].norm(dim=-1)
    share = share / share.sum()
    for attention in reversed(attentions):
        heads = attention.detach()[0].float().mean(dim=0)
        share = 0.5 * share + 0.5 * share @ heads
    return cast("torch.Tensor", share.float())


@contextmanager
def eager(module: Any) -> Iterator[None]:
    """Let a network compute its attention step by step, so that it can be seen; afterwards as before."""
    before = module.config._attn_implementation
    module.set_attn_implementation("eager")
    try:
        yield
    finally:
        module.set_attn_implementation(before)
