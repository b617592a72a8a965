"""Integrated gradients of pixels (Sundararajan, Taly, Yan 2017, arXiv:1703.01365)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView
from analysis.explainers.path import LOOKS, Path, integrate
from analysis.explainers.pixels import BASELINES
from analysis.types import Modality


@dataclass(frozen=True)
class IntegratedGradients(NetworkExplainer):
    """Gradients averaged on the straight way from a baseline to the picture, times the way.

    Attributes
    ----------
    baseline : {"mean", "black", "blur", "noise"}
    steps : int
        Points on the way; up to four times as many where the sum is missed.
    spacing : {"adaptive", "even"}
        As in `path.integrate`; "even" with 50 steps is Captum's default.
    batch : int
        Points a pass; small ones stay in the cache and are twice as fast as one large one on a CPU.
    """

    name: ClassVar[str] = "integrated_gradients"
    title: ClassVar[str] = "Integrated gradients"
    when: ClassVar[str] = "Pixel by pixel, with scores that add up to the output; the choice for vision transformers."
    cost: ClassVar[str] = "17 forward, then 24 forward and backward (up to 97 where they miss the sum)"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)
    baselines: ClassVar[tuple[str, ...]] = BASELINES

    baseline: str = "mean"
    steps: int = 24
    spacing: str = "adaptive"
    batch: int = 8

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        picture = cast(PictureView, view)
        picture.expect(self.steps + LOOKS, self.title)
        baseline, words = picture.baseline(self.baseline)
        found = integrate(
            Path(baseline, picture.pixels, picture.score, self.batch, picture.score_all),
            self.steps,
            self.spacing,
            more=lambda n: picture.expect(n, f"{self.title}, more steps"),
        )
        notes = convergence_notes(found.delta, found.difference, "More steps bring them closer.")
        scores = found.scores.sum(dim=0).float().cpu().numpy()
        return Scored(scores, view.output, words, found.delta, notes)
