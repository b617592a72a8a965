"""Edits of one example: known answers, and suggestions that are tried again before they are believed."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier

from analysis.errors import Cancelled, UnusableInput
from analysis.explainers.registry import EXPLAINERS
from analysis.progress import Progress
from analysis.types import Kind, Modality
from analysis.what_if import (
    Change,
    alternatives,
    answer_to,
    apply_changes,
    attribution_of,
    ranges_of,
    raw_of,
    smallest_change,
    smallest_deletions,
    to_json,
    words_of,
)
from analysis.what_if.texts import without
from tests.unit.explainers.tiny_models import (
    IMAGE_PIPELINE,
    TEXT_PIPELINE,
    BrightSpots,
    dataset,
    image_candidate,
    png,
    spotted,
    table,
    table_candidate,
    text_candidate,
)


def linear():
    """The answer changes where a = 0.5, whatever b and c are."""
    frame = table(200)
    frame["a"] = np.linspace(-2, 2, 200)
    model = LogisticRegression().fit(frame, frame["a"] > 0.5)
    model.coef_, model.intercept_ = np.array([[4.0, 0.0, 0.0]]), np.array([-2.0])
    return table_candidate(model), dataset(frame, ["False"] * 200, Modality.TABULAR)


def test_the_smallest_change_of_a_row_is_the_known_one():
    candidate, data = linear()
    row = raw_of(data, "25")
    found = smallest_change(candidate, row, candidate.pipeline, ranges_of(data))
    (made,) = found.changes
    assert made.params["column"] == "a"
    assert made.params["value"] == pytest.approx(0.5, abs=0.01)
    before = answer_to(candidate, row, candidate.pipeline)
    after = answer_to(candidate, apply_changes(row, found.changes, candidate.pipeline), candidate.pipeline)
    assert (before.label, after.label) == ("False", "True")
    assert found.distance == pytest.approx((0.5 - row["a"].iloc[0]) / np.linspace(-2, 2, 200).std(), abs=0.02)


def test_two_features_are_changed_where_one_is_not_enough():
    frame = pd.DataFrame({"a": [0, 0, 1, 1] * 10, "b": [0, 1, 0, 1] * 10})
    candidate = table_candidate(DecisionTreeClassifier(random_state=0).fit(frame, frame["a"] & frame["b"]), ("a", "b"))
    data = dataset(frame, ["0"] * 40, Modality.TABULAR)
    # A tree gives no way to go from 0, 0 one step at a time: nothing is found, and that is said.
    assert smallest_change(candidate, raw_of(data, "0"), candidate.pipeline, ranges_of(data)).changes == ()
    soft = table_candidate(LogisticRegression(C=100).fit(frame, frame["a"] & frame["b"]), ("a", "b"))
    found = smallest_change(soft, raw_of(data, "0"), soft.pipeline, ranges_of(data))
    assert sorted(c.params["column"] for c in found.changes) == ["a", "b"]
    assert all(c.params["value"] == 1 for c in found.changes)


def test_a_regression_is_led_to_a_value():
    frame = table(100)
    candidate = table_candidate(Ridge(alpha=1e-6).fit(frame, 3 * frame["a"]))
    data = dataset(frame, list(3 * frame["a"]), Modality.TABULAR, Kind.REGRESSION)
    row = raw_of(data, "3")
    here = answer_to(candidate, row, candidate.pipeline).score
    found = smallest_change(candidate, row, candidate.pipeline, ranges_of(data), goal=here + 1)
    after = answer_to(candidate, apply_changes(row, found.changes, candidate.pipeline), candidate.pipeline)
    assert after.score == pytest.approx(here + 1, abs=0.02)
    far = smallest_change(candidate, row, candidate.pipeline, ranges_of(data), goal=1e6)
    assert far.changes == ()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 199))
def test_a_suggestion_stays_in_the_data_s_range_and_really_changes_the_answer(row):
    candidate, data = linear()
    ranges = ranges_of(data)
    raw = raw_of(data, str(row))
    found = smallest_change(candidate, raw, candidate.pipeline, ranges)
    before = answer_to(candidate, raw, candidate.pipeline)
    after = answer_to(candidate, apply_changes(raw, found.changes, candidate.pipeline), candidate.pipeline)
    assert before.best != after.best
    for made in found.changes:
        known = ranges.numbers[made.params["column"]]
        assert known[0] <= made.params["value"] <= known[-1]


def test_whole_numbers_stay_whole_and_categories_are_tried():
    frame = pd.DataFrame({"n": [1, 2, 3, 9], "kind": ["x", "y", "x", None], "same": [1.5] * 4})
    data = dataset(frame, ["a"] * 4, Modality.TABULAR)
    ranges = ranges_of(data)
    assert ranges.whole == ("n",)
    assert ranges.categories == {"kind": ("x", "y")}
    assert ranges.numbers["n"][-1] == 9
    assert ranges_of(data, ["n"]).categories == {}


def test_a_row_is_changed_in_a_copy():
    raw = pd.DataFrame({"a": [1.0], "n": [2]})
    made = apply_changes(raw, [Change("set", {"column": "n", "value": 2.5})], IMAGE_PIPELINE)
    assert (raw["n"].iloc[0], made["n"].iloc[0]) == (2, 2.5)
    assert apply_changes(raw, [], IMAGE_PIPELINE) is raw
    with pytest.raises(UnusableInput, match="no column “z”"):
        apply_changes(raw, [Change("set", {"column": "z", "value": 1})], IMAGE_PIPELINE)


def test_the_fewest_words_are_left_out():
    candidate = text_candidate()
    one = smallest_deletions(candidate, "good bad film", TEXT_PIPELINE)
    assert one.words == ("bad",)
    assert one.text == "good film"
    two = smallest_deletions(candidate, "bad good film bad", TEXT_PIPELINE)
    assert two.words == ("bad", "bad")
    assert answer_to(candidate, [two.text], TEXT_PIPELINE).label == "positive"
    assert smallest_deletions(candidate, "bad bad", TEXT_PIPELINE).words == ()


def test_a_long_search_can_be_stopped():
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        smallest_deletions(text_candidate(), "good bad film", TEXT_PIPELINE, progress=progress)


def test_other_words_are_those_of_the_data_ordered_by_what_they_do():
    candidate = text_candidate()
    data = dataset(["good film", "bad film", "very good"], ["positive"] * 3, Modality.TEXT)
    found = alternatives(candidate, data, "bad film", 0, TEXT_PIPELINE)
    assert {a.word for a in found} == {"good", "film", "very"}
    # The score is that of the answer as it was, "negative": the best word against it comes first.
    assert found[0].word == "good"
    assert found[0].text == "good film"
    assert found[0].label == "positive"
    assert [a.score for a in found] == sorted(a.score for a in found)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40), st.integers(0, 5))
def test_leaving_a_word_out_leaves_all_others(text, place):
    words = words_of(text)
    if place < len(words):
        left = without(text, [words[place]])
        kept = [text[slice(*span)] for i, span in enumerate(words) if i != place]
        assert "".join(kept) in "".join(left.split()) or len(words_of(left)) <= len(kept)
        assert len(left) < len(text)


def test_texts_are_edited_member_by_member():
    pair = [("premise", "claim")]
    change = Change("text", {"text": "other", "part": 1})
    assert apply_changes(pair, [change], TEXT_PIPELINE) == [("premise", "other")]
    with pytest.raises(UnusableInput, match="no second text"):
        apply_changes(["one"], [change], TEXT_PIPELINE)


def opened(raw):
    return np.asarray(Image.open(io.BytesIO(raw[0])))


BOX = {"left": 0.0, "top": 0.0, "right": 0.5, "bottom": 0.5}


def test_regions_of_a_picture_are_covered_in_and_outside():
    raw = [spotted(0, 0)]
    inside = opened(apply_changes(raw, [Change("cover", {**BOX, "colour": "white"})], IMAGE_PIPELINE))
    assert (inside[:16, :16] == 255).all()
    assert (inside[16:] == 0).all()
    outside = opened(apply_changes(raw, [Change("cover", {**BOX, "colour": "white", "outside": True})], IMAGE_PIPELINE))
    assert (outside[16:] == 255).all()
    assert tuple(outside[0, 0]) == (255, 0, 0)


def test_pictures_are_cropped_turned_blurred_and_lit():
    raw = [spotted(0, 0)]
    assert opened(apply_changes(raw, [Change("crop", BOX)], IMAGE_PIPELINE)).shape == (16, 16, 3)
    turned = opened(apply_changes(raw, [Change("rotate", {"degrees": 90})], IMAGE_PIPELINE))
    assert turned[28, 4, 0] > 200
    assert turned[4, 4, 0] < 50
    dark = opened(apply_changes(raw, [Change("brightness", {"factor": 0.5})], IMAGE_PIPELINE))
    assert dark[0, 0, 0] == 127
    soft = opened(apply_changes(raw, [Change("blur", {**BOX, "radius": 0.1})], IMAGE_PIPELINE))
    assert 0 < soft[9, 9, 0] < 255
    noise = [Change("cover", {**BOX, "colour": "noise"})]
    np.testing.assert_array_equal(opened(apply_changes(raw, noise, IMAGE_PIPELINE)), opened(apply_changes(raw, noise, IMAGE_PIPELINE)))  # fmt: skip  # noqa: E501
    for wrong in (Change("crop", {**BOX, "right": 0.0}), Change("paint", BOX), Change("cover", {**BOX, "colour": "x"})):
        with pytest.raises(UnusableInput):
            apply_changes(raw, [wrong], IMAGE_PIPELINE)


def test_a_picture_that_the_camera_turned_is_edited_as_it_is_seen():
    array = np.zeros((8, 16, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # Seen upright only after a quarter turn.
    target = io.BytesIO()
    Image.fromarray(array).save(target, "PNG", exif=exif)
    top = {"left": 0.0, "top": 0.0, "right": 1.0, "bottom": 0.5}
    made = opened(apply_changes([target.getvalue()], [Change("cover", {**top, "colour": "white"})], IMAGE_PIPELINE))
    assert made.shape == (16, 8, 3)
    assert (made[:8] == 255).all()
    assert (made[8:] == 0).all()


def test_covering_the_spot_takes_its_score_away():
    candidate, data = image_candidate(BrightSpots()), dataset([spotted(0, 0)], ["cat"], Modality.IMAGE)
    raw = raw_of(data, "0")
    edited = apply_changes(raw, [Change("cover", {**BOX, "colour": "black"})], IMAGE_PIPELINE)
    before, after = (answer_to(candidate, part, IMAGE_PIPELINE) for part in (raw, edited))
    assert before.label == "cat"
    assert after.scores[0] < before.scores[0]
    found = attribution_of(candidate, data, "0", edited, IMAGE_PIPELINE, EXPLAINERS["grad_cam"], "cat", "cucumber")
    first = attribution_of(candidate, data, "0", raw, IMAGE_PIPELINE, EXPLAINERS["grad_cam"], "cat", "cucumber")
    assert found.scores.shape == (32, 32)
    assert found.scores[:8, :8].sum() < first.scores[:8, :8].sum()


def test_changes_are_plain_json_with_a_sentence_each():
    changes = (
        Change("set", {"column": "a", "value": 2.0}),
        Change("cover", {**BOX, "colour": "mean", "outside": True}),
        Change("rotate", {"degrees": 15}),
        Change("text", {"text": "x", "part": 0, "note": "“bad” left out"}),
    )
    again = json.loads(json.dumps(to_json("cat/1.jpg", changes)))
    assert again["example"] == "cat/1.jpg"
    assert [c["sentence"] for c in again["changes"]] == [
        "a set to 2",
        "covered with its mean colour outside of left 0 %, top 0 %, right 50 %, bottom 50 %",
        "turned by 15°",
        "“bad” left out",
    ]
    assert Change(again["changes"][0]["kind"], again["changes"][0]["params"]) == changes[0]


def test_a_transparent_picture_stays_so():
    array = np.zeros((16, 16, 4), np.uint8)
    array[..., 3] = 128
    for colour in ("noise", "white", "mean"):
        made = opened(apply_changes([png(array)], [Change("cover", {**BOX, "colour": colour})], IMAGE_PIPELINE))
        assert made.shape == (16, 16, 4)
        assert (made[8:, 8:, 3] == 128).all()
