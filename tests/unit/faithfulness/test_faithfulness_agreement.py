"""Agreement between methods, where it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.explain import explain_example
from analysis.faithfulness import examine
from analysis.faithfulness.agreement import agreement
from analysis.types import Modality
from tests.unit.explainers.tiny_models import TEXT_PIPELINE, dataset, text_candidate

torch.set_num_threads(1)
TEXTS = dataset(["good film very bad very film film film very very"], ["positive"], Modality.TEXT)


def test_a_map_agrees_with_itself_and_not_with_its_reverse() -> None:
    candidate = text_candidate()
    found = explain_example(candidate, TEXTS, "0", TEXT_PIPELINE, ["layer_integrated_gradients", "random_map"])
    first, other = found.attributions
    turned = replace(first, scores=-first.scores)
    parts = examine(candidate, TEXTS, found, TEXT_PIPELINE).parts
    said = agreement(parts, [first, other, turned, replace(first, scores=first.scores * 3)])
    assert said.methods == (first.method, "random_map", first.method, first.method)
    assert said.correlation[0, 3] == pytest.approx(1)
    assert said.correlation[0, 2] == pytest.approx(-1)
    assert abs(said.correlation[0, 1]) < 0.9
    np.testing.assert_allclose(said.correlation, said.correlation.T)
    # A fifth of ten words: two.
    assert (said.strongest, said.noun) == (2, "words")
    assert said.overlap[0, 3] == said.overlap[0, 0] == 2
    # "good" and a word that says nothing; turned round "bad" and a word that says nothing.
    assert said.overlap[0, 2] <= 1


def test_a_map_that_says_the_same_of_everything_has_no_correlation() -> None:
    candidate = text_candidate()
    found = explain_example(candidate, TEXTS, "0", TEXT_PIPELINE, ["leave_one_out"])
    flat = replace(found.attributions[0], scores=np.zeros_like(found.attributions[0].scores))
    said = agreement(examine(candidate, TEXTS, found, TEXT_PIPELINE).parts, [found.attributions[0], flat])
    assert np.isnan(said.correlation[0, 1])
