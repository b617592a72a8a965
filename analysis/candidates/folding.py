"""Compute the same function with fewer passes over memory: fold normalisations, drop gates that are always open."""

from __future__ import annotations

import copy
import itertools

import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval

#: The folded network must give the same outputs as before, to this share of their size.
TOLERANCE = 1e-4


def simplify(module: torch.nn.Module, shape: tuple[int, ...], *, agreed: bool | None = None) -> torch.nn.Module:
    """Return a network that computes the same with less, or the network itself where that can't be shown.

    Batch normalisations are folded into the convolutions before them. Squeeze-and-excite gates that are 1 whatever
    they see are dropped: EfficientNet-Lite has none, and the format can only say so in this way.

    Pairs are found by their order in each block, which is how networks are written but not how they must be:
    so both are run on the same noise, and only one that agrees is used.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode; it is not changed.
    shape : tuple of int
        Of an input, (n, 3, H, W).
    agreed : bool, optional
        What comparing both has shown before, for these very weights; they are not run then.

    Returns
    -------
    torch.nn.Module
    """
    if agreed is False:
        return module
    folded = copy.deepcopy(module)
    pairs = [pair for block in list(folded.modules()) for pair in _pairs(block)]
    for block, convolution, norm in pairs:
        folded_norm = getattr(block, norm)
        fused = fuse_conv_bn_eval(getattr(block, convolution), folded_norm)
        # What the outputs were in training, channel by channel: the doctor compares (see `statistics`).
        bias, weight = folded_norm.bias, folded_norm.weight
        mean = torch.zeros(folded_norm.num_features) if bias is None else bias.detach().clone()
        std = torch.ones(folded_norm.num_features) if weight is None else weight.detach().abs().clone()
        fused.register_buffer("trained_mean", mean, persistent=False)
        fused.register_buffer("trained_std", std, persistent=False)
        setattr(block, convolution, fused)
        setattr(block, norm, torch.nn.Identity())
    for part in folded.modules():
        if isinstance(part, torch.nn.Conv2d) and part.padding == "valid":
            part.padding = (0, 0)  # The same, in a form that `compiled` can merge with the padding before it.
    open_gates = [(block, name) for block in folded.modules() for name, part in block.named_children() if _open(part)]
    for block, name in open_gates:
        setattr(block, name, torch.nn.Identity())
    if not pairs and not open_gates:
        return module
    return folded if agreed or _agree(module, folded, shape) else module


def _open(part: torch.nn.Module) -> bool:
    """Return whether a part is a squeeze-and-excite whose gate is exactly 1 for every input."""
    expand = getattr(part, "expand", None)
    if "SqueezeExcite" not in type(part).__name__ or not isinstance(expand, torch.nn.Conv2d) or expand.bias is None:
        return False
    return not expand.weight.any() and bool((expand.bias.sigmoid() == 1.0).all())


def _pairs(block: torch.nn.Module) -> list[tuple[torch.nn.Module, str, str]]:
    children = list(block.named_children())
    return [
        (block, first, second)
        for (first, a), (second, b) in itertools.pairwise(children)
        if type(a) is torch.nn.Conv2d
        and type(b) is torch.nn.BatchNorm2d
        and a.out_channels == b.num_features
        and b.track_running_stats
    ]


@torch.inference_mode()
def _agree(module: torch.nn.Module, folded: torch.nn.Module, shape: tuple[int, ...]) -> bool:
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    try:
        before, after = module(pixel_values=noise).logits, folded(pixel_values=noise).logits
    except (RuntimeError, ValueError, IndexError):  # It takes no image of this size: then it stays as it is.
        return False
    limit = TOLERANCE * max(1.0, float(before.abs().max()))
    return bool(torch.isfinite(after).all()) and float((before - after).abs().max()) <= limit
