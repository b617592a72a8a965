"""What a network with batch normalisation remembers of its training: mean and spread of every channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from analysis.candidates.batches import ImageBatch
from analysis.candidates.network import TorchCandidate
from analysis.types import FloatArray

#: A channel that hardly varied in training says nothing of what is fed now.
LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Trained:
    """Mean and standard deviation of each channel of one layer in training.

    Attributes
    ----------
    layer : torch.nn.Module
    of_input : bool
        Whether they are of the layer's input (a batch normalisation) or its output (a folded convolution).
    mean, std : ndarray of float32, shape (channels,)
    """

    layer: torch.nn.Module
    of_input: bool
    mean: FloatArray
    std: FloatArray

    @property
    def useful(self) -> npt.NDArray[np.bool_]:
        """Which channels varied enough in training to say something."""
        return np.asarray(self.std > LEAST_SPREAD)


def trained_layers(module: torch.nn.Module) -> list[Trained]:
    """Return the layers of a network that remember their training, in order; empty where there are none."""
    found = []
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d) and part.running_mean is not None and part.running_var is not None:
            found.append(Trained(part, True, _array(part.running_mean), _array(part.running_var.sqrt())))
        elif isinstance(part, torch.nn.Conv2d) and hasattr(part, "trained_mean"):
            found.append(Trained(part, False, _array(part.trained_mean), _array(part.trained_std)))
    return [layer for layer in found if layer.useful.any()]


def _array(values: Any) -> FloatArray:
    return np.asarray(values.detach().float().cpu().numpy(), dtype=np.float32)


def channel_moments(candidate: TorchCandidate, layers: list[Trained], prepared: ImageBatch) -> FloatArray:
    """Return first and second moments of every channel, in units of training: 0 and 1 where all is as it was.

    Returns
    -------
    ndarray of float32, shape (n, channels of all layers, 2)
        Mean over the image of ``(x − mean) / std``, and of its square.
    """
    caught: list[FloatArray] = []

    def hook(layer: Trained) -> Callable[..., None]:
        useful = layer.useful

        def catch(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
            values = (inputs[0] if layer.of_input else output).float()[:, torch.from_numpy(useful)]
            mean = torch.from_numpy(layer.mean[useful])[:, None, None].to(values.device)
            std = torch.from_numpy(layer.std[useful])[:, None, None].to(values.device)
            scaled = (values - mean) / std
            moments = torch.stack([scaled.mean(dim=(2, 3)), scaled.square().mean(dim=(2, 3))], dim=2)
            caught.append(_array(moments))

        return catch

    with candidate.lock, torch.inference_mode():
        handles = [layer.layer.register_forward_hook(hook(layer)) for layer in layers]
        try:
            candidate.forward_tensors(**candidate.tensors(prepared))
        finally:
            for handle in handles:
                handle.remove()
    return np.concatenate(caught, axis=1)
