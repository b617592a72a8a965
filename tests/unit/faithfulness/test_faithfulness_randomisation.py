"""The parameter-randomisation test, on networks where the answer is known."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from analysis.errors import Cancelled, UnusableInput
from analysis.faithfulness.randomisation import (
    Sensitivity,
    interval,
    randomisation_test,
    randomise,
    ssim,
    stages_of,
)
from analysis.progress import Progress
from analysis.types import Modality
from tests.unit.explainers.tiny_models import (
    IMAGE_PIPELINE,
    TEXT_PIPELINE,
    BrightSpots,
    LinearPixels,
    bert_candidate,
    dataset,
    image_candidate,
    noisy,
    state_of,
    table,
    table_candidate,
    vit_candidate,
)

torch.set_num_threads(1)
PICTURES = dataset([noisy(seed) for seed in range(6)], ["cat"] * 6, Modality.IMAGE)
ALL = [str(i) for i in range(6)]


def test_a_gradient_follows_the_network_and_edges_do_not() -> None:
    candidate = image_candidate(LinearPixels())
    before = state_of(candidate.module)
    found = randomisation_test(candidate, PICTURES, ALL, IMAGE_PIPELINE, ["saliency", "edge_detector"])
    assert state_of(candidate.module) == before
    saliency, edges = found.methods
    assert saliency.sensitivity is Sensitivity.FOLLOWS
    assert abs(saliency.mean) < 0.2
    assert edges.sensitivity is Sensitivity.IGNORES
    np.testing.assert_allclose(edges.correlation, 1)
    assert edges.ssim is not None
    np.testing.assert_allclose(edges.ssim, 1)
    assert saliency.ssim is not None
    assert saliency.ssim.max() < 0.7
    assert (found.layers, found.total, found.examples) == ((1,), 1, tuple(ALL))


@pytest.mark.parametrize(
    ("candidate", "raw", "pipeline", "method"),
    [
        (vit_candidate(), [noisy(seed) for seed in range(2)], IMAGE_PIPELINE, "integrated_gradients"),
        (vit_candidate(), [noisy(seed) for seed in range(2)], IMAGE_PIPELINE, "attention_rollout"),
        (bert_candidate(), ["very good film bad", "bad good very film"], TEXT_PIPELINE, "layer_integrated_gradients"),
    ],
)
def test_transformers_are_randomised_from_above_on_a_copy(candidate, raw, pipeline, method) -> None:
    before = state_of(candidate.module)
    data = dataset(raw, ["x", "x"], candidate.task.modality)
    found = randomisation_test(candidate, data, ["0", "1"], pipeline, [method])
    assert state_of(candidate.module) == before
    assert candidate.lock.acquire(timeout=1)
    candidate.lock.release()
    assert len(found.layers) == 4
    assert found.layers[0] == 1
    assert found.layers[-1] == found.total
    assert found.methods[0].correlation.shape == (4, 2)
    assert (found.methods[0].ssim is None) is (candidate.task.modality is Modality.TEXT)


def test_the_output_layer_comes_first_and_each_layer_once() -> None:
    module = BrightSpots()
    groups = stages_of(module)
    assert groups == [[module.head], [module.second], [module.first]]
    before = {name: weights.clone() for name, weights in module.named_parameters()}
    randomise(groups[0], 0)
    after = dict(module.named_parameters())
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"head.weight"}  # Its bias is zero throughout: shuffled, it stays.
    assert float(after["head.weight"].square().mean()) == pytest.approx(
        float(before["head.weight"].square().mean()), rel=2
    )


def test_structural_similarity_is_one_of_itself_and_low_of_noise() -> None:
    one, other = (np.random.default_rng(seed).uniform(0, 1, (40, 40)) for seed in (0, 1))
    assert ssim(one, one) == pytest.approx(1)
    assert abs(ssim(one, other)) < 0.1
    assert ssim(one, 1 - one) < -0.9


def test_the_interval_is_student_s() -> None:
    from scipy import stats

    values = np.array([0.1, 0.3, np.nan, 0.2])
    mean, low, high = interval(values)
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 2, 0.2, stats.sem([0.1, 0.3, 0.2])))
    assert mean == pytest.approx(0.2)
    assert np.isnan(interval(np.array([0.5]))).all()


def test_a_cancel_stops_it_and_a_table_has_no_layers() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        randomisation_test(
            image_candidate(LinearPixels()), PICTURES, ALL, IMAGE_PIPELINE, ["saliency"],
            progress=Progress(None, cancel),
        )  # fmt: skip
    frame = table()
    model = table_candidate(LogisticRegression().fit(frame, np.where(frame["a"] > 0, "yes", "no")))
    with pytest.raises(UnusableInput, match="Only a network"):
        randomisation_test(model, PICTURES, ALL, IMAGE_PIPELINE, ["shap_linear"])
    with pytest.raises(UnusableInput, match="No method fits"):
        randomisation_test(image_candidate(LinearPixels()), PICTURES, ALL, IMAGE_PIPELINE, ["leave_one_out"])
