"""A compiled network answers what torch answers, or there is none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.candidates import compiled, open_candidate
from analysis.candidates.batches import ImageBatch
from analysis.candidates.compiled import compile_network
from analysis.candidates.huggingface import ImageClassifier
from tests.unit.candidates import zoo

SHAPE = (3, 16, 16)


class Small(torch.nn.Module):
    """A padded convolution, an activation and a mean; `faulty` answers for the number of images it is traced with."""

    def __init__(self, *, faulty: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.convolution = torch.nn.Conv2d(3, 5, 3, stride=2)
        self.faulty = faulty

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        padded = torch.nn.functional.pad(pixels, (0, 1, 0, 1))
        logits = self.convolution(padded).relu().mean(dim=(2, 3))
        return logits * len(pixels) if self.faulty else logits


def compile_small(network: Small) -> compiled.CompiledNetwork | None:
    return compile_network(network.eval(), network, SHAPE)


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_it_answers_the_same_for_any_number_of_images(n: int) -> None:
    network = Small()
    fast = compile_small(network)
    assert fast is not None
    pixels = np.random.default_rng(n).normal(size=(n, *SHAPE)).astype(np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(pixels)).numpy()
    np.testing.assert_allclose(fast(pixels), expected, atol=1e-5)
    # Another layout in memory is the same picture.
    strided = np.ascontiguousarray(pixels.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(fast(strided), fast(pixels))


def test_what_tracing_has_frozen_is_noticed() -> None:
    assert compile_small(Small(faulty=True)) is None


def test_what_cannot_be_exported_stays_with_torch() -> None:
    network = Small().eval()
    assert compile_network(network, lambda pixels: torch.linalg.eigvals(pixels).abs().sum(-1)[:, 0], SHAPE) is None


def test_a_large_network_is_not_held_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "PARAMETERS", 10)
    assert compile_small(Small()) is None


def test_many_threads_get_the_right_answers() -> None:
    fast = compile_small(Small())
    assert fast is not None
    batches = np.random.default_rng(0).normal(size=(40, 3, *SHAPE)).astype(np.float32)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fast, batches))
    for batch, answer in zip(batches, found, strict=True):
        np.testing.assert_array_equal(answer, fast(batch))


@pytest.mark.parametrize("name", sorted(zoo.IMAGES))
def test_every_kind_of_network_is_compiled_and_agrees_with_torch(name: str, built: Callable[[str], Path]) -> None:
    candidate = open_candidate(built(name))
    assert isinstance(candidate, ImageClassifier)
    prepared = candidate.prepare([zoo.photo(seed) for seed in range(3)], candidate.pipeline)
    answers = candidate.forward(prepared)
    assert candidate.compiled is not None
    assert candidate.compiled.shape == prepared.pixels.shape[1:]
    with torch.inference_mode():
        expected = candidate.forward_tensors(**candidate.tensors(prepared)).numpy()
    np.testing.assert_allclose(answers, expected, atol=1e-4)


def test_images_of_another_size_go_through_torch(built: Callable[[str], Path]) -> None:
    candidate = open_candidate(built("resnet"))
    assert isinstance(candidate, ImageClassifier)
    prepared = candidate.prepare([zoo.photo(0)], candidate.pipeline)
    candidate.forward(prepared)
    larger = ImageBatch(np.pad(prepared.pixels, ((0, 0), (0, 0), (0, 32), (0, 32))))
    with torch.inference_mode():
        expected = candidate.forward_tensors(**candidate.tensors(larger)).numpy()
    np.testing.assert_allclose(candidate.forward(larger), expected, atol=1e-5)
