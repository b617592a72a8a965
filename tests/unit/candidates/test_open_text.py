"""Text classifiers open, tokenise as the pipeline says, and answer what the model itself answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from analysis.candidates import open_candidate
from analysis.candidates.batches import TokenBatch
from analysis.candidates.huggingface import TextClassifier
from analysis.errors import UnusableInput
from analysis.types import Kind, Modality, Pipeline, Severity, Step
from tests.unit.candidates import zoo

TEXTS = ["the film was good", "a very dull film and not short but long", "bad", "", "i saw aliens"]


def opened(folder: Path) -> TextClassifier:
    candidate = open_candidate(folder)
    assert isinstance(candidate, TextClassifier)
    return candidate


def with_step(pipeline: Pipeline, name: str, **changes: object) -> Pipeline:
    step = pipeline.get(name)
    assert step is not None
    return pipeline.replacing(step.with_params(**changes))


@pytest.mark.parametrize("name", sorted(zoo.TEXTS))
def test_scores_equal_a_plain_loop_of_single_texts(name: str, built: Callable[[str], Path]) -> None:
    folder = built(name)
    candidate = opened(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    plain = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    expected = []
    for text in TEXTS:
        with torch.no_grad():
            expected.append(plain(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0].numpy())
    scores = candidate.predict(TEXTS, candidate.pipeline)
    np.testing.assert_allclose(scores, np.stack(expected), atol=1e-4)
    assert np.ptp(scores, axis=0).max() > 0.01, "A model that answers the same to every text tests nothing."
    assert (candidate.task.kind, candidate.task.modality) == (Kind.CLASSIFICATION, Modality.TEXT)
    assert candidate.task.labels == ("cat", "dog", "owl")
    assert not [f for f in candidate.findings if f.severity is Severity.BLOCKER]
    assert candidate.capabilities.transformer


@pytest.mark.parametrize("name", sorted(zoo.TEXTS))
def test_the_limit_is_the_network_s_where_the_tokenizer_names_none(name: str, tmp_path: Path) -> None:
    zoo.save_text_model(tmp_path / name, name, length=None)
    candidate = opened(tmp_path / name)
    assert candidate.pipeline.param("truncation", "max_length") == 24
    assert "preflight.tokenizer.length" in {f.id for f in candidate.findings}
    scores = candidate.predict(["good " * 300], candidate.pipeline)
    assert np.isfinite(scores).all()


def test_tokens_know_their_place_in_the_text(built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    batch = candidate.prepare(["the film was good", "bad"], candidate.pipeline)
    assert isinstance(batch, TokenBatch)
    assert batch.tokens == [["[CLS]", "the", "film", "was", "good", "[SEP]"], ["[CLS]", "bad", "[SEP]"]]
    for text, tokens, spans, parts in zip(batch.texts, batch.tokens, batch.spans, batch.parts, strict=True):
        for token, (start, end), part in zip(tokens, spans, parts, strict=True):
            assert str(text)[start:end] == ("" if part < 0 else token)
    assert batch.arrays["attention_mask"].tolist() == [[1] * 6, [1] * 3 + [0] * 3]
    assert {a.dtype for a in batch.arrays.values()} == {np.dtype(np.int64)}
    assert batch.truncated == [False, False]


def test_pairs_are_told_apart(built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    batch = candidate.prepare([("the film", "was good")], candidate.pipeline)
    assert batch.tokens == [["[CLS]", "the", "film", "[SEP]", "was", "good", "[SEP]"]]
    assert batch.parts == [[-1, 0, 0, -1, 1, 1, -1]]
    assert batch.arrays["token_type_ids"].tolist() == [[0, 0, 0, 0, 1, 1, 1]]
    mixed = ["alone", ("a", "pair")]
    with pytest.raises(UnusableInput, match="mixed"):
        candidate.prepare(mixed, candidate.pipeline)


@pytest.mark.parametrize(("side", "kept"), [("right", "the"), ("left", "good")])
def test_truncation_follows_the_pipeline(side: str, kept: str, built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    pipeline = with_step(candidate.pipeline, "truncation", max_length=3, side=side)
    batch = candidate.prepare(["the film was good", "bad"], pipeline)
    assert batch.tokens[0] == ["[CLS]", kept, "[SEP]"]
    assert batch.truncated == [True, False]


def test_special_tokens_can_be_left_out(built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    batch = candidate.prepare(["the film"], with_step(candidate.pipeline, "special_tokens", add=False))
    assert batch.tokens == [["the", "film"]]


def test_a_length_without_room_for_text_is_refused(built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    with pytest.raises(UnusableInput, match="no room"):
        candidate.prepare(["the film"], with_step(candidate.pipeline, "truncation", max_length=2))


def test_longer_inputs_than_the_network_takes_are_said_in_words(built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    pipeline = with_step(candidate.pipeline, "truncation", max_length=200)
    with pytest.raises(UnusableInput, match="can't take inputs of shape"):
        candidate.predict(["good " * 100], pipeline)


def test_padding_changes_nothing(built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    together = candidate.predict(TEXTS, candidate.pipeline)
    alone = np.concatenate([candidate.predict([text], candidate.pipeline) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_embeddings_are_differentiable(built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    tensors = candidate.tensors(candidate.prepare(["the film was good"], candidate.pipeline))
    words = candidate.module.get_input_embeddings()(tensors.pop("input_ids")).detach().requires_grad_()
    candidate.forward_tensors(inputs_embeds=words, **tensors)[0, 0].backward()
    assert words.grad is not None
    assert float(words.grad.abs().sum()) > 0


@pytest.mark.parametrize("name", sorted(zoo.TEXTS))
def test_sentence_vectors_leave_padding_out(name: str, built: Callable[[str], Path]) -> None:
    candidate = opened(built(name))
    texts = ["the film was good", "bad"]
    together = candidate.embed(candidate.prepare(texts, candidate.pipeline))
    alone = [candidate.embed(candidate.prepare([text], candidate.pipeline))[0] for text in texts]
    np.testing.assert_allclose(together, np.stack(alone), atol=1e-5)


def test_one_output_without_a_problem_type_is_a_regression_and_says_so(tmp_path: Path) -> None:
    module = zoo.save_text_model(tmp_path / "m", id2label={0: "stars"})
    candidate = opened(tmp_path / "m")
    assert candidate.task.kind is Kind.REGRESSION
    assert candidate.task.labels == ("stars",)
    assert "loading.regression_assumed" in {f.id for f in candidate.findings}
    prepared = candidate.prepare(["good film"], candidate.pipeline)
    with torch.no_grad():
        expected = module(**candidate.tensors(prepared)).logits.numpy()
    np.testing.assert_allclose(candidate.predict(["good film"], candidate.pipeline), expected, atol=1e-5)


def test_the_label_order_comes_from_the_configuration(built: Callable[[str], Path]) -> None:
    candidate = opened(built("bert"))
    assert candidate.pipeline.labels == candidate.task.labels == ("cat", "dog", "owl")
    assert candidate.pipeline.steps[-1] == Step("label_order", {"labels": ["cat", "dog", "owl"]})
    assert replace(candidate.task).labels == ("cat", "dog", "owl")


def test_two_threads_may_truncate_differently(built: Callable[[str], Path]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    candidate = opened(built("bert"))
    pipelines = [
        with_step(candidate.pipeline, "truncation", max_length=n, side=s) for n, s in ((4, "left"), (5, "right"))
    ]
    texts = ["the film was good and not dull"] * 20

    def tokens(which: int) -> list[str]:
        batch = candidate.prepare(texts, pipelines[which % 2])
        assert all(found == batch.tokens[0] for found in batch.tokens)
        return list(batch.tokens[0])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(tokens, range(40)))
    assert all(len(found[i]) == (4, 5)[i % 2] for i in range(40))
