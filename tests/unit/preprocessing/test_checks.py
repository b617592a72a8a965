"""Pipelines are checked against the registry, step by step."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline, in_full
from analysis.preprocessing.params import REQUIRED
from analysis.preprocessing.reference import markdown
from analysis.preprocessing.spec import StepSpec
from analysis.preprocessing.steps import OPTIONAL, SPECS, steps_of
from analysis.types import Json, Modality, Pipeline, Step

DOCS = Path(__file__).resolve().parents[3] / "docs" / "pipelines.md"


def one(modality: Modality, name: str, **params: Json) -> Pipeline:
    return Pipeline(modality, (Step(name, params),))


def test_docs_hold_every_registered_step() -> None:
    assert DOCS.read_text(encoding="utf-8").endswith("<!-- reference -->\n" + markdown())
    for spec in SPECS:
        assert f"### `{spec.name}`" in markdown()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.modalities[0].value}-{spec.name}")
def test_every_step_says_what_it_is(spec: StepSpec) -> None:
    assert spec.sentence.endswith(".")
    assert spec.effect.endswith(".")
    assert spec.title
    for param in spec.params:
        assert param.sentence.endswith(".")
        assert param.takes
        if param.default is not REQUIRED:
            assert param.read(param.default) == param.default
    for modality in spec.modalities:
        checked = check_pipeline(one(modality, spec.name, **spec.neutral)).get(spec.name)
        assert checked is not None
        assert {key: checked.params[key] for key in spec.neutral} == spec.neutral


@pytest.mark.parametrize("modality", Modality)
def test_nothing_is_filled_in_as_steps_that_do_nothing(modality: Modality) -> None:
    empty = check_pipeline(Pipeline(modality, ()))
    assert [s.name for s in empty.steps] == [s.name for s in steps_of(modality) if s.name not in OPTIONAL]
    assert check_pipeline(empty) == empty
    assert in_full(empty) == empty
    assert Pipeline.from_json(empty.to_json()) == empty


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        (one(Modality.IMAGE, "resise"), "resise.*“resize”"),
        (one(Modality.TEXT, "resize", mode="none"), "text has no step “resize”"),
        (one(Modality.IMAGE, "resize", mode="squash", heigth=3, width=3), "“heigth”.*“height”"),
        (one(Modality.IMAGE, "decode", quality=3), "takes none"),
        (one(Modality.IMAGE, "resize", mode="squash", width=3), "“resize” lacks “height”"),
        (one(Modality.IMAGE, "resize", mode="squash", height=None, width=3), "“resize” lacks “height”"),
        (one(Modality.IMAGE, "resize", mode="squash", height=4097, width=3), "from 1 to 4096"),
        (one(Modality.IMAGE, "resize", mode="squash", height=2.5, width=3), "“height” is 2.5"),
        (one(Modality.IMAGE, "resize", mode="squash", height=True, width=3), "“height” is True"),
        (one(Modality.IMAGE, "resize", mode="squash", height=float("inf"), width=3), "“height” is inf"),
        (one(Modality.IMAGE, "resize", mode="shorter", size=10, resample="cubic"), "one of nearest"),
        (one(Modality.IMAGE, "resize", mode="crop_pct", size=10, crop_pct=0), "“crop_pct” is 0"),
        (one(Modality.IMAGE, "resize", mode="crop_pct", size=10, crop_pct=1.2), "“crop_pct” is 1.2"),
        (one(Modality.IMAGE, "resize", mode=["squash"]), "“mode”"),
        (one(Modality.IMAGE, "crop", height=3), "only one of"),
        (one(Modality.IMAGE, "rescale"), "lacks “factor”"),
        (one(Modality.IMAGE, "rescale", factor=float("nan")), "“factor” is nan"),
        (one(Modality.IMAGE, "rescale", factor=10**400), "“factor”"),
        (one(Modality.IMAGE, "normalize", mean=[1, 2]), "three finite numbers"),
        (one(Modality.IMAGE, "normalize", std=[1, 2, 0]), "other than 0"),
        (one(Modality.IMAGE, "background", color=[0, 0, 256]), "from 0 to 255"),
        (one(Modality.IMAGE, "orientation", rotate=45), "0, 90, 180, 270"),
        (one(Modality.IMAGE, "orientation", exif=1), "true or false"),
        (one(Modality.IMAGE, "channel_order", order="RGA"), "RGB"),
        (one(Modality.IMAGE, "label_order", labels="cat"), "list of names"),
        (one(Modality.TEXT, "truncation", max_length=0), "from 1"),
        (one(Modality.TEXT, "encoding", categories={}), "no parameter “categories”"),
        (one(Modality.TABULAR, "encoding", categories={"a": 3}), "that of “a” must be an object"),
        (one(Modality.TABULAR, "units", factors={"a": 0}), "that of “a” must be a number other than 0"),
        (one(Modality.TABULAR, "units", logs={"a": "ln"}), "that of “a”"),
        (one(Modality.TABULAR, "scaling", mode="standard", mean={"a": 1}), "not of the same columns"),
        (one(Modality.TABULAR, "scaling", mode="standard", mean={"a": 1}, std={"a": 0}), "above 0"),
        (one(Modality.TABULAR, "column_order", names=["a"]), "not equally many"),
        (one(Modality.TABULAR, "column_order", columns=["a", "b"], names=["x", "x"]), "different names"),
        (one(Modality.TABULAR, "missing", sentinels=[None]), "numbers and texts"),
        (Pipeline(Modality.TEXT, (Step("case", {}), Step("markup", {}))), "order in which they run"),
    ],
)
def test_what_is_wrong_is_said_in_words(pipeline: Pipeline, words: str) -> None:
    with pytest.raises(UnusableInput, match=f"(?s){words}"):
        check_pipeline(pipeline)


def test_parameters_without_meaning_are_dropped() -> None:
    stale = one(Modality.IMAGE, "resize", mode="squash", height=3, width=4.0, size=99999, crop_pct=None)
    step = check_pipeline(stale).get("resize")
    assert step is not None
    assert step.params == {"mode": "squash", "height": 3, "width": 4, "resample": "bilinear"}


def test_pipelines_that_say_the_same_have_one_fingerprint() -> None:
    short = one(Modality.IMAGE, "resize", mode="shorter", size=256)
    long = one(Modality.IMAGE, "resize", mode="shorter", size=256, longer_max=None, resample="bilinear", height=None)
    assert check_pipeline(short).fingerprint == check_pipeline(long).fingerprint


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
specs_and_values = st.sampled_from(SPECS).flatmap(
    lambda spec: st.tuples(
        st.just(spec),
        st.dictionaries(st.sampled_from([p.name for p in spec.params] or ["none"]), json_values, max_size=3),
    )
)


@settings(deadline=None)
@given(specs_and_values)
def test_any_value_is_either_taken_or_refused_in_words(drawn: tuple[StepSpec, dict[str, Json]]) -> None:
    spec, params = drawn
    try:
        checked = check_pipeline(one(spec.modalities[0], spec.name, **params))
    except UnusableInput:
        return
    assert check_pipeline(checked) == checked
    assert Pipeline.from_json(checked.to_json()).fingerprint == checked.fingerprint
