"""What text explainers must say about a network that adds up its words' vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import UnusableInput
from analysis.explainers.partition import balanced, clustering_of, owen_values, shapley_by_permutation
from analysis.explainers.registry import EXPLAINERS
from analysis.explainers.words import group_words, merge_to_words
from analysis.types import Kind, Step
from tests.unit.explainers.tiny_models import TEXT_PIPELINE, WORDS, WordSum, text_candidate

torch.set_num_threads(1)

EXACT = ("layer_integrated_gradients", "shap_partition", "leave_one_out")


def explained(name, candidate, text, target, contrast=None, pipeline=TEXT_PIPELINE, **options):
    return replace(EXPLAINERS[name], **options).explain(candidate, [text], pipeline, target, contrast)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("filler", ["mask", "pad"])
def test_each_word_is_worth_its_vector_minus_the_absent_one(name, filler):
    candidate = text_candidate()
    table = candidate.module.words.weight.detach().numpy()
    key = "filler" if name == "shap_partition" else "baseline"
    found = explained(name, candidate, "very good film", 1, **{key: filler})
    odds = table[:, 1] - table[:, 0]
    absent = odds[WORDS.index(f"[{filler.upper()}]")]
    expected = [0, *(odds[WORDS.index(word)] - absent for word in ("very", "good", "film")), 0]
    assert found.units == ("[CLS]", "very", "good", "film", "[SEP]")
    assert found.spans == ((0, 0), (0, 4), (5, 9), (10, 14), (0, 0))
    np.testing.assert_allclose(found.scores, expected, atol=1e-5)
    assert f"[{filler.upper()}]" in found.baseline


@pytest.mark.parametrize("name", [*EXACT, "input_x_gradient"])
def test_of_two_classes_each_is_explained_against_the_other(name):
    candidate = text_candidate()
    first, second = (explained(name, candidate, "good bad film", target) for target in (1, 0))
    np.testing.assert_allclose(first.scores, -second.scores, atol=1e-6)
    np.testing.assert_allclose(explained(name, candidate, "good bad film", 1, 0).scores, first.scores, atol=1e-6)
    assert first.params["output"] == "log-odds"


def test_input_x_gradient_is_the_word_s_own_vector():
    found = explained("input_x_gradient", text_candidate(), "good bad film", 0)
    np.testing.assert_allclose(found.scores, [0, -3, 4, 0, 0], atol=1e-6)


def test_the_attention_mask_is_passed():
    seen = []

    class Watching(WordSum):
        def forward(self, input_ids, attention_mask):
            seen.append(attention_mask.shape == input_ids.shape)
            return super().forward(input_ids, attention_mask)

    for name in (*EXACT, "input_x_gradient"):
        explained(name, text_candidate(Watching()), "good film", 1)
    assert seen
    assert all(seen)


class Swapped(WordSum):
    """Asks its embeddings with the axes swapped, as XLNet does."""

    def forward(self, input_ids, attention_mask):
        vectors = self.words(input_ids.T).transpose(0, 1) * attention_mask[:, :, None]
        return type("Out", (), {"logits": vectors.sum(dim=1)})()


class Greedy(WordSum):
    """Asks its embeddings for a token that is not in the text."""

    def forward(self, input_ids, attention_mask):
        out = super().forward(input_ids, attention_mask)
        out.logits = out.logits + self.words(torch.full_like(input_ids, 5)).sum(dim=1)
        return out


def test_embeddings_with_swapped_axes_are_followed_and_other_uses_refused():
    for name in ("layer_integrated_gradients", "input_x_gradient"):
        plain, swapped = (explained(name, text_candidate(m), "good bad film", 1) for m in (WordSum(), Swapped()))
        np.testing.assert_allclose(swapped.scores, plain.scores, atol=1e-5)
        with pytest.raises(UnusableInput, match="more than the text"):
            explained(name, text_candidate(Greedy()), "good bad film", 1)


def test_tokens_of_one_word_share_its_fall_and_merge_into_it():
    candidate = text_candidate()
    text = "good films"
    found = explained("leave_one_out", candidate, text, 1)
    assert found.units == ("[CLS]", "good", "film", "##s", "[SEP]")
    assert found.scores[2] == found.scores[3]
    merged = merge_to_words(found, text)
    assert merged.units == ("[CLS]", "good", "films", "[SEP]")
    assert merged.spans[2] == (5, 10)
    assert merged.scores.sum() == pytest.approx(found.scores.sum())


def test_pairs_have_their_places_in_the_joined_text():
    found = explained("leave_one_out", text_candidate(), ("good film", "bad"), 1)
    text = "good film\nbad"
    assert [text[a:b] for a, b in found.spans if b > a] == ["good", "film", "bad"]


def test_a_regression_explains_its_one_value():
    candidate = text_candidate(WordSum(outputs=1), Kind.REGRESSION)
    pipeline = replace(
        TEXT_PIPELINE, steps=(*TEXT_PIPELINE.steps[:-1], Step("target_scale", {"scale": 2.0, "offset": 1.0}))
    )
    found = explained("layer_integrated_gradients", candidate, "good film", 0, pipeline=pipeline)
    assert found.target == "rating"
    np.testing.assert_allclose(found.scores, [0, 2 * (2 - 0.25), 2 * -0.25, 0], atol=1e-5)


def test_what_the_model_did_not_read_is_said():
    pipeline = TEXT_PIPELINE.replacing(Step("truncation", {"max_length": 4, "side": "right"}))
    found = explained("leave_one_out", text_candidate(), "good film bad film", 1, pipeline=pipeline)
    assert any("longer than the model reads" in note for note in found.notes)


def test_a_text_without_words_is_refused():
    with pytest.raises(UnusableInput, match="no words"):
        explained("leave_one_out", text_candidate(), "", 1)


def test_shared_embeddings_of_encoder_and_decoder_are_refused():
    candidate = text_candidate()
    candidate.config.is_encoder_decoder = True
    assert "decoder" in EXPLAINERS["layer_integrated_gradients"].is_compatible(candidate)
    assert EXPLAINERS["shap_partition"].is_compatible(candidate) is None


@pytest.mark.parametrize(
    ("tokens", "spans", "text", "expected"),
    [
        (["un", "##fair", "!"], [(0, 2), (2, 6), (6, 7)], "unfair!", ((0, 1), (2,))),
        (["un", "fair", "!"], [(0, 2), (2, 6), (6, 7)], "unfair!", ((0, 1), (2,))),
        (["猫", "好"], [(0, 1), (1, 2)], "猫好", ((0,), (1,))),
        (["a", "b"], [(0, 1), (2, 3)], "a b", ((0,), (1,))),
        (["Ã", "©", "t"], [(0, 1), (0, 1), (1, 2)], "ét", ((0, 1, 2),)),
    ],
)
def test_words(tokens, spans, text, expected):
    assert group_words(tokens, spans, text, [0] * len(tokens)) == expected


@given(st.integers(1, 9), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_owen_and_shapley_values_of_an_adding_game_are_the_addends(players, seed):
    worth = np.random.default_rng(seed).normal(size=players)

    def game(masks):
        return masks @ worth + 2.0

    tree = balanced(list(range(players)))
    owen = owen_values(game, tree, players, 500, seed)
    np.testing.assert_allclose(owen.values, worth, atol=1e-9)
    assert owen.empty == pytest.approx(2.0)
    assert owen.full == pytest.approx(2.0 + worth.sum())
    np.testing.assert_allclose(shapley_by_permutation(game, players, 2, seed), worth, atol=1e-9)


def test_random_state_of_numpy_is_left_alone():
    np.random.seed(5)
    expected = np.random.random(3)
    np.random.seed(5)
    owen_values(lambda masks: masks.sum(axis=1) ** 2.0, balanced(list(range(5))), 5, 20, seed=1)
    np.testing.assert_array_equal(np.random.random(3), expected)


def test_a_tree_becomes_a_linkage():
    rows = clustering_of(((0, 1), 2), 3)
    np.testing.assert_array_equal(rows[:, :2], [[0, 1], [3, 2]])
    np.testing.assert_array_equal(rows[:, 3], [2, 3])
