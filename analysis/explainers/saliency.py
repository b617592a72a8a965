"""Saliency: the size of the gradient (Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from analysis.explainers.base import Scored
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView
from analysis.types import Modality


@dataclass(frozen=True)
class Saliency(NetworkExplainer):
    """Largest absolute derivative over the channels of each pixel."""

    name: ClassVar[str] = "saliency"
    title: ClassVar[str] = "Saliency"
    when: ClassVar[str] = "A first, instant look at which pixels the answer is most sensitive to."
    cost: ClassVar[str] = "1 forward, 1 backward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)
    signed: ClassVar[bool] = False

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        picture = cast(PictureView, view)
        picture.expect(1, self.title)
        gradient = picture.gradient(picture.pixels)
        return Scored(gradient[0].abs().amax(dim=0).cpu().numpy(), f"|derivative of the {view.output}| by pixel")
