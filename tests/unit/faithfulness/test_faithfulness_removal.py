"""Deletion, insertion and the verdict, where the answer is known."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression, Ridge

from analysis.errors import Cancelled, UnusableInput
from analysis.explain import explain_example
from analysis.explainers.registry import EXPLAINERS
from analysis.faithfulness import Verdict, examine
from analysis.faithfulness.removal import Comparison, area, levels, order_of, p_value, random_orders, removed
from analysis.faithfulness.verdict import ALPHA, judge
from analysis.progress import Progress
from analysis.types import Kind, Modality
from tests.unit.explainers.tiny_models import (
    IMAGE_PIPELINE,
    TEXT_PIPELINE,
    BrightSpots,
    LinearPixels,
    dataset,
    image_candidate,
    noisy,
    png,
    run_in_threads,
    state_of,
    table,
    table_candidate,
    text_candidate,
)

torch.set_num_threads(1)
PICTURES = dataset([noisy(seed) for seed in range(40)], ["cat"] * 40, Modality.IMAGE)
TEXTS = dataset(
    ["good film very bad very film film film very very", "good", "film very film very film very"],
    ["positive"] * 3,
    Modality.TEXT,
)


def judged(candidate, data, example, method, *, change=lambda scores: scores, pipeline=None, **asked):
    pipeline = pipeline or candidate.pipeline
    found = explain_example(candidate, data, example, pipeline, [method], **asked)
    attribution = found.attributions[0]
    changed = replace(attribution, scores=change(attribution.scores))
    return examine(candidate, data, found, pipeline).judge(changed)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70), st.integers(0, 100))
def test_showing_an_order_is_removing_its_reverse_backwards(count: int, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(count)
    steps = levels(count)
    assert steps[0] == 0
    assert steps[-1] == count
    np.testing.assert_array_equal(count - steps[::-1], steps)
    shown = removed(order[::-1], steps)[::-1]
    for k, mask in zip(steps, shown, strict=True):
        assert set(np.flatnonzero(mask)) == set(order[:k])
        assert set(np.flatnonzero(removed(order, np.array([k]))[0])) == set(order[k:])


def test_equal_parts_come_in_random_order_and_the_strongest_first() -> None:
    assert list(order_of(np.array([0.0, 3.0, -1.0, 2.0]), 0)) == [1, 3, 0, 2]
    assert len({tuple(order_of(np.zeros(6), seed)) for seed in range(10)}) > 5


def test_the_p_value_is_that_of_a_permutation_test() -> None:
    assert p_value(np.ones(39)) == 1 / 40
    assert p_value(np.array([1.0, 0.0, -1.0, 1.0])) == 3 / 5  # A tie counts against the map.


def test_areas_are_those_of_trapezoids() -> None:
    assert area(np.array([0.0, 0.5, 1.0]), np.array([1.0, 0.0, 0.0])) == 0.25


def test_the_curves_of_a_text_are_those_of_its_words() -> None:
    """The logits are sums of words: what they are without some is worked out by hand."""
    found = judged(text_candidate(), TEXTS, "0", "leave_one_out", target="positive")
    mask, words = 0.25, {"good": (-1.0, 2.0), "bad": (3.0, -1.0), "film": (0.0, 0.0), "very": (0.0, 0.0)}
    order = ["good", *["-"] * 8, "bad"]  # The words between speak for nothing but less than the mask token does.
    present, expected = TEXTS.inputs(np.array([0]))[0].split(), []
    for k in range(11):
        gone = order[:k]
        left = [w for w in present if w not in gone]
        left = [w for w in left if w in ("good", "bad")]
        negative = sum(words[w][0] for w in left)
        positive = sum(words[w][1] for w in left) + mask * k
        expected.append(expit(positive - negative))
    np.testing.assert_allclose(found.deletion.ours, expected, atol=1e-5)
    assert found.deletion.auc == pytest.approx(area(np.linspace(0, 1, 11), np.array(expected)), abs=1e-5)
    assert found.insertion.ours[0] == pytest.approx(found.deletion.ours[-1])
    assert (found.parts, found.noun, found.outcome) == (10, "words", "probability")


def test_random_orders_are_what_they_would_be_if_they_were_maps() -> None:
    """Insertion of random orders comes from the curves of their reverses: here it is computed anew."""
    candidate = image_candidate(LinearPixels())
    found = explain_example(candidate, PICTURES, "0", IMAGE_PIPELINE, ["saliency"])
    examination = examine(candidate, PICTURES, found, IMAGE_PIPELINE)
    judgement = examination.judge(found.attributions[0])
    orders, steps = random_orders(examination.parts, 0), levels(64)
    for number in (0, 1, 2, 7):
        shown = removed(orders[number][::-1], steps)[::-1]
        gone = removed(orders[number], steps)
        again = examination.parts.outcome(shown, Progress()), examination.parts.outcome(gone, Progress())
        np.testing.assert_allclose(judgement.insertion.chance[number], again[0], atol=1e-6)
        np.testing.assert_allclose(judgement.deletion.chance[number], again[1], atol=1e-6)


def test_the_outcome_is_the_probability_of_the_target_or_its_share_of_both() -> None:
    candidate = image_candidate(LinearPixels())
    whole = np.ones((1, 64), dtype=bool)
    logits = candidate.forward(candidate.prepare(PICTURES.inputs(np.array([0])), IMAGE_PIPELINE))[0]
    for contrast in (None, "tiger"):
        asked = explain_example(candidate, PICTURES, "0", IMAGE_PIPELINE, ["saliency"], "cat", contrast)
        parts = examine(candidate, PICTURES, asked, IMAGE_PIPELINE).parts
        expected = softmax(logits)[0] if contrast is None else expit(logits[0] - logits[2])
        assert parts.outcome(whole, Progress())[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion", "shap_partition"])
def test_exact_maps_of_a_linear_network_are_trustworthy_and_turned_round_they_are_not(method: str) -> None:
    candidate = image_candidate(LinearPixels())
    asked = {"target": "cat", "contrast": "tiger"}
    # The same absence as the examination's: then the scores of a linear network are exact.
    options = {method: {"baseline": "blur"}}
    true = judged(candidate, PICTURES, "0", method, options=options, **asked)
    assert true.verdict is Verdict.TRUSTWORTHY
    assert true.deletion.auc < true.deletion.chance_auc
    assert true.insertion.auc > true.insertion.chance_auc
    false = judged(candidate, PICTURES, "0", method, options=options, change=lambda s: -s, **asked)
    assert false.verdict is Verdict.CHANCE
    assert (false.deletion.wins, false.insertion.wins) == (0, 0)


def test_maps_that_know_nothing_are_seldom_called_trustworthy() -> None:
    candidate = image_candidate(LinearPixels())
    verdicts = []
    for example in PICTURES.table["id"]:
        found = explain_example(candidate, PICTURES, example, IMAGE_PIPELINE, ["random_map"], seed=int(example))
        verdicts.append(examine(candidate, PICTURES, found, IMAGE_PIPELINE).judge(found.attributions[0]).verdict)
    assert verdicts.count(Verdict.TRUSTWORTHY) <= 5
    assert verdicts.count(Verdict.CHANCE) >= 20


def test_a_map_that_says_the_same_of_everything_is_no_better_than_random() -> None:
    found = judged(image_candidate(LinearPixels()), PICTURES, "1", "saliency", change=np.ones_like)
    assert found.verdict is not Verdict.TRUSTWORTHY
    assert found.stability is None


def test_a_row_of_a_regression_is_judged_in_its_own_unit() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 8)), columns=list("abcdefgh"))
    model = Ridge(alpha=1e-6).fit(frame, 100 + frame.to_numpy() @ [5, 1, -8, 2, -3, 4, 0.5, 7])
    candidate = table_candidate(model, tuple(frame.columns))
    data = dataset(frame, [0.0] * 80, Modality.TABULAR, Kind.REGRESSION)
    found = judged(candidate, data, "3", "shap_linear")
    assert found.outcome == "value"
    assert found.absent == "the values of 25 rows of the data"
    assert found.deletion.ours[0] == pytest.approx(float(model.predict(frame.iloc[[3]])[0]), rel=1e-5)
    assert found.deletion.wins == 40 - int(found.deletion.p_value * 41 - 1 + 0.5)
    assert found.verdict is Verdict.TRUSTWORTHY
    assert found.stability == pytest.approx(1, abs=0.15)


def test_too_few_parts_can_not_be_told_apart() -> None:
    frame = table()
    model = LogisticRegression().fit(frame, np.where(frame["a"] > 0, "yes", "no"))
    data = dataset(frame, ["yes"] * len(frame), Modality.TABULAR)
    found = judged(table_candidate(model), data, "0", "shap_linear")
    assert found.verdict is Verdict.UNKNOWN
    assert found.reason == "With only 3 columns, a random order is often as good as the best."
    alone = judged(text_candidate(), TEXTS, "1", "leave_one_out")
    assert "With only 1 word," in alone.reason


def test_an_answer_that_does_not_move_decides_nothing() -> None:
    class Deaf(LinearPixels):
        def forward(self, pixel_values):
            out = super().forward(pixel_values)
            out.logits = out.logits * 1e-7
            return out

    found = judged(image_candidate(Deaf()), PICTURES, "0", "saliency")
    assert found.verdict is Verdict.UNKNOWN
    assert "hardly changes" in found.reason


def test_a_table_of_one_row_is_refused_with_what_to_do() -> None:
    frame = table()
    model = LogisticRegression().fit(frame, np.where(frame["a"] > 0, "yes", "no"))
    candidate = table_candidate(model)
    data, alone = (dataset(frame.iloc[:n], ["yes"] * n, Modality.TABULAR) for n in (9, 1))
    found = explain_example(candidate, data, "0", candidate.pipeline, ["shap_linear"])
    with pytest.raises(UnusableInput, match="no other rows"):
        examine(candidate, alone, found, candidate.pipeline)


def comparison(gains, lower_wins=True):
    """Return curves whose map beats random orders by these areas."""
    chance = np.stack([[0.5 + g, 0.5 + g] if lower_wins else [0.5 - g, 0.5 - g] for g in gains])
    return Comparison(np.array([0.0, 1.0]), np.array([0.5, 0.5]), chance, lower_wins)


WINS, ONE_LOST, HALF, NONE = [0.1] * 40, [0.1] * 39 + [-0.1], [0.1] * 20 + [-0.1] * 20, [-0.1] * 40


@pytest.mark.parametrize(
    ("deletion", "insertion", "stability", "verdict"),
    [
        (WINS, ONE_LOST, 0.9, Verdict.TRUSTWORTHY),
        (WINS, WINS, None, Verdict.TRUSTWORTHY),
        (WINS, WINS, 0.4, Verdict.UNKNOWN),
        (WINS, HALF, 0.9, Verdict.UNKNOWN),
        (HALF, HALF, 0.9, Verdict.CHANCE),
        (NONE, NONE, 0.9, Verdict.CHANCE),
        ([0.1] * 36 + [-0.1] * 4, [0.1] * 36 + [-0.1] * 4, 0.9, Verdict.UNKNOWN),
        # Those that win in one lose more in the other: by both together none is better.
        ([0.1] * 36 + [-0.01] * 4, [-0.01] * 4 + [0.1] * 36, 0.9, Verdict.TRUSTWORTHY),
        ([0.1] * 40, [-0.01] * 10 + [0.1] * 30, 0.9, Verdict.UNKNOWN),
    ],
)
def test_the_rule_of_the_verdict(deletion, insertion, stability, verdict) -> None:
    one, other = comparison(deletion), comparison(insertion, lower_wins=False)
    assert (one.p_value <= ALPHA) is (deletion in (WINS, ONE_LOST))
    assert one.wins == sum(g > 0 for g in deletion)
    found = judge(one, other, 64, ("tile", "tiles"), stability)
    assert found.verdict is verdict
    assert found.reason.endswith(".")


def test_the_verdicts_are_said_in_these_words() -> None:
    assert [v.value for v in Verdict] == ["trustworthy on this example", "no better than random", "can't tell"]


def test_the_stability_of_a_linear_network_s_gradient_is_one_and_chance_has_none() -> None:
    candidate = image_candidate(LinearPixels())
    assert judged(candidate, PICTURES, "0", "saliency").stability == pytest.approx(1)
    assert abs(judged(candidate, PICTURES, "0", "random_map").stability) < 0.4
    assert judged(text_candidate(), TEXTS, "2", "random_map").stability < 0.9


def test_the_network_is_left_as_it_was_and_a_cancel_stops_it() -> None:
    candidate = image_candidate(BrightSpots())
    found = explain_example(candidate, PICTURES, "0", IMAGE_PIPELINE, ["integrated_gradients"])
    before = state_of(candidate.module)
    examination = examine(candidate, PICTURES, found, IMAGE_PIPELINE)
    for wanted in ("random orders", "map's order", "noise"):
        cancel = threading.Event()

        def report(state, wanted=wanted, cancel=cancel):
            if wanted in state.what:
                cancel.set()

        with pytest.raises(Cancelled):
            examination.judge(found.attributions[0], Progress(report, cancel))
        examination.judge(found.attributions[0]) if wanted == "random orders" else None
    assert state_of(candidate.module) == before


def test_many_threads_share_the_random_orders_and_get_the_same() -> None:
    candidate = text_candidate()
    found = explain_example(candidate, TEXTS, "0", TEXT_PIPELINE)
    examination = examine(candidate, TEXTS, found, TEXT_PIPELINE)
    asked, original = [], type(candidate).forward

    def counting(prepared, **more):
        asked.append(len(prepared))
        return original(candidate, prepared, **more)

    candidate.forward = counting
    results = run_in_threads(lambda: examination.judge(found.attributions[0]), 8)
    assert len({(r.verdict, r.deletion.auc, r.insertion.auc, r.stability) for r in results}) == 1
    # Eight maps cost eight times their own masks (at most 20 of 10 words), and the random orders once (at most 362).
    assert sum(asked) <= 8 * 20 + 362


def test_every_method_can_be_judged() -> None:
    candidate = image_candidate(BrightSpots())
    data = dataset([png(np.random.default_rng(0).integers(0, 256, (32, 32, 3)))], ["cat"], Modality.IMAGE)
    found = explain_example(candidate, data, "0", IMAGE_PIPELINE)
    examination = examine(candidate, data, found, IMAGE_PIPELINE)
    assert len(found.attributions) > 5
    for attribution in found.attributions:
        judgement = examination.judge(attribution)
        assert judgement.method == attribution.method in EXPLAINERS
        assert 0 <= judgement.deletion.auc <= 1
        assert judgement.stability is None or -1 <= judgement.stability <= 1
