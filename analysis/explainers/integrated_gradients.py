"""Integrated gradients of pixels (Sundararajan, Taly, Yan 2017, arXiv:1703.01365), with Captum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView
from analysis.explainers.pixels import BASELINES
from analysis.types import Modality


@dataclass(frozen=True)
class IntegratedGradients(NetworkExplainer):
    """Gradients averaged on the straight way from a baseline to the picture, times the way.

    Attributes
    ----------
    baseline : {"mean", "black", "blur", "noise"}
    steps : int
        Points on the way (Gauss–Legendre).
    batch : int
        Points a pass; small ones stay in the cache and are twice as fast as one large one on a CPU.
    """

    name: ClassVar[str] = "integrated_gradients"
    title: ClassVar[str] = "Integrated gradients"
    when: ClassVar[str] = "Pixel by pixel, with scores that add up to the output; the choice for vision transformers."
    cost: ClassVar[str] = "52 forward, 50 backward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)
    baselines: ClassVar[tuple[str, ...]] = BASELINES

    baseline: str = "mean"
    steps: int = 50
    batch: int = 8

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        import torch
        from captum.attr import IntegratedGradients as Captum

        picture = cast(PictureView, view)
        picture.expect(self.steps + 2, self.title)
        baseline, words = picture.baseline(self.baseline)
        found: torch.Tensor = Captum(picture.score).attribute(
            picture.pixels, baseline, n_steps=self.steps, internal_batch_size=self.batch
        )
        ends = picture.score_all(torch.cat([baseline, picture.pixels]))
        difference = float(ends[1]) - float(ends[0])
        delta = float(found.sum(dtype=torch.float64)) - difference
        scores = found.detach()[0].sum(dim=0).float().cpu().numpy()
        notes = convergence_notes(delta, difference, "More steps bring them closer.")
        return Scored(scores, view.output, words, delta, notes)
