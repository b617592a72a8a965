"""GradientSHAP, or expected gradients (Erion et al. 2021, arXiv:1906.10670; Lundberg & Lee 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView
from analysis.explainers.pixels import BASELINES
from analysis.types import Modality


@dataclass(frozen=True)
class GradientShap(NetworkExplainer):
    """Gradients at random points between the picture and several baselines, times the way.

    One baseline favours what differs from it; here the mean colour, black, the blurred picture and noise are
    drawn in turn. Points are stratified along the way, which needs fewer of them than independent draws; seeds are the
    method's own (Captum's draws from the process-wide generators).

    Attributes
    ----------
    samples : int
    batch : int
        Points a pass.
    """

    name: ClassVar[str] = "gradient_shap"
    title: ClassVar[str] = "GradientSHAP"
    when: ClassVar[str] = "When integrated gradients hang on the choice of baseline: it averages over several."
    cost: ClassVar[str] = "64 forward + 5, 64 backward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)

    samples: int = 64
    batch: int = 8

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        import torch

        picture = cast(PictureView, view)
        baselines = torch.cat([picture.baseline(name)[0] for name in BASELINES])
        picture.expect(self.samples + len(baselines) + 1, self.title)
        chosen = torch.arange(self.samples) % len(baselines)
        strata = torch.div(torch.arange(self.samples), len(baselines), rounding_mode="floor")
        jitter = torch.rand(self.samples, generator=picture.generator())
        alphas = ((strata + jitter) / (strata.max() + 1)).clamp(0, 1)
        total = torch.zeros_like(picture.pixels[0])
        for places in torch.split(torch.arange(self.samples), self.batch):
            start = baselines[chosen[places].to(baselines.device)]
            way = picture.pixels - start
            alpha = alphas[places].to(way).view(-1, 1, 1, 1)
            total += (picture.gradient(start + alpha * way) * way).sum(dim=0)
        found = total / self.samples
        weights = torch.bincount(chosen, minlength=len(baselines)).numpy() / self.samples
        ends = picture.score_all(torch.cat([baselines, picture.pixels])).astype("float64")
        difference = float(ends[-1] - weights @ ends[:-1])
        delta = float(found.sum(dtype=torch.float64)) - difference
        notes = convergence_notes(delta, difference, "More samples bring them closer.")
        words = "several: the mean colour, black, the picture blurred, random pixels"
        return Scored(found.sum(dim=0).cpu().numpy(), view.output, words, delta, notes)
