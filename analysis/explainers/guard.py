"""Leave a network exactly as it was found, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

#: Where PyTorch keeps the hooks of a module. Private, but there is no public way to list them, and libraries are
#: known to leave theirs behind when they fail (48 of shap.DeepExplainer's on a ResNet).
HOOK_TABLES = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
)
#: transformers hooks a network the first time that its attention is asked for, and remembers so here. Where the hooks
#: go, the mark must go with them, or no attention is ever seen again.
CAPTURING = "_output_capturing_hooks_installed"


@contextmanager
def untouched(module: nn.Module) -> Iterator[None]:
    """Freeze a network's parameters and put it in evaluation mode; restore everything afterwards.

    Frozen parameters halve the cost of a backward pass that only needs the gradient of the input. Gradients of
    parameters, modes, ``requires_grad`` and hooks are afterwards what they were before, also after an error or a
    cancel. The caller holds the candidate's lock.

    Parameters
    ----------
    module : torch.nn.Module
    """
    wanted_grad = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
    modes = [(part, part.training) for part in module.modules()]
    hooks = [(part, table, set(getattr(part, table))) for part in module.modules() for table in HOOK_TABLES]
    marked = [CAPTURING in vars(part) for part in module.modules()]
    try:
        for parameter, _ in wanted_grad:
            parameter.requires_grad_(False)
        module.eval()
        yield
    finally:
        for part, table, known in hooks:
            present = getattr(part, table)
            for key in [key for key in present if key not in known]:
                del present[key]
        for part, mark in zip(module.modules(), marked, strict=True):
            if not mark:
                vars(part).pop(CAPTURING, None)
        for parameter, requires_grad in wanted_grad:
            parameter.requires_grad_(requires_grad)
        for part, training in modes:
            part.training = training
