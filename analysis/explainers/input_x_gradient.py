"""Input × gradient (Shrikumar et al. 2016, arXiv:1605.01713), of pixels or of word embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from analysis.explainers.base import Scored
from analysis.explainers.embeddings import embed, no_embeddings, score_embedded
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView, TokensView
from analysis.types import Modality

if TYPE_CHECKING:
    from analysis.candidates.network import TorchCandidate


@dataclass(frozen=True)
class InputXGradient(NetworkExplainer):
    """Each input number times its derivative, summed over the channels of a pixel or the vector of a token."""

    name: ClassVar[str] = "input_x_gradient"
    title: ClassVar[str] = "Input × gradient"
    when: ClassVar[str] = "As quick as saliency, with a sign; exact for a network without curvature."
    cost: ClassVar[str] = "1 forward, 1 backward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE, Modality.TEXT)

    def misfit(self, candidate: TorchCandidate) -> str | None:
        """Refuse text networks whose word embeddings can't be reached."""
        return no_embeddings(candidate) if candidate.task.modality is Modality.TEXT else None

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture or text."""
        view.expect(1, self.title)
        if isinstance(view, PictureView):
            product = view.pixels * view.gradient(view.pixels)
            return Scored(product[0].sum(dim=0).cpu().numpy(), view.output, "zero, after normalisation")
        return self._tokens(cast(TokensView, view))

    def _tokens(self, view: TokensView) -> Scored:
        import torch

        vectors = embed(view, view.ids).clone().requires_grad_(True)
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(score_embedded(view, vectors).sum(), vectors)
        product = (vectors.detach() * gradient)[0].sum(dim=1)
        return Scored(product.cpu().numpy(), view.output, "a vector of zeros")
