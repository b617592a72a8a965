"""SmoothGrad: gradients averaged over noisy copies (Smilkov et al. 2017, arXiv:1706.03825)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from analysis.explainers.base import Scored
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView
from analysis.types import Modality


@dataclass(frozen=True)
class SmoothGrad(NetworkExplainer):
    """Largest absolute mean derivative over the channels of each pixel.

    Captum's NoiseTunnel draws from the process-wide generator; here the noise is the method's own, so that the
    same seed gives the same map while other sessions compute.

    Attributes
    ----------
    samples : int
        Noisy copies.
    noise : float
        Standard deviation of the noise, as a share of the picture's range.
    batch : int
        Copies a pass.
    """

    name: ClassVar[str] = "smooth_grad"
    title: ClassVar[str] = "SmoothGrad"
    when: ClassVar[str] = "Where saliency is too grainy to read."
    cost: ClassVar[str] = "24 forward, 24 backward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)
    signed: ClassVar[bool] = False

    samples: int = 24
    noise: float = 0.15
    batch: int = 8

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        import torch

        picture = cast(PictureView, view)
        picture.expect(self.samples, self.title)
        pixels, generator = picture.pixels, picture.generator()
        spread = self.noise * float(pixels.max() - pixels.min())
        total = torch.zeros_like(pixels[0])
        for first in range(0, self.samples, self.batch):
            count = min(self.batch, self.samples - first)
            noise = torch.randn((count, *pixels.shape[1:]), generator=generator).to(pixels)
            total += picture.gradient(pixels + spread * noise).sum(dim=0)
        scores = (total / self.samples).abs().amax(dim=0).cpu().numpy()
        return Scored(scores, f"|derivative of the {view.output}| by pixel")
