"""Counts of a network: parameters by layer group, bytes, and operations for one example."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING

from analysis.diligence.cost.result import Group

if TYPE_CHECKING:
    import torch

#: Modules that only wrap: their children are the groups.
_DEPTH = 2


def groups_of(module: torch.nn.Module) -> tuple[Group, ...]:
    """Return parameters by layer group, in the network's order; shared ones count once."""
    counts: Counter[tuple[str, ...]] = Counter()
    for name, parameter in module.named_parameters():
        counts[_group(name)] += parameter.numel()
    return tuple(Group(path, number) for path, number in counts.items())


def _group(name: str) -> tuple[str, ...]:
    """Return the first two names of a parameter's path that tell groups apart: "encoder", "layer 3"."""
    parts = name.split(".")[:-1] or [name]
    numbered = next((i for i, part in enumerate(parts) if part.isdigit()), None)
    if numbered is not None and numbered > 0:
        return (parts[numbered - 1], f"{parts[numbered - 1]} {parts[numbered]}")
    return tuple(parts[:_DEPTH]) if len(parts) < 3 else tuple(parts[1 : 1 + _DEPTH])


def state_bytes(module: torch.nn.Module) -> int:
    """Return how many bytes the network's state takes on disk, as ``torch.save`` writes it."""
    import torch

    target = io.BytesIO()
    torch.save(module.state_dict(), target)
    return target.getbuffer().nbytes


def memory_bytes(module: torch.nn.Module) -> int:
    """Return the bytes of parameters and buffers in memory."""
    tensors = (*module.parameters(), *module.buffers())
    return sum(t.numel() * t.element_size() for t in tensors)


def linear_parameters(module: torch.nn.Module) -> int:
    """Return the parameters that dynamic quantisation turns to int8: weights of linear layers."""
    import torch

    return sum(m.weight.numel() for m in module.modules() if isinstance(m, torch.nn.Linear))


def flops_of(module: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> int:
    """Return floating point operations of one forward pass: two for each multiply-add of matrices and convolutions.

    Counted by `torch.utils.flop_counter` with attention as plain matrix products, since fused kernels go uncounted.
    """
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        module(**tensors)
    return int(counter.get_total_flops())
