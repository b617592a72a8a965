"""GradientSHAP, or expected gradients (Erion et al. 2021, arXiv:1906.10670; Lundberg & Lee 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView
from analysis.explainers.path import LOOKS, Path, placed
from analysis.explainers.pixels import BASELINES
from analysis.types import Modality


@dataclass(frozen=True)
class GradientShap(NetworkExplainer):
    """Gradients at random points between the picture and several baselines, times the way.

    One baseline favours what differs from it; here the mean colour, black, the blurred picture and noise have an equal
    share. The points are random but stratified, and denser where the output changes (each weighted by the
    piece of the way that it stands for): independent draws miss the sum by half on deep networks.
    Captum's own draws from the process-wide generators, so that no seed makes it repeatable beside other work.

    Attributes
    ----------
    samples : int
        Points for each baseline.
    batch : int
        Points a pass.
    """

    name: ClassVar[str] = "gradient_shap"
    title: ClassVar[str] = "GradientSHAP"
    when: ClassVar[str] = "When integrated gradients hang on the choice of baseline: it averages over four."
    cost: ClassVar[str] = "68 forward, then 80 forward and backward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)

    samples: int = 20
    batch: int = 8

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        import torch

        picture = cast(PictureView, view)
        picture.expect(len(BASELINES) * (LOOKS + self.samples), self.title)
        draw, looks = np.random.default_rng(view.question.seed), np.linspace(0.0, 1.0, LOOKS)
        total, difference = torch.zeros_like(picture.pixels[0]), 0.0
        for name in BASELINES:
            path = Path(picture.baseline(name)[0], picture.pixels, picture.score, self.batch)
            outputs = path.outputs(looks)
            total += path.weighted(*placed(looks, outputs, self.samples, draw.random(self.samples)))
            difference += float(outputs[-1] - outputs[0])
        found, difference = total / len(BASELINES), difference / len(BASELINES)
        delta = float(found.detach().double().sum()) - difference
        notes = convergence_notes(delta, difference, "More samples bring them closer.")
        words = "several: the mean colour, black, the picture blurred, random pixels"
        return Scored(found.sum(dim=0).cpu().numpy(), view.output, words, delta, notes)
