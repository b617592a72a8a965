"""Find, while an image network runs, the activations that lie on a grid over the picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

#: Class, distillation and register tokens before the patches: no known network has more.
MOST_PREFIX_TOKENS = 8


@dataclass(frozen=True)
class Activation:
    """The output of one layer for one picture.

    Attributes
    ----------
    layer : str
        Its name in the network.
    tensor : torch.Tensor
        (1, channels, rows, columns), or tokens (1, prefix + rows × columns, channels).
    grid : (int, int)
        Rows and columns.
    order : int
        How many layers had finished before it.
    prefix : int
        Tokens before the patches; 0 for feature maps.
    """

    layer: str
    tensor: torch.Tensor
    grid: tuple[int, int]
    order: int
    prefix: int = 0

    def on_grid(self, values: torch.Tensor) -> torch.Tensor:
        """Return values of the activation's shape as (channels, rows, columns), without prefix tokens."""
        if values.ndim == 4:
            return values[0]
        patches = values[0, self.prefix :]
        return patches.T.reshape(-1, *self.grid)


@dataclass
class Recording:
    """What was seen while a network ran.

    Attributes
    ----------
    size : (int, int)
        Height and width of the picture.
    finished : int
        Layers that finished so far.
    cut : (int, int) or None
        The grid of the first feature map smaller than the picture: into how many patches it was cut.
    activations : list of Activation
        Those on a grid, in the order in which their layers finished.
    """

    size: tuple[int, int]
    finished: int = 0
    cut: tuple[int, int] | None = None
    activations: list[Activation] = field(default_factory=list)


@contextmanager
def recorded(module: torch.nn.Module, size: tuple[int, int]) -> Iterator[Recording]:
    """Record activations on a grid, in the order in which layers finish; the hooks are gone afterwards.

    Feature maps are taken from any layer. Tokens are taken from layer normalisations only, as is the
    convention, and only where their number fits the grid that the pictures were cut into.

    Parameters
    ----------
    module : torch.nn.Module
        It must be run on one picture, with gradients.
    size : (int, int)
        Height and width of the picture.
    """
    recording = Recording(size)
    handles = [
        part.register_forward_hook(partial(_record, recording, name)) for name, part in module.named_modules() if name
    ]
    try:
        yield recording
    finally:
        for handle in handles:
            handle.remove()


def _record(recording: Recording, name: str, layer: torch.nn.Module, _inputs: Any, output: Any) -> None:
    order, recording.finished = recording.finished, recording.finished + 1
    tensor = _main_tensor(output)
    if tensor is None or not tensor.requires_grad or len(tensor) != 1:
        return
    if tensor.ndim == 4 and _channels_first(layer):
        rows, columns = int(tensor.shape[2]), int(tensor.shape[3])
        if recording.cut is None and rows < recording.size[0]:
            recording.cut = rows, columns
        if rows * columns > 1:
            recording.activations.append(Activation(name, tensor, (rows, columns), order))
    elif tensor.ndim == 3 and recording.cut and "Norm" in type(layer).__name__:
        place = token_grid(int(tensor.shape[1]), recording.cut)
        if place is not None:
            recording.activations.append(Activation(name, tensor, place[0], order, place[1]))


def _main_tensor(output: Any) -> torch.Tensor | None:
    import torch

    if isinstance(output, (tuple, list)):
        output = output[0] if output else None
    else:
        output = getattr(output, "last_hidden_state", output)
    return output if isinstance(output, torch.Tensor) and output.is_floating_point() else None


def _channels_first(layer: torch.nn.Module) -> bool:
    """Tell whether a layer's four axes can be taken as (batch, channels, rows, columns).

    Linear layers and layer normalisations work on the last axis, so theirs is the one of the channels; and what
    dropout and softmax are given in an attention is (batch, heads, tokens, tokens).
    """
    import torch

    if isinstance(layer, torch.nn.LayerNorm):
        return getattr(layer, "data_format", "channels_last") == "channels_first"
    return not isinstance(layer, (torch.nn.Linear, torch.nn.GELU, torch.nn.Dropout, torch.nn.Softmax))


def token_grid(tokens: int, cut: tuple[int, int]) -> tuple[tuple[int, int], int] | None:
    """Return the grid that a number of tokens lies on, and how many tokens come before it.

    Parameters
    ----------
    tokens : int
    cut : (int, int)
        The patches that the picture was cut into; stages of a hierarchical network halve it.

    Returns
    -------
    ((int, int), int) or None
        None where the number doesn't fit.
    """
    rows, columns = cut
    while rows * columns > 1:
        prefix = tokens - rows * columns
        if 0 <= prefix <= MOST_PREFIX_TOKENS:
            return (rows, columns), prefix
        rows, columns = -(-rows // 2), -(-columns // 2)
    return None
