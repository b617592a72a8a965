"""Occlusion: cover one window after the other (Zeiler & Fergus 2014, arXiv:1311.2901), with Captum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from analysis.explainers.base import Scored
from analysis.explainers.networks import BATCH, NetworkExplainer, NetworkView, PictureView
from analysis.explainers.pixels import BASELINES
from analysis.types import Modality


@dataclass(frozen=True)
class Occlusion(NetworkExplainer):
    """By how much the output falls when a window is covered, averaged over the windows that cover a pixel.

    Attributes
    ----------
    baseline : {"mean", "black", "blur", "noise"}
        What covers the window.
    window : int
        Its side in pixels of the input grid; 0 takes a seventh of the shorter side.
    """

    name: ClassVar[str] = "occlusion"
    title: ClassVar[str] = "Occlusion"
    when: ClassVar[str] = "Easy to tell in words, and for any image model: what happens when this part is covered."
    cost: ClassVar[str] = "170 forward at 224 × 224"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)
    baselines: ClassVar[tuple[str, ...]] = BASELINES
    needs_gradients: ClassVar[bool] = False

    baseline: str = "blur"
    window: int = 0

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        import torch
        from captum.attr import Occlusion as Captum

        picture = cast(PictureView, view)
        side = min(self.window or max(1, min(picture.size) // 7), *picture.size)
        stride = max(1, side // 2)
        rows, columns = (1 + -(-(length - side) // stride) for length in picture.size)
        picture.expect(1 + rows * columns, self.title)
        baseline, words = picture.baseline(self.baseline)

        def score(pixels: torch.Tensor) -> torch.Tensor:
            return torch.from_numpy(picture.score_all(pixels))

        with torch.no_grad():
            found: torch.Tensor = Captum(score).attribute(
                picture.pixels,
                sliding_window_shapes=(3, side, side),
                strides=(3, stride, stride),
                baselines=baseline,
                perturbations_per_eval=BATCH,
            )
        # A window covers all three channels, so that each holds the same numbers.
        return Scored(found[0].mean(dim=0).float().cpu().numpy(), view.output, f"a window of {words}")
