"""DeepLIFT, rescale rule (Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685), with Captum."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from analysis.errors import UnusableInput
from analysis.explainers.base import Scored, meets
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView
from analysis.explainers.pixels import BASELINES
from analysis.types import Modality

if TYPE_CHECKING:
    from analysis.candidates.network import TorchCandidate


@dataclass(frozen=True)
class DeepLift(NetworkExplainer):
    """Differences of activations from those of a baseline, passed back through each layer.

    It knows a few activations only, and a network that uses another is explained wrongly without a word. So it is
    refused for transformers, and wherever the scores of this very example miss the sum that the method promises.
    It works on a copy of the network: on some it fails half-way and leaves its hooks behind.

    Attributes
    ----------
    baseline : {"mean", "black", "blur", "noise"}
    """

    name: ClassVar[str] = "deep_lift"
    title: ClassVar[str] = "DeepLIFT"
    when: ClassVar[str] = "A quick stand-in for integrated gradients on convolutional networks with plain ReLU."
    cost: ClassVar[str] = "2 forward, 1 backward, on a copy"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)
    baselines: ClassVar[tuple[str, ...]] = BASELINES

    baseline: str = "mean"

    def misfit(self, candidate: TorchCandidate) -> str | None:
        """Refuse transformers, for which its rules are wrong."""
        if candidate.capabilities.transformer:
            return "its rules do not hold for attention: on transformers it runs and is wrong."
        return None

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        import torch
        from captum.attr import DeepLift as Captum

        picture = cast(PictureView, view)
        picture.expect(4, self.title)
        baseline, words = picture.baseline(self.baseline)
        network = picture.candidate.with_module(copy.deepcopy(picture.module))

        class Score(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.module = network.module

            def forward(self, pixels: torch.Tensor) -> torch.Tensor:
                return picture.pick(network.forward_tensors(pixel_values=pixels))[:, None]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Captum announces its hooks.
            try:
                found: torch.Tensor = Captum(Score()).attribute(picture.pixels, baseline, target=0)
            except (RuntimeError, AssertionError, AttributeError) as error:
                raise UnusableInput("DeepLIFT does not get through this network's layers.") from error
        picture.question.progress.advance(2)
        ends = picture.score_all(torch.cat([baseline, picture.pixels]))
        difference = float(ends[1]) - float(ends[0])
        delta = float(found.detach().double().sum()) - difference
        if not meets(delta, difference):
            raise UnusableInput(
                f"DeepLIFT's scores would add up to {difference + delta:.3g} where the outputs differ by "
                f"{difference:.3g}: it does not know all of this network's activations."
            )
        return Scored(found.detach()[0].sum(dim=0).cpu().numpy(), view.output, words, delta)
