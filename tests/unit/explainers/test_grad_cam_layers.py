"""Which layer Grad-CAM takes in real architectures, with random weights."""

from __future__ import annotations

import pytest
import torch
import transformers as t

from analysis.explainers.activations import recorded, token_grid
from analysis.explainers.grad_cam import _last_with_gradient

torch.set_num_threads(1)

SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
STAGES = {"hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1]}
PATCHED = {**SMALL, "image_size": 64, "patch_size": 16}

#: Architecture, configuration, then the grid, the tokens before it, and a part of the layer's name.
CASES = {
    "resnet": (
        t.ResNetForImageClassification,
        t.ResNetConfig(embedding_size=8, layer_type="basic", **STAGES),
        (2, 2),
        0,
    ),
    "convnext": (t.ConvNextForImageClassification, t.ConvNextConfig(**STAGES), (2, 2), 0),
    "mobilenet": (t.MobileNetV2ForImageClassification, t.MobileNetV2Config(depth_multiplier=0.35), (2, 2), 0),
    "vit": (t.ViTForImageClassification, t.ViTConfig(**PATCHED), (4, 4), 1),
    "deit": (t.DeiTForImageClassification, t.DeiTConfig(**PATCHED), (4, 4), 2),
    "registers": (
        t.Dinov2WithRegistersForImageClassification,
        t.Dinov2WithRegistersConfig(
            hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=64, patch_size=16
        ),
        (4, 4),
        5,
    ),
    "swin": (
        t.SwinForImageClassification,
        t.SwinConfig(embed_dim=8, depths=[1, 1, 1], num_heads=[1, 2, 2], image_size=64, window_size=4),
        (4, 4),
        0,
    ),
    "clip": (t.CLIPForImageClassification, t.CLIPConfig(vision_config=PATCHED), (4, 4), 1),
}


@pytest.mark.parametrize("name", CASES)
def test_the_last_features_on_a_grid_are_taken_without_prefix_tokens(name):
    architecture, config, grid, prefix = CASES[name]
    torch.manual_seed(0)
    module = architecture(config).eval()
    module.requires_grad_(False)
    pixels = torch.randn(1, 3, 64, 64, requires_grad=True)
    with recorded(module, (64, 64)) as recording:
        score = module(pixel_values=pixels).logits[0, 1]
    chosen, gradient = _last_with_gradient(score, recording)
    assert (chosen.grid, chosen.prefix) == (grid, prefix)
    assert chosen.order > 0.4 * recording.finished
    assert chosen.on_grid(gradient).shape[1:] == grid
    assert not any(part._forward_hooks for part in module.modules())


@pytest.mark.parametrize(
    ("tokens", "cut", "expected"),
    [
        (197, (14, 14), ((14, 14), 1)),
        (49, (56, 56), ((7, 7), 0)),
        (196 + 5, (14, 14), ((14, 14), 5)),
        (50, (14, 14), ((7, 7), 1)),
        (77, (14, 14), None),
        (6, (2, 3), ((2, 3), 0)),
    ],
)
def test_token_grids(tokens, cut, expected):
    assert token_grid(tokens, cut) == expected
