"""Integrated gradients of word embeddings (Sundararajan, Taly, Yan 2017, arXiv:1703.01365)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.embeddings import embed, no_embeddings, score_embedded
from analysis.explainers.networks import NetworkExplainer, NetworkView, TokensView
from analysis.explainers.path import LOOKS, Path, integrate
from analysis.types import Modality

if TYPE_CHECKING:
    import torch

    from analysis.candidates.network import TorchCandidate

#: Tokens of one pass: on a CPU more gain nothing, and a large network's activations take memory.
TOKENS = 1_024


@dataclass(frozen=True)
class LayerIntegratedGradients(NetworkExplainer):
    """Gradients averaged on the way from a text without words to the text, in the space of word embeddings.

    Attributes
    ----------
    baseline : {"mask", "pad"}
        The token that stands for an absent word; special tokens stay.
    steps : int
        Points on the way; up to four times as many where the sum is missed.
    spacing : {"adaptive", "even"}
        As in `path.integrate`; "even" with 50 steps is Captum's default.
    batch : int
        Points a pass; 0 takes as many as hold `TOKENS` tokens: short texts go through at once.
    """

    name: ClassVar[str] = "layer_integrated_gradients"
    title: ClassVar[str] = "Layer integrated gradients"
    when: ClassVar[str] = "Word by word, with scores that add up to the output; the first choice for text."
    cost: ClassVar[str] = "17 forward, then 24 forward and backward (up to 97 where they miss the sum)"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.TEXT,)
    baselines: ClassVar[tuple[str, ...]] = ("mask", "pad")

    baseline: str = "mask"
    steps: int = 24
    spacing: str = "adaptive"
    batch: int = 0

    def misfit(self, candidate: TorchCandidate) -> str | None:
        """Refuse networks whose word embeddings can't be reached."""
        return no_embeddings(candidate)

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one text."""
        tokens = cast(TokensView, view)
        tokens.expect(self.steps + LOOKS, self.title)
        blank, words, notes = tokens.blank(self.baseline)

        def score(vectors: torch.Tensor) -> torch.Tensor:
            return score_embedded(tokens, vectors)

        start, end = embed(tokens, blank), embed(tokens, tokens.ids)
        found = integrate(
            Path(start, end, score, self.batch or max(8, min(self.steps, TOKENS // end.shape[1]))),
            self.steps,
            self.spacing,
            more=lambda n: tokens.expect(n, f"{self.title}, more steps"),
        )
        notes = (*notes, *convergence_notes(found.delta, found.difference, "More steps bring them closer."))
        scores = found.scores.sum(dim=1).float().cpu().numpy()
        return Scored(scores, view.output, words, found.delta, notes)
