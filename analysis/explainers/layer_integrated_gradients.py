"""Integrated gradients of word embeddings (Sundararajan, Taly, Yan 2017, arXiv:1703.01365), with Captum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.embeddings import embed, no_embeddings, score_embedded
from analysis.explainers.networks import NetworkExplainer, NetworkView, TokensView
from analysis.types import Modality

if TYPE_CHECKING:
    import torch

    from analysis.candidates.network import TorchCandidate


@dataclass(frozen=True)
class LayerIntegratedGradients(NetworkExplainer):
    """Gradients averaged on the way from a text without words to the text, in the space of word embeddings.

    Attributes
    ----------
    baseline : {"mask", "pad"}
        The token that stands for an absent word; special tokens stay.
    steps : int
        Points on the way (Gauss–Legendre).
    batch : int
        Points a pass.
    """

    name: ClassVar[str] = "layer_integrated_gradients"
    title: ClassVar[str] = "Layer integrated gradients"
    when: ClassVar[str] = "Word by word, with scores that add up to the output; the first choice for text."
    cost: ClassVar[str] = "52 forward, 50 backward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.TEXT,)
    baselines: ClassVar[tuple[str, ...]] = ("mask", "pad")

    baseline: str = "mask"
    steps: int = 50
    batch: int = 8

    def misfit(self, candidate: TorchCandidate) -> str | None:
        """Refuse networks whose word embeddings can't be reached."""
        return no_embeddings(candidate)

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one text."""
        import torch
        from captum.attr import IntegratedGradients as Captum

        tokens = cast(TokensView, view)
        tokens.expect(self.steps + 2, self.title)
        blank, words, notes = tokens.blank(self.baseline)

        def score(vectors: torch.Tensor) -> torch.Tensor:
            return score_embedded(tokens, vectors)

        found: torch.Tensor = Captum(score).attribute(
            embed(tokens, tokens.ids), embed(tokens, blank), n_steps=self.steps, internal_batch_size=self.batch
        )
        ends = tokens.score_all(torch.cat([blank, tokens.ids]))
        difference = float(ends[1]) - float(ends[0])
        delta = float(found.sum(dtype=torch.float64)) - difference
        scores = found.detach()[0].sum(dim=1).float().cpu().numpy()
        notes = (*notes, *convergence_notes(delta, difference, "More steps bring them closer."))
        return Scored(scores, view.output, words, delta, notes)
