"""Explaining one example of a data set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge

from analysis.errors import Cancelled, UnusableInput
from analysis.explain import Explanation, explain_example, model_input_picture
from analysis.explainers.registry import EXPLAINERS
from analysis.types import Kind, Modality, Step
from tests.unit.explainers.tiny_models import (
    IMAGE_PIPELINE,
    TEXT_PIPELINE,
    BrightSpots,
    dataset,
    image_candidate,
    noisy,
    png,
    spotted,
    table,
    table_candidate,
    text_candidate,
)

torch.set_num_threads(1)
PICTURES = dataset([spotted(0, 0), spotted(8, 8, 1), noisy()], ["cat", "Tiger", "cat"], Modality.IMAGE)


def test_the_predicted_label_is_explained_with_all_methods_that_fit():
    candidate = image_candidate(BrightSpots())
    found = explain_example(candidate, PICTURES, "1", IMAGE_PIPELINE)
    assert isinstance(found, Explanation)
    assert (found.truth, found.predicted, found.target, found.contrast) == ("Tiger", "cucumber", "cucumber", None)
    assert found.scores.shape == (3,)
    assert found.scores.sum() == pytest.approx(1)
    images = {name for name, explainer in EXPLAINERS.items() if Modality.IMAGE in explainer.modalities}
    assert {a.method for a in found.attributions} == images - {"attention_rollout"}
    assert found.refused == (("attention_rollout", "it needs a network with attention."),)
    assert found.text is None


def test_targets_follow_the_pipeline_s_label_order():
    candidate = image_candidate(BrightSpots())
    other = IMAGE_PIPELINE.replacing(Step("label_order", {"labels": ["cucumber", "tiger", "cat"]}))
    plain = explain_example(candidate, PICTURES, "0", IMAGE_PIPELINE, ["grad_cam"], target="cucumber", contrast="cat")
    renamed = explain_example(candidate, PICTURES, "0", other, ["grad_cam"], target="TIGER", contrast="cucumber")
    assert renamed.target == "tiger"
    np.testing.assert_array_equal(plain.attributions[0].scores, renamed.attributions[0].scores)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("Grad-CAM", "grad_cam"),
        ("shap", "shap_partition"),
        ("IG", "integrated_gradients"),
        ("SmoothGrad", "smooth_grad"),
    ],
)
def test_methods_go_by_what_people_call_them(name, method):
    found = explain_example(image_candidate(BrightSpots()), PICTURES, "0", IMAGE_PIPELINE, [name])
    assert [a.method for a in found.attributions] == [method]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"methods": ["lime"]}, "There is no method “lime”. .*grad_cam"),
        ({"methods": ["leave_one_out"]}, "it is for text models.*Methods that fit: grad_cam"),
        ({"target": "dog"}, "no label “dog”. Choose one of: cat, cucumber, tiger"),
        ({"contrast": "dog"}, "no label “dog”"),
        ({"target": "cat", "contrast": "cat"}, "against itself"),
        ({"options": {"occlusion": {"windows": 3}}}, "no parameter “windows”. It has: baseline, window"),
        ({"options": {"occlusion": {"window": "wide"}}}, "can't take 'wide'"),
        ({"options": {"occlusion": {"baseline": "pink"}}}, "no baseline “pink”"),
    ],
)
def test_what_is_unknown_is_refused_with_the_choices(arguments, words):
    with pytest.raises(UnusableInput, match=words):
        explain_example(
            image_candidate(BrightSpots()), PICTURES, "0", IMAGE_PIPELINE, **{"methods": "all", **arguments}
        )


def test_an_unknown_example_is_refused():
    with pytest.raises(UnusableInput, match="no example “9”"):
        explain_example(image_candidate(BrightSpots()), PICTURES, "9", IMAGE_PIPELINE)


def test_parameters_can_be_given():
    found = explain_example(
        image_candidate(BrightSpots()), PICTURES, "0", IMAGE_PIPELINE, ["occlusion"],
        options={"occlusion": {"baseline": "black", "window": 8}},
    )  # fmt: skip
    assert found.attributions[0].params["window"] == 8
    assert found.attributions[0].baseline == "a window of a black picture"


def test_one_method_that_breaks_does_not_cost_the_others(monkeypatch):
    class Broken(type(EXPLAINERS["saliency"])):
        def attribute(self, _view):
            raise RuntimeError("no kernel for this\nand more")

    monkeypatch.setitem(EXPLAINERS, "saliency", Broken())
    candidate = image_candidate(BrightSpots())
    found = explain_example(candidate, PICTURES, "0", IMAGE_PIPELINE, ["saliency", "grad_cam"])
    assert [a.method for a in found.attributions] == ["grad_cam"]
    assert found.refused == (("saliency", "it failed on this model: RuntimeError: no kernel for this"),)
    with pytest.raises(UnusableInput, match="no kernel"):
        explain_example(candidate, PICTURES, "0", IMAGE_PIPELINE, ["saliency"])


def test_a_cancel_is_passed_on(monkeypatch):
    class Slow(type(EXPLAINERS["saliency"])):
        def attribute(self, _view):
            raise Cancelled("stopped")

    monkeypatch.setitem(EXPLAINERS, "saliency", Slow())
    with pytest.raises(Cancelled):
        explain_example(image_candidate(BrightSpots()), PICTURES, "0", IMAGE_PIPELINE)


def test_texts_come_with_what_their_spans_refer_to():
    upper = replace(TEXT_PIPELINE, steps=(Step("case", {"mode": "lower"}), *TEXT_PIPELINE.steps))
    data = dataset(["Good FILM"], ["positive"], Modality.TEXT)
    found = explain_example(text_candidate(), data, "0", upper, "all")
    assert found.text == "good film"
    for attribution in found.attributions:
        assert [found.text[a:b] for a, b in attribution.spans if b > a] == ["good", "film"]
        assert any("as the pipeline changed it" in note for note in attribution.notes)


def test_tables_take_usual_rows_from_the_data():
    frame = table()
    model = LogisticRegression().fit(frame, np.where(frame["a"] > 0, "yes", "no"))
    candidate = table_candidate(model)
    data = dataset(frame, ["yes"] * len(frame), Modality.TABULAR)
    found = explain_example(candidate, data, "4", candidate.pipeline)
    assert [a.method for a in found.attributions] == ["shap_linear", "shap_permutation"]
    assert found.attributions[0].baseline == "the mean of 59 rows of the data"
    assert dict(found.refused)["shap_tree"].startswith("it reads decision trees")


def test_a_regression_has_a_value_and_one_target():
    frame = table()
    candidate = table_candidate(Ridge().fit(frame, frame["a"] * 2))
    data = dataset(frame, list(frame["a"] * 2), Modality.TABULAR, Kind.REGRESSION)
    found = explain_example(candidate, data, "4", candidate.pipeline, ["shap"])
    assert isinstance(found.truth, float)
    assert found.predicted == pytest.approx(found.truth, abs=0.2)
    assert found.target == "value"
    with pytest.raises(UnusableInput):
        explain_example(candidate, data, "4", candidate.pipeline, contrast="value")


def test_the_picture_is_what_the_network_receives():
    array = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    candidate = image_candidate(BrightSpots())
    np.testing.assert_array_equal(model_input_picture(candidate, png(array), IMAGE_PIPELINE), array)
    blue = replace(IMAGE_PIPELINE, steps=(Step("channel_order", {"order": "BGR"}), *IMAGE_PIPELINE.steps))
    np.testing.assert_array_equal(model_input_picture(candidate, png(array), blue), array[:, :, ::-1])
