"""Image classifiers open, and answer what the model itself answers."""

from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from safetensors.numpy import load_file, save_file

from analysis.candidates import Refused, open_candidate
from analysis.candidates.huggingface import ImageClassifier
from analysis.errors import UnusableInput
from analysis.types import Kind, Modality, Severity
from tests.unit.candidates import zoo


def opened(folder: Path) -> ImageClassifier:
    candidate = open_candidate(folder)
    assert isinstance(candidate, ImageClassifier)
    return candidate


@pytest.mark.parametrize("name", sorted(zoo.IMAGES))
def test_scores_equal_a_plain_loop_over_the_library_processor(name: str, built: Callable[[str], Path]) -> None:
    folder = built(name)
    candidate = opened(folder)
    photos = [zoo.photo(seed) for seed in range(3)]
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    plain = transformers.AutoModelForImageClassification.from_pretrained(folder)
    expected = []
    for data in photos:
        tensors = processor(Image.open(io.BytesIO(data)).convert("RGB"), return_tensors="pt")
        with torch.no_grad():
            expected.append(plain(**tensors).logits.softmax(-1)[0].numpy())
    scores = candidate.predict(photos, candidate.pipeline)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, np.stack(expected), atol=1e-4)
    assert np.ptp(scores, axis=0).max() > 0.01, "A model that answers the same to every photo tests nothing."
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert candidate.task.labels == ("cat", "dog", "owl")
    assert (candidate.task.kind, candidate.task.modality) == (Kind.CLASSIFICATION, Modality.IMAGE)


@pytest.mark.parametrize("name", sorted(zoo.IMAGES))
def test_healthy_models_are_not_refused(name: str, built: Callable[[str], Path]) -> None:
    candidate = opened(built(name))
    serious = [f for f in candidate.findings if f.severity is Severity.BLOCKER]
    assert not serious
    assert {f.id for f in candidate.findings} >= {"preflight.weights", "preflight.finite", "loading.weights"}


def test_capabilities_follow_the_architecture(built: Callable[[str], Path]) -> None:
    convolutional = {name: opened(built(name)).capabilities.convolutional for name in zoo.IMAGES}
    transformer = {name: opened(built(name)).capabilities.transformer for name in zoo.IMAGES}
    assert {n for n, yes in convolutional.items() if yes} == {
        "convnext",
        "efficientnet",
        "bit",
        "mobilenet_v2",
        "resnet",
    }
    assert {n for n, yes in transformer.items() if yes} == {"vit", "clip", "swin"}


def test_half_precision_files_are_computed_in_full(tmp_path: Path) -> None:
    zoo.save_image_model(tmp_path / "full")
    module = transformers.AutoModelForImageClassification.from_pretrained(tmp_path / "full").half()
    module.save_pretrained(tmp_path / "half")
    (tmp_path / "half" / "preprocessor_config.json").write_bytes(
        (tmp_path / "full" / "preprocessor_config.json").read_bytes()
    )
    full, half = opened(tmp_path / "full"), opened(tmp_path / "half")
    assert {p.dtype for p in half.module.parameters()} == {torch.float32}
    photos = [zoo.photo(1)]
    np.testing.assert_allclose(half.predict(photos, half.pipeline), full.predict(photos, full.pipeline), atol=0.02)
    assert full.fingerprint != half.fingerprint


def test_bf16_stays_close_and_float32_comes_back(built: Callable[[str], Path]) -> None:
    candidate = opened(built("resnet"))
    prepared = candidate.prepare([zoo.photo(2)], candidate.pipeline)
    half = candidate.forward(prepared, precision="bf16")
    assert half.dtype == np.float32
    np.testing.assert_allclose(half, candidate.forward(prepared), rtol=0.1, atol=0.2)
    with pytest.raises(UnusableInput, match="precision"):
        candidate.forward(prepared, precision="int4")


def test_forward_tensors_is_differentiable(built: Callable[[str], Path]) -> None:
    candidate = opened(built("vit"))
    tensors = candidate.tensors(candidate.prepare([zoo.photo(3)], candidate.pipeline))
    pixels = tensors["pixel_values"].requires_grad_()
    candidate.forward_tensors(pixel_values=pixels)[0, 1].backward()
    assert pixels.grad is not None
    assert float(pixels.grad.abs().sum()) > 0
    assert all(p.grad is None for p in candidate.module.parameters())


def test_an_empty_batch_has_the_right_width(built: Callable[[str], Path]) -> None:
    candidate = opened(built("vit"))
    assert candidate.predict([], candidate.pipeline).shape == (0, 3)


def test_a_regression_head_gives_values(tmp_path: Path) -> None:
    module = zoo.save_image_model(tmp_path / "m", id2label={0: "weight"}, problem_type="regression")
    candidate = opened(tmp_path / "m")
    assert candidate.task.kind is Kind.REGRESSION
    assert candidate.task.labels == ("weight",)
    prepared = candidate.prepare([zoo.photo()], candidate.pipeline)
    with torch.no_grad():
        expected = module(**candidate.tensors(prepared)).logits.numpy()
    np.testing.assert_allclose(candidate.predict([zoo.photo()], candidate.pipeline), expected, atol=1e-5)


def test_a_sigmoid_head_is_shown_as_two_classes(tmp_path: Path) -> None:
    module = zoo.save_image_model(tmp_path / "m", id2label={0: "spam"}, problem_type="multi_label_classification")
    candidate = opened(tmp_path / "m")
    assert candidate.task.labels == ("not spam", "spam")
    prepared = candidate.prepare([zoo.photo()], candidate.pipeline)
    with torch.no_grad():
        expected = float(module(**candidate.tensors(prepared)).logits.sigmoid())
    scores = candidate.predict([zoo.photo()], candidate.pipeline)
    np.testing.assert_allclose(scores, [[1 - expected, expected]], atol=1e-5)


@pytest.mark.parametrize("start", ["classifier.weight", "vit.layers.1.", "vit.encoder.layer.1."])
def test_missing_weights_are_a_blocker_not_a_log_line(start: str, copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    tensors = load_file(folder / "model.safetensors")
    name = next((name for name in sorted(tensors) if name.startswith(start)), None)
    if name is None:
        pytest.skip("This version of transformers names its layers otherwise.")
    tensors["renamed"] = tensors.pop(name)
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(Refused, match="random") as caught:
        open_candidate(folder)
    assert "loading.missing_weights" in {f.id for f in caught.value.findings}


def test_layers_that_the_configuration_leaves_out_are_named(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(num_hidden_layers=1))
    findings = {f.id: f for f in opened(folder).findings}
    assert findings["loading.extra_layers"].severity is Severity.CAUTION
    assert "shallower" in findings["loading.extra_layers"].summary


def test_more_layers_than_the_files_hold_are_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(num_hidden_layers=3))
    with pytest.raises(Refused, match="random"):
        open_candidate(folder)


def test_a_larger_network_than_the_files_is_refused_before_it_is_allocated(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    zoo.edit_json(folder / "config.json", lambda c: c.update(intermediate_size=9_000_000, num_hidden_layers=900))
    with pytest.raises(UnusableInput, match="describes a network of"):
        open_candidate(folder)


def test_the_deployed_pipeline_is_read_but_is_not_the_delivered_one(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    candidate = opened(folder)
    assert candidate.deployed is None
    changed = candidate.pipeline.to_json()
    for step in changed["steps"]:
        if step["name"] == "normalize":
            step["params"]["mean"] = [0.1, 0.2, 0.3]
    (folder / "pipeline.json").write_text(json.dumps(changed))
    again = opened(folder)
    assert again.deployed is not None
    assert again.deployed.param("normalize", "mean") == [0.1, 0.2, 0.3]
    assert again.pipeline == candidate.pipeline
    assert again.fingerprint == candidate.fingerprint


def test_a_corrected_pipeline_is_used_and_said(copied: Callable[[str], Path]) -> None:
    folder = copied("vit")
    own = opened(folder).pipeline
    step = own.get("label_order")
    assert step is not None
    corrected = own.replacing(step.with_params(labels=["dog", "cat", "owl"]))
    (folder / "caveat_pipeline.json").write_text(json.dumps(corrected.to_json()))
    candidate = opened(folder)
    assert candidate.pipeline == corrected
    assert candidate.folder == folder
    assert "loading.corrected" in {f.id for f in candidate.findings}


@pytest.mark.parametrize("name", ["pipeline.json", "caveat_pipeline.json"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ('{"modality": "text", "steps": []}', "for text input"),
        ('{"modality": "image", "steps": [{"name": "zoom"}]}', "zoom"),
        ('{"modality": "image", "steps": [{"name": "label_order", "params": {"labels": ["a", "b"]}}]}', "2 outputs"),
    ],
)
def test_pipelines_that_can_not_be_used_are_named(
    name: str, content: str, words: str, copied: Callable[[str], Path]
) -> None:
    folder = copied("vit")
    (folder / name).write_text(content)
    with pytest.raises(UnusableInput, match=words) as caught:
        open_candidate(folder)
    assert name in str(caught.value)


def test_a_wrong_input_size_is_said_in_words(built: Callable[[str], Path]) -> None:
    candidate = opened(built("vit"))
    step = candidate.pipeline.get("resize")
    assert step is not None
    pipeline = candidate.pipeline.replacing(step.with_params(height=48, width=48))
    with pytest.raises(UnusableInput, match="can't take inputs of shape"):
        candidate.predict([zoo.photo()], pipeline)


def test_the_fingerprint_follows_the_contents(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copied("vit")
    before = opened(folder).fingerprint
    moved = folder.rename(tmp_path / "elsewhere")
    (moved / "README.md").write_text("A new card.")
    assert opened(moved).fingerprint == before
    zoo.edit_json(moved / "config.json", lambda c: c.update(id2label={"0": "dog", "1": "cat", "2": "owl"}))
    assert opened(moved).fingerprint != before


@pytest.mark.parametrize("name", [*sorted(zoo.IMAGES), *sorted(zoo.TEXTS)])
def test_a_folder_opens_without_network_and_prints_nothing(
    name: str, built: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = built(name)
    capfd.readouterr()

    def refuse(*_: object) -> None:
        raise AssertionError("The network was asked.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    candidate = open_candidate(folder)
    inputs = [zoo.photo()] if candidate.task.modality is Modality.IMAGE else ["the film was good"]
    assert candidate.predict(inputs, candidate.pipeline).shape == (1, 3)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", sorted(zoo.IMAGES))
def test_embeddings_are_one_vector_an_image(name: str, built: Callable[[str], Path]) -> None:
    candidate = opened(built(name))
    assert candidate.capabilities.embeddings
    found = candidate.embed(candidate.prepare([zoo.photo(1), zoo.photo(2), zoo.photo(1)], candidate.pipeline))
    assert found.ndim == 2
    np.testing.assert_allclose(found[0], found[2], rtol=1e-4, atol=1e-4)
    assert np.abs(found[0] - found[1]).max() > 1e-4


def test_several_threads_may_open_models_at_once(built: Callable[[str], Path]) -> None:
    names = ["vit", "resnet", "bert", "clip"]
    expected = {name: open_candidate(built(name)).fingerprint for name in names}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda name: (name, open_candidate(built(name)).fingerprint), names * 3))
    assert all(expected[name] == fingerprint for name, fingerprint in found)
    assert logging.getLogger("transformers").level != logging.CRITICAL


def test_use_from_several_threads_gives_the_same_answers(built: Callable[[str], Path]) -> None:
    candidate = opened(built("resnet"))
    photos = [zoo.photo(seed) for seed in range(4)]
    expected = candidate.predict(photos, candidate.pipeline)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: candidate.predict(photos, candidate.pipeline), range(8)):
            np.testing.assert_allclose(scores, expected, atol=1e-6)
