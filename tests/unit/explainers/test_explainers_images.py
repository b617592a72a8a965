"""What image explainers must say about networks whose workings are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.errors import UnusableInput
from analysis.explainers.pixels import BASELINES, baseline_image, from_colours, to_picture
from analysis.explainers.registry import EXPLAINERS
from analysis.explainers.shap_partition import tile_tree
from analysis.types import Kind, Modality, Step
from tests.unit.explainers.tiny_models import (
    IMAGE_PIPELINE,
    SIDE,
    BrightSpots,
    LinearPixels,
    image_candidate,
    noisy,
    spotted,
)

torch.set_num_threads(1)

ADDING_UP = ("integrated_gradients", "shap_partition", "gradient_shap")
LOCATING = ("grad_cam", "occlusion", "shap_partition", "integrated_gradients", "gradient_shap")


def explained(name, candidate, data, target, contrast=None, **options):
    explainer = replace(EXPLAINERS[name], **options)
    return explainer.explain(candidate, [data], candidate.pipeline, target, contrast)


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("spacing", ["adaptive", "even"])
def test_integrated_gradients_of_a_linear_network_are_weights_times_the_way(baseline, spacing):
    network = LinearPixels()
    candidate = image_candidate(network)
    pixels = candidate.prepare([noisy()], IMAGE_PIPELINE).pixels[0]
    start, _ = baseline_image(baseline, pixels, IMAGE_PIPELINE)
    expected = (network.weights[1].detach().numpy() * (pixels - start)).sum(axis=0)
    found = explained("integrated_gradients", candidate, noisy(), 1, baseline=baseline, spacing=spacing)
    np.testing.assert_allclose(found.scores, expected, atol=1e-5)
    assert found.convergence_delta == pytest.approx(0, abs=1e-4)
    assert found.notes == ()
    assert found.params["baseline"] == baseline


def test_contrast_is_the_difference_of_the_two_explanations_of_a_linear_network():
    candidate = image_candidate(LinearPixels())
    for name in ("integrated_gradients", "input_x_gradient", "occlusion"):
        first, second = (explained(name, candidate, noisy(), target).scores for target in (2, 0))
        found = explained(name, candidate, noisy(), 2, 0)
        np.testing.assert_allclose(found.scores, first - second, atol=1e-5)
        assert (found.target, found.contrast) == ("tiger", "cat")


def test_gradient_methods_of_a_linear_network():
    network = LinearPixels()
    candidate = image_candidate(network)
    pixels = candidate.prepare([noisy()], IMAGE_PIPELINE).pixels[0]
    weights = network.weights[0].detach().numpy()
    for name in ("saliency", "smooth_grad"):
        np.testing.assert_allclose(explained(name, candidate, noisy(), 0).scores, abs(weights).max(axis=0), atol=1e-6)
    product = explained("input_x_gradient", candidate, noisy(), 0)
    np.testing.assert_allclose(product.scores, (weights * pixels).sum(axis=0), atol=1e-5)


@pytest.mark.parametrize("name", LOCATING)
@pytest.mark.parametrize(("row", "column"), [(0, 0), (8, 16), (24, 24)])
def test_the_spot_that_the_network_sees_is_found(name, row, column):
    candidate = image_candidate(BrightSpots())
    options = {"baseline": "black"} if EXPLAINERS[name].baselines else {}
    scores = explained(name, candidate, spotted(row, column), 0, **options).scores
    assert scores.shape == (SIDE, SIDE)
    top, left = np.unravel_index(np.argmax(scores), scores.shape)
    assert row <= top < row + 8
    assert column <= left < column + 8


def test_a_spot_of_the_other_colour_speaks_against_under_contrast():
    candidate = image_candidate(BrightSpots())
    for name in ("grad_cam", "shap_partition", "integrated_gradients"):
        options = {"baseline": "black"} if EXPLAINERS[name].baselines else {}
        scores = explained(name, candidate, spotted(8, 8, channel=1), 0, 1, **options).scores
        assert scores[8:16, 8:16].mean() < 0, name
        assert abs(scores[8:16, 8:16].mean()) > abs(scores[20:, 20:].mean())


def test_signed_grad_cam_of_an_averaging_network_adds_up_to_its_logit():
    candidate = image_candidate(BrightSpots())
    raw = noisy(3)
    logit = candidate.forward(candidate.prepare([raw], IMAGE_PIPELINE))[0, 0]
    found = explained("grad_cam", candidate, raw, 0)
    # 8 × 8 cells; the derivative is averaged over the cells, so that their sum is the logit.
    assert found.scores.mean() * 64 == pytest.approx(logit, rel=1e-3)
    assert "second" in found.notes[0]
    cut = explained("grad_cam", candidate, raw, 0, relu=True)
    assert cut.scores.min() >= 0


@pytest.mark.parametrize("name", ADDING_UP)
def test_scores_add_up(name):
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 5, 2), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten(),
        torch.nn.Linear(96, 12), torch.nn.Tanh(), torch.nn.Linear(12, 3),
    )  # fmt: skip

    class Wrapped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network

        def forward(self, pixel_values):
            return type("Out", (), {"logits": self.inner(pixel_values)})()

    candidate = image_candidate(Wrapped())
    found = explained(name, candidate, noisy(1), 2)
    difference = float(found.scores.sum(dtype=np.float64)) - found.convergence_delta
    assert abs(found.convergence_delta) <= max(0.05 * abs(difference), 0.02)
    logit = candidate.forward(candidate.prepare([noisy(1)], IMAGE_PIPELINE))[0, 2]
    if name != "gradient_shap":
        pixels = candidate.prepare([noisy(1)], IMAGE_PIPELINE).pixels[0]
        start, _ = baseline_image(found.params["baseline"], pixels, IMAGE_PIPELINE)
        with torch.no_grad():
            empty = float(candidate.forward_tensors(pixel_values=torch.from_numpy(start[None]))[0, 2])
        assert difference == pytest.approx(logit - empty, abs=1e-4)


def test_a_regression_explains_its_one_value_in_the_unit_of_the_answer():
    network = LinearPixels(outputs=1)
    candidate = image_candidate(network, Kind.REGRESSION)
    plain = explained("integrated_gradients", candidate, noisy(), 0)
    scaled = replace(
        IMAGE_PIPELINE, steps=(*IMAGE_PIPELINE.steps[:-1], Step("target_scale", {"scale": 10.0, "offset": 3.0}))
    )
    found = EXPLAINERS["integrated_gradients"].explain(candidate, [noisy()], scaled, 0)
    assert plain.target == "weight"
    assert plain.params["output"] == "value"
    np.testing.assert_allclose(found.scores, 10 * plain.scores, rtol=1e-5)


def test_one_sigmoid_explains_not_x_as_the_opposite_of_x():
    candidate = image_candidate(LinearPixels(outputs=1))
    candidate.binary = True
    candidate.task = replace(candidate.task, labels=("not cat", "cat"))
    pipeline = IMAGE_PIPELINE.replacing(Step("label_order", {"labels": ["not cat", "cat"]}))
    first, second = (
        EXPLAINERS["input_x_gradient"].explain(candidate, [noisy()], pipeline, target).scores for target in (0, 1)
    )
    np.testing.assert_allclose(first, -second, atol=1e-6)
    assert np.abs(second).max() > 0


def test_a_missed_sum_is_said_in_words():
    class Wavy(torch.nn.Module):
        """Many ups and downs on the way, which one gradient does not see."""

        def forward(self, pixel_values):
            mean = pixel_values.mean(dim=(1, 2, 3))[:, None]
            return type("Out", (), {"logits": torch.cat([(mean * 50).sin() * 9 + mean, mean, mean], dim=1)})()

    found = explained("integrated_gradients", image_candidate(Wavy()), spotted(0, 0), 0, baseline="noise", steps=1)
    assert abs(found.convergence_delta) > 0.05
    assert any("read this map with care" in note for note in found.notes)


def test_numbers_that_are_not_finite_are_refused():
    class Broken(torch.nn.Module):
        def forward(self, pixel_values):
            return type("Out", (), {"logits": pixel_values.mean(dim=(2, 3)) * float("nan")})()

    with pytest.raises(UnusableInput, match="not finite"):
        explained("occlusion", image_candidate(Broken()), noisy(), 0)


def test_grad_cam_refuses_networks_without_a_grid():
    with pytest.raises(UnusableInput, match="grid"):
        explained("grad_cam", image_candidate(LinearPixels()), noisy(), 0)


def test_an_unknown_baseline_is_refused_with_the_choices():
    with pytest.raises(UnusableInput, match="mean, black, blur, noise"):
        replace(EXPLAINERS["occlusion"], baseline="pink")


def test_pictures_come_back_from_what_the_network_receives():
    candidate = image_candidate(LinearPixels())
    array = np.random.default_rng(4).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    for layout in ("CHW", "HWC_as_CHW"):
        pipeline = replace(IMAGE_PIPELINE, steps=(*IMAGE_PIPELINE.steps[:2], Step("layout", {"order": layout})))
        pixels = from_colours(array.astype(np.float64), pipeline)
        picture = to_picture(pixels, pipeline)
        if layout == "CHW":
            np.testing.assert_array_equal(picture, array)
        else:
            np.testing.assert_array_equal(picture.transpose(2, 0, 1).ravel(), array.ravel())
    assert candidate.task.modality is Modality.IMAGE


@pytest.mark.parametrize(("height", "width"), [(32, 32), (224, 224), (1, 1), (37, 90), (3, 200)])
def test_tiles_cover_every_pixel_once(height, width):
    tree, tiles = tile_tree(height, width)

    def leaves(node):
        return [node] if isinstance(node, int) else leaves(node[0]) + leaves(node[1])

    assert sorted(leaves(tree)) == list(range(int(tiles.max()) + 1))
    for tile in range(min(int(tiles.max()) + 1, 50)):
        rows, columns = np.nonzero(tiles == tile)
        assert len(rows) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
