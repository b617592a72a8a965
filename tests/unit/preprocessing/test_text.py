"""Steps on strings."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.text import apply_text, default_text_pipeline, misread, repaired, tokenizer_options
from analysis.types import Json, Kind, Modality, Pipeline, Step


def made(**steps: dict[str, Json]) -> Pipeline:
    return check_pipeline(Pipeline(Modality.TEXT, tuple(Step(name, params) for name, params in steps.items())))


@pytest.mark.parametrize(
    ("steps", "before", "after"),
    [
        ({}, "  As\tit is &amp; was ", "  As\tit is &amp; was "),
        ({"encoding": {"mojibake": "latin1"}}, "café", "cafÃ©"),
        ({"encoding": {"mojibake": "cp1252"}}, "it’s", "itâ€™s"),
        ({"encoding": {"mojibake": "repair"}}, "cafÃ© itâ€™s", "café it’s"),
        ({"encoding": {"mojibake": "repair"}}, "café, déjà vu", "café, déjà vu"),
        ({"encoding": {"mojibake": "repair"}}, "日本", "日本"),
        ({"markup": {"unescape": True}}, "a &lt;b&gt; &amp;amp; &#39;", "a <b> &amp; '"),
        ({"markup": {"strip_tags": True}}, "<p class='x'>a<br/>b</p><!-- <i>no</i> -->", " a b  "),
        ({"markup": {"strip_tags": True}}, "1 < 2 and 3 > 2, I <3 it", "1 < 2 and 3 > 2, I <3 it"),
        ({"markup": {"unescape": True, "strip_tags": True}}, "&lt;b&gt;a&lt;/b&gt;", " a "),
        ({"markup": {"urls": "drop"}}, "see https://a.b/c?d=1, or www.x.org.", "see , or ."),
        ({"markup": {"urls": "placeholder"}}, "(HTTP://A.B/c) now", "(http) now"),
        ({"whitespace": {"collapse": True}}, "\n a \t\u00a0 b\r\n", "a b"),
        ({"case": {"mode": "lower"}}, "ÄB", "äb"),
        ({"case": {"mode": "upper"}}, "äb", "ÄB"),
    ],
)
def test_known_answers(steps: dict[str, dict[str, Json]], before: str, after: str) -> None:
    assert apply_text(before, made(**steps)) == after
    assert apply_text((before, "x"), made(**steps)) == (after, apply_text("x", made(**steps)))


def test_pairs_can_be_swapped_and_single_texts_not() -> None:
    pipeline = made(case={"mode": "lower"}, pair_order={"order": "ba"})
    assert apply_text(("A", "B"), pipeline) == ("b", "a")
    assert apply_text("A", pipeline) == "a"


@settings(deadline=None)
@given(st.text(), st.sampled_from(["latin1", "cp1252"]))
def test_repair_undoes_what_was_misread(text: str, encoding: str) -> None:
    assert repaired(misread(text, encoding)) == text


@settings(deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=0x24F, exclude_categories=("Cs",))))
def test_what_can_not_be_repaired_stays(text: str) -> None:
    found = repaired(text)
    assert found == text or misread(found, "latin1") == text or len(found) < len(text)


@settings(deadline=None)
@given(st.text() | st.tuples(st.text(), st.text()))
def test_the_default_changes_nothing(text: str | tuple[str, str]) -> None:
    assert apply_text(text, check_pipeline(default_text_pipeline(("a", "b")))) == text


@pytest.mark.parametrize("piece", ["<!--", "<a ", "http://", "&", "<", "www.!", "&lt;!--"])
def test_hostile_texts_take_no_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    pipeline = made(markup={"unescape": True, "strip_tags": True, "urls": "drop"}, whitespace={"collapse": True})
    began = time.process_time()
    apply_text(text, pipeline)
    assert time.process_time() - began < 3


def test_what_the_tokenizer_is_told() -> None:
    pipeline = made(special_tokens={"add": False}, truncation={"max_length": 64, "side": "left"})
    assert tokenizer_options(pipeline) == {
        "add_special_tokens": False,
        "truncation": True,
        "max_length": 64,
        "truncation_side": "left",
    }


def test_a_regression_has_a_unit_and_lower_case_is_an_option() -> None:
    pipeline = default_text_pipeline(("stars",), max_length=99, side="left", lower=True, kind=Kind.REGRESSION)
    assert check_pipeline(pipeline) == pipeline
    assert pipeline.get("target_scale") is not None
    assert pipeline.param("case", "mode") == "lower"
    assert tokenizer_options(pipeline)["max_length"] == 99
    assert default_text_pipeline(("a", "b")).get("target_scale") is None
