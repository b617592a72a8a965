"""Attention rollout, DeepLIFT and the controls."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr

from analysis.errors import UnusableInput
from analysis.explainers.attention_rollout import eager
from analysis.explainers.registry import CONTROLS, EXPLAINERS
from tests.unit.explainers.tiny_models import (
    BrightSpots,
    bert_candidate,
    image_candidate,
    noisy,
    spotted,
    text_candidate,
    vit_candidate,
)

torch.set_num_threads(1)


def explained(name, candidate, raw, target=1):
    return {**EXPLAINERS, **CONTROLS}[name].explain(candidate, [raw], candidate.pipeline, target)


def test_rollout_is_the_product_of_the_layers_attention_as_the_class_token_reads_it():
    candidate = bert_candidate()
    found = explained("attention_rollout", candidate, "very good film")
    tensors = candidate.tensors(candidate.prepare(["very good film"], candidate.pipeline))
    with torch.no_grad(), eager(candidate.module):
        layers = candidate.module(**tensors, output_attentions=True).attentions
    expected = np.eye(5)
    for layer in layers:
        expected = (0.5 * layer[0].mean(dim=0).numpy() + 0.5 * np.eye(5)) @ expected
    np.testing.assert_allclose(found.scores, expected[0], atol=1e-5)
    assert found.scores.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(explained("attention_rollout", candidate, "very good film", 0).scores, found.scores)


def test_rollout_of_a_vision_transformer_is_a_map():
    candidate = vit_candidate()
    before = candidate.module.config._attn_implementation
    found = explained("attention_rollout", candidate, noisy())
    assert found.scores.shape == (32, 32)
    assert "4 × 4 patches" in found.notes[1]
    assert candidate.module.config._attn_implementation == before


def test_rollout_is_refused_without_attention():
    assert "attention" in EXPLAINERS["attention_rollout"].is_compatible(image_candidate(BrightSpots()))


def test_grad_cam_of_a_vision_transformer_is_a_map_of_its_patches():
    found = explained("grad_cam", vit_candidate(), noisy())
    assert "4 × 4 cells" in found.notes[0]
    assert np.ptp(found.scores) > 0


def test_deep_lift_equals_integrated_gradients_where_both_are_exact():
    candidate = image_candidate(BrightSpots())
    lifted, integrated = (explained(n, candidate, spotted(8, 8), 0) for n in ("deep_lift", "integrated_gradients"))
    assert abs(lifted.convergence_delta) < 1e-3
    assert pearsonr(lifted.scores.ravel(), integrated.scores.ravel()).statistic > 0.95


def test_deep_lift_is_refused_for_transformers_and_where_its_sum_fails():
    assert "transformers" in EXPLAINERS["deep_lift"].is_compatible(vit_candidate())

    class Squared(BrightSpots):
        def forward(self, pixel_values):
            out = super().forward(pixel_values)
            out.logits = out.logits.square()
            return out

    with pytest.raises(UnusableInput, match="does not know all"):
        explained("deep_lift", image_candidate(Squared()), noisy(), 0)


def test_controls_know_nothing_of_the_model():
    candidate = image_candidate(BrightSpots())
    first = explained("edge_detector", candidate, spotted(8, 8), 0).scores
    assert first[12, 12] == 0
    assert first[8, 12] > 0
    random = [explained("random_map", candidate, noisy(), target).scores for target in (0, 1)]
    np.testing.assert_array_equal(*random)
    counted = explained("word_frequency", text_candidate(), "good film good", 0)
    np.testing.assert_array_equal(counted.scores, [0, 2, 1, 2, 0])
