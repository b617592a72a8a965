"""Differences read well, and lead from one pipeline to the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.describe import describe_step, diff
from analysis.preprocessing.huggingface import pipeline_from_processor
from analysis.preprocessing.steps import SPECS
from analysis.preprocessing.tabular import default_table_pipeline
from analysis.preprocessing.text import default_text_pipeline
from analysis.types import Edit, Json, Kind, Modality, Pipeline, Step
from tests.unit.preprocessing.pictures import image_pipeline

LABELS = ("cat", "cucumber", "lion")
IMAGE = check_pipeline(pipeline_from_processor({"image_processor_type": "CLIPImageProcessor"}, LABELS))
TEXT = check_pipeline(default_text_pipeline(LABELS[:2], kind=Kind.REGRESSION))
TABLE = check_pipeline(default_table_pipeline(["age", "grams"], ("risk",), Kind.REGRESSION))

#: Step → parameters other than the documented ones; every step that has parameters is here.
OTHERWISE: dict[Modality, dict[str, list[dict[str, Json]]]] = {
    Modality.IMAGE: {
        "orientation": [{"exif": False, "rotate": 90}],
        "background": [{"color": None}, {"color": [1, 2, 3]}],
        "color_mode": [{"mode": "grey"}],
        "channel_order": [{"order": "BGR"}],
        "resize": [
            {"mode": "none"},
            {"mode": "squash", "height": 224, "width": 224, "resample": "bilinear"},
            {"mode": "shorter", "size": 300, "longer_max": 400, "resample": "bicubic"},
            {"mode": "pad", "height": 8, "width": 9, "color": [9, 9, 9], "resample": "lanczos"},
            {"mode": "crop_pct", "size": 8, "crop_pct": 0.9, "resample": "box"},
            {"mode": "longest", "size": 8, "resample": "bicubic"},
            {"mode": "fit", "height": 8, "width": 9, "resample": "bicubic"},
        ],
        "crop": [{"height": None, "width": None}, {"height": 9, "width": 7}],
        "rescale": [{"factor": 1.0, "offset": 0.0}, {"factor": 1 / 127.5, "offset": 1.0}],
        "normalize": [{"mean": None, "std": None}, {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}],
        "layout": [{"order": "HWC_as_CHW"}],
        "label_order": [{"labels": ["lion", "cucumber", "cat"]}, {"labels": ["a", "b"]}],
    },
    Modality.TEXT: {
        "encoding": [{"mojibake": "repair"}],
        "markup": [{"unescape": True, "strip_tags": True, "urls": "drop"}],
        "whitespace": [{"collapse": True}],
        "case": [{"mode": "lower"}],
        "pair_order": [{"order": "ba"}],
        "special_tokens": [{"add": False}],
        "truncation": [{"max_length": 64, "side": "left"}],
        "target_scale": [{"scale": 2.0, "offset": 1.0}],
        "label_order": [{"labels": ["cucumber", "cat"]}],
    },
    Modality.TABULAR: {
        "column_order": [
            {"columns": ["grams", "age"], "names": ["age", "grams"]},
            {"columns": None, "names": None},
        ],
        "missing": [{"sentinels": [-999.0], "fill": 0.0}],
        "units": [{"factors": {"age": 2.0}, "offsets": {"age": 1.0}, "logs": {"grams": "log"}}],
        "encoding": [{"categories": {"age": {"1": 2.0}}, "unknown": "missing"}],
        "scaling": [
            {"mode": "standard", "mean": {"age": 1.0}, "std": {"age": 2.0}, "times": 2},
            {"mode": "minmax", "min": {"age": 1.0}, "max": {"age": 2.0}, "times": 1},
        ],
        "target_scale": [{"scale": 2.0, "offset": 1.0}],
        "label_order": [{"labels": ["age"]}],
    },
}
BASES = {Modality.IMAGE: IMAGE, Modality.TEXT: TEXT, Modality.TABULAR: TABLE}
CASES = [
    pytest.param(modality, name, params, id=f"{modality.value}-{name}-{i}")
    for modality, steps in OTHERWISE.items()
    for name, several in steps.items()
    for i, params in enumerate(several)
]


def applied(edits: tuple[Edit, ...], pipeline: Pipeline) -> Pipeline:
    for edit in edits:
        pipeline = edit.apply(pipeline)
    return check_pipeline(pipeline)


def test_every_step_is_tried() -> None:
    tried = {(modality, name) for modality, steps in OTHERWISE.items() for name in steps}
    known = {(modality, spec.name) for spec in SPECS if spec.params for modality in spec.modalities}
    assert known - tried == {(Modality.IMAGE, "target_scale")}


@pytest.mark.parametrize(("modality", "name", "params"), CASES)
def test_a_difference_leads_there_and_back(modality: Modality, name: str, params: dict[str, Json]) -> None:
    documented = BASES[modality]
    other = check_pipeline(documented.replacing(Step(name, params)))
    there, back = diff(documented, other), diff(other, documented)
    assert there
    assert applied(there, documented) == other
    assert applied(back, other) == documented
    assert {edit.place for edit in there} == {name}
    for edit in there:
        assert " → " in edit.sentence or edit.sentence.endswith(" change places")
        assert dict(edit.before) != dict(edit.after)


variants = st.sampled_from(list(Modality)).flatmap(
    lambda modality: st.tuples(
        *[
            st.fixed_dictionaries(
                {name: st.sampled_from([None, *several]) for name, several in OTHERWISE[modality].items()}
            ).map(lambda steps, modality=modality: _varied(BASES[modality], steps))
            for _ in range(2)
        ]
    )
)


def _varied(pipeline: Pipeline, steps: dict[str, dict[str, Json] | None]) -> Pipeline:
    for name, params in steps.items():
        pipeline = pipeline if params is None else pipeline.replacing(Step(name, params))
    return check_pipeline(pipeline)


@settings(deadline=None)
@given(variants)
def test_differences_turn_any_pipeline_into_any_other(pair: tuple[Pipeline, Pipeline]) -> None:
    a, b = pair
    assert applied(diff(a, b), a) == b
    assert diff(b, b) == ()


def test_no_difference_where_pipelines_mean_the_same() -> None:
    short = image_pipeline(resize={"mode": "shorter", "size": 8}, crop={})
    long = image_pipeline(
        decode={}, resize={"mode": "shorter", "size": 8, "height": 3, "resample": "bilinear"}, layout={"order": "CHW"}
    )
    assert diff(short, long) == ()
    assert (
        diff(image_pipeline(rescale={"factor": 0.00392156862745098}), image_pipeline(rescale={"factor": 1 / 255})) == ()
    )


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("channel_order", {"order": "BGR"}, "channel order: RGB → BGR"),
        ("crop", {"height": None, "width": None}, "centre crop: centre 224×224 → none"),
        (
            "normalize",
            {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
            "normalisation: CLIP mean and standard deviation → ImageNet mean and standard deviation",
        ),
        ("rescale", {"factor": 1.0}, "pixel values: 0 to 1 → 0 to 255"),
        (
            "label_order",
            {"labels": ["lion", "cucumber", "cat"]},
            "label order: output 0: cat → lion, output 2: lion → cat",
        ),
    ],
)
def test_sentences(name: str, params: dict[str, Json], sentence: str) -> None:
    (edit,) = diff(IMAGE, check_pipeline(IMAGE.replacing(Step(name, params))))
    assert edit.sentence == sentence


def test_the_filter_is_an_edit_of_its_own() -> None:
    other = IMAGE.replacing(Step("resize", {"mode": "squash", "height": 224, "width": 224, "resample": "bilinear"}))
    assert [(e.step, e.place) for e in diff(IMAGE, other)] == [("resize", "resize"), ("interpolation", "resize")]


def test_two_swapped_labels_are_the_positive_class() -> None:
    (edit,) = diff(TEXT, TEXT.replacing(Step("label_order", {"labels": ["cucumber", "cat"]})))
    assert (edit.step, edit.place) == ("positive_class", "label_order")
    assert edit.sentence == "positive class: cucumber → cat"


def test_pipelines_of_different_modalities_have_no_difference() -> None:
    with pytest.raises(ValueError, match="no difference"):
        diff(IMAGE, TEXT)


@pytest.mark.parametrize(("modality", "name", "params"), CASES)
def test_every_step_is_described_in_one_line(modality: Modality, name: str, params: dict[str, Json]) -> None:
    for step in (BASES[modality].get(name), Step(name, params)):
        assert step is not None
        sentence = describe_step(step)
        assert sentence
        assert "\n" not in sentence
        assert "{" not in sentence
        assert "lambda" not in sentence
