"""Folding batch normalisations: the same outputs, or no folding at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from analysis.candidates.folding import simplify


class Block(torch.nn.Module):
    """Convolution, normalisation, sigmoid; `swapped` normalises first, though it is declared second."""

    def __init__(self, *, swapped: bool) -> None:
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 3, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(3)
        self.swapped = swapped

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        first, second = (self.norm, self.convolution) if self.swapped else (self.convolution, self.norm)
        return SimpleNamespace(logits=second(first(pixel_values)).sigmoid().mean(dim=(2, 3)))


def make(*, swapped: bool) -> Block:
    torch.manual_seed(0)
    block = Block(swapped=swapped)
    block.norm.running_mean.copy_(torch.tensor([1.0, -2.0, 0.5]))
    block.norm.running_var.copy_(torch.tensor([4.0, 0.25, 9.0]))
    torch.nn.init.normal_(block.norm.weight)
    return block.eval()


def test_a_folded_network_answers_the_same() -> None:
    block = make(swapped=False)
    folded = simplify(block, (2, 3, 16, 16))
    assert isinstance(folded.norm, torch.nn.Identity)
    assert isinstance(block.norm, torch.nn.BatchNorm2d)  # The original is left alone.
    picture = torch.randn(4, 3, 24, 24)
    with torch.no_grad():
        assert folded(picture).logits.numpy() == pytest.approx(block(picture).logits.numpy(), abs=1e-5)


def test_a_normalisation_without_weights_is_folded_too() -> None:
    block = make(swapped=False)
    plain = torch.nn.BatchNorm2d(3, affine=False)
    plain.load_state_dict({k: v for k, v in block.norm.state_dict().items() if k.startswith(("running", "num"))})
    block.norm = plain.eval()
    folded = simplify(block, (2, 3, 16, 16))
    assert folded.convolution.trained_mean.tolist() == [0, 0, 0]
    assert folded.convolution.trained_std.tolist() == [1, 1, 1]
    picture = torch.randn(4, 3, 24, 24)
    with torch.no_grad():
        assert folded(picture).logits.numpy() == pytest.approx(block(picture).logits.numpy(), abs=1e-5)


def test_a_network_that_normalises_first_is_left_as_it_is() -> None:
    block = make(swapped=True)
    assert simplify(block, (2, 3, 16, 16)) is block


class SqueezeExcite(torch.nn.Module):
    """A gate on channels, as EfficientNet has it."""

    def __init__(self, bias: float) -> None:
        super().__init__()
        self.expand = torch.nn.Conv2d(3, 3, 1)
        torch.nn.init.zeros_(self.expand.weight)
        torch.nn.init.constant_(self.expand.bias, bias)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden * self.expand(hidden.mean(dim=(2, 3), keepdim=True)).sigmoid()


class Gated(torch.nn.Module):
    """A gate, and the mean of what it lets through."""

    def __init__(self, bias: float) -> None:
        super().__init__()
        self.gate = SqueezeExcite(bias)

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(logits=self.gate(pixel_values).mean(dim=(2, 3)))


@pytest.mark.parametrize(("bias", "dropped"), [(50.0, True), (2.0, False)])
def test_only_a_gate_that_is_always_open_is_dropped(bias: float, dropped: bool) -> None:
    block = Gated(bias).eval()
    simpler = simplify(block, (2, 3, 16, 16))
    assert isinstance(simpler.gate, torch.nn.Identity) is dropped
    picture = torch.randn(4, 3, 24, 24)
    with torch.no_grad():
        assert simpler(picture).logits.numpy() == pytest.approx(block(picture).logits.numpy(), abs=1e-5)
