"""The nearest examples: known answers, kept on disk, and a space that says nothing is said to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from analysis.errors import Cancelled, UnusableInput
from analysis.neighbours import Embeddings, agreement, embeddings_of, find_embeddings, misfit, nearest
from analysis.neighbours.embeddings import NETWORK, TABLE
from analysis.neighbours.standard import Standard
from analysis.progress import Progress
from analysis.types import Modality
from tests.unit.explainers.tiny_models import (
    IMAGE_PIPELINE,
    TEXT_PIPELINE,
    BrightSpots,
    bert_candidate,
    dataset,
    image_candidate,
    noisy,
    spotted,
    table,
    table_candidate,
    vit_candidate,
)
from tests.unit.metrics.runs import classified


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    return tmp_path


def everything(data):
    return np.arange(len(data), dtype=np.int64)


def test_the_same_picture_is_nearest_and_a_like_one_next():
    candidate = vit_candidate()
    object.__setattr__(candidate.capabilities, "embeddings", True)
    pictures = [noisy(1), spotted(0, 0), noisy(2), spotted(0, 0), spotted(0, 8)]
    data = dataset(pictures, ["cat"] * 5, Modality.IMAGE)
    found = embeddings_of(candidate, data, IMAGE_PIPELINE, everything(data))
    assert found.vectors.shape == (5, 16)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    near = nearest(found, 1)
    assert list(near.rows[:2]) == [3, 4]
    assert near.distances[0] == 0
    assert len(near.rows) == 4
    assert 1 not in near.rows


def test_texts_keep_their_order_although_batches_do_not():
    """Batches are sorted by length: a vector must not end up at another text's place."""
    candidate = bert_candidate()
    object.__setattr__(candidate.capabilities, "embeddings", True)
    texts = ["good", "bad film bad film bad", "good film", "very very good film good film", "bad"]
    data = dataset(texts, ["positive"] * 5, Modality.TEXT)
    found = embeddings_of(candidate, data, TEXT_PIPELINE, everything(data))
    for row, text in enumerate(texts):
        alone = candidate.embed(candidate.prepare([text], TEXT_PIPELINE))[0]
        assert found.vectors[row] == pytest.approx(alone / np.linalg.norm(alone), abs=1e-4)


def test_embeddings_are_computed_once(home, monkeypatch):
    candidate = vit_candidate()
    object.__setattr__(candidate.capabilities, "embeddings", True)
    data = dataset([noisy(1), noisy(2), noisy(3)], ["cat"] * 3, Modality.IMAGE)
    first = embeddings_of(candidate, data, IMAGE_PIPELINE, everything(data))
    monkeypatch.setattr(candidate, "embed", None)
    again = embeddings_of(candidate, data, IMAGE_PIPELINE, everything(data))
    np.testing.assert_array_equal(first.vectors, again.vectors)
    assert again.space == NETWORK[0]
    assert find_embeddings(candidate, data, IMAGE_PIPELINE, everything(data)[:2]) is None
    (kept,) = (home / "embeddings").glob("*/vectors.npy")
    kept.write_bytes(b"damaged")
    assert find_embeddings(candidate, data, IMAGE_PIPELINE, everything(data)) is None


def test_a_cancel_keeps_nothing(home):
    candidate = vit_candidate()
    object.__setattr__(candidate.capabilities, "embeddings", True)
    data = dataset([noisy(1), noisy(2)], ["cat"] * 2, Modality.IMAGE)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        embeddings_of(candidate, data, IMAGE_PIPELINE, everything(data), progress=progress)
    assert not list(home.glob("embeddings/*"))


def test_a_model_without_hidden_layers_is_refused():
    candidate = image_candidate(BrightSpots())
    assert misfit(candidate) == "The model doesn't hand out its hidden layers."
    data = dataset([noisy(1)], ["cat"], Modality.IMAGE)
    with pytest.raises(UnusableInput, match="hidden layers"):
        embeddings_of(candidate, data, IMAGE_PIPELINE, everything(data))


def test_rows_of_a_table_are_compared_after_standardising():
    frame = table(40)
    frame["b"] *= 1000  # A unit must not decide who is near.
    candidate = table_candidate(LogisticRegression().fit(frame, frame["a"] > 0))
    data = dataset(frame, ["yes"] * 40, Modality.TABULAR)
    found = embeddings_of(candidate, data, candidate.pipeline, everything(data))
    z = ((frame - frame.mean()) / frame.std(ddof=0)).to_numpy()
    distances = np.sqrt(((z - z[7]) ** 2).sum(1))
    near = nearest(found, 7, k=3)
    assert list(near.rows) == list(np.argsort(distances)[1:4])
    assert near.distances == pytest.approx(np.sort(distances)[1:4], abs=1e-4)
    assert near.usual == pytest.approx(np.median(np.delete(distances, 7)), abs=1e-4)


def test_text_columns_and_missing_numbers_have_a_place():
    frame = pd.DataFrame({"n": [1.0, np.nan, 3.0], "kind": ["x", "y", "x"], "same": [2, 2, 2]})
    standard = Standard.of(frame)
    vectors = standard.vectors(frame)
    assert standard.width == 4
    assert vectors.shape == (3, 4)
    assert np.isfinite(vectors).all()
    assert vectors[1, 0] == pytest.approx(0)
    assert np.linalg.norm(vectors[0, 1:] - vectors[1, 1:]) == pytest.approx(1)


def test_what_was_learned_from_some_rows_holds_for_others():
    frame = pd.DataFrame({"n": [1.0, 2.0, 3.0], "kind": ["x", "y", "x"]})
    others = pd.DataFrame({"n": [2.0, np.inf, 3.0], "kind": ["y", "x", "z"]})
    standard = Standard.of(frame)
    one = 1 / np.sqrt(2)
    expected = [[0, 0, one], [0, one, 0], [1 / np.std([1, 2, 3]), 0, 0]]
    np.testing.assert_allclose(standard.vectors(others), expected, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 30), st.integers(1, 5), st.integers(0, 1000))
def test_neighbours_are_ordered_and_never_oneself(n, width, seed):
    vectors = np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)
    near = nearest(Embeddings(vectors, *TABLE), seed % n, k=5)
    assert len(near.rows) == min(5, n - 1)
    assert seed % n not in near.rows
    assert (np.diff(near.distances) >= 0).all()


@pytest.mark.parametrize(("apart", "tells"), [(8.0, True), (0.0, False)])
def test_a_space_is_said_to_tell_labels_apart_only_where_it_does(apart, tells):
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 40)
    vectors = (rng.normal(size=(80, 3)) + apart * truth[:, None]).astype(np.float32)
    run = classified(truth, np.eye(2)[truth])
    found = agreement(Embeddings(vectors, *TABLE), run)
    assert found.chance == pytest.approx(39 / 79)
    assert found.tells is tells
    assert found.share.n == 80
