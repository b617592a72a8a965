"""Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391), for convolutional networks and for vision transformers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from analysis.errors import UnusableInput
from analysis.explainers.activations import Activation, Recording, recorded
from analysis.explainers.base import Scored
from analysis.explainers.networks import NetworkExplainer, NetworkView, PictureView
from analysis.types import Modality

if TYPE_CHECKING:
    import torch

#: Layers that finish within this first share of a network hold edges and colours: no map of what it recognised.
SHALLOW = 0.15


@dataclass(frozen=True)
class GradCam(NetworkExplainer):
    """The last spatial features, weighted by the mean derivative of the output by each channel.

    The layer is found while the network runs: the last activation that lies on a grid (a feature map before pooling, or
    normalised patch tokens without class and register tokens) and that the output depends on everywhere
    but through the class token alone. Captum's `LayerGradCam` averages tokens away, which is no map.

    Attributes
    ----------
    relu : bool
        Cut scores below zero off, as the paper does. Left signed by default: the map of a network that
        averages before one linear layer then adds up to its logit, and shows what spoke against.
    """

    name: ClassVar[str] = "grad_cam"
    title: ClassVar[str] = "Grad-CAM"
    when: ClassVar[str] = (
        "Where the network looked, as a coarse map in one pass; the first choice for convolutional networks."
    )
    cost: ClassVar[str] = "1 forward, 1 backward"
    modalities: ClassVar[tuple[Modality, ...]] = (Modality.IMAGE,)

    relu: bool = False

    def attribute(self, view: NetworkView) -> Scored:
        """Explain one picture."""
        import torch
        from torch.nn.functional import interpolate

        picture = cast(PictureView, view)
        picture.expect(1, self.title)
        leaf = picture.pixels.detach().clone().requires_grad_(True)
        with torch.enable_grad(), recorded(picture.module, picture.size) as recording:
            score = picture.score(leaf).sum()
        chosen, gradient = _last_with_gradient(score, recording)
        features, slopes = chosen.on_grid(chosen.tensor.detach()), chosen.on_grid(gradient)
        coarse = (features * slopes.mean(dim=(1, 2), keepdim=True)).sum(dim=0)
        if self.relu:
            coarse = coarse.clamp(min=0)
        scores = interpolate(coarse[None, None].float(), picture.size, mode="bilinear", align_corners=False)
        rows, columns = coarse.shape
        note = f"A map of {rows} × {columns} cells, from the layer {chosen.layer}, enlarged to the picture."
        return Scored(scores[0, 0].cpu().numpy(), view.output, notes=(note,))


def _last_with_gradient(score: torch.Tensor, recording: Recording) -> tuple[Activation, torch.Tensor]:
    """Return the last activation whose grid cells the output depends on, with the derivative by it.

    In a vision transformer that reads its class token only, the patch tokens behind the last attention have none.
    """
    import torch

    activations = [a for a in recording.activations if a.order >= SHALLOW * recording.finished]
    gradients = torch.autograd.grad(score, [a.tensor for a in activations], allow_unused=True) if activations else ()
    for activation, gradient in zip(reversed(activations), reversed(gradients), strict=True):
        if gradient is not None and bool(activation.on_grid(gradient).any()):
            return activation, gradient
    raise UnusableInput(
        "Grad-CAM found no deep layer in this network whose features lie on a grid over the picture.",
        "Choose occlusion or integrated gradients.",
    )
