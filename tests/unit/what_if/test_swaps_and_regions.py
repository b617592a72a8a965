"""Words exchanged, regions blurred, strokes painted: known answers on models whose weights are set by hand."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import Ridge

from analysis.errors import Cancelled, UnusableInput
from analysis.progress import Progress
from analysis.types import Modality
from analysis.what_if import (
    Change,
    answer_to,
    apply_changes,
    from_json,
    raw_of,
    smallest_region,
    smallest_swaps,
    to_json,
)
from analysis.what_if.swaps import WordVectors, exchanged
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

DATA = dataset(["good film", "bad film", "very good", "very bad film"], ["positive"] * 4, Modality.TEXT)


def test_one_word_is_exchanged_where_one_is_enough():
    candidate = text_candidate()
    found = smallest_swaps(candidate, DATA, "bad film", TEXT_PIPELINE)
    (swap,) = found.swaps
    assert (swap.place, swap.before, swap.after) == (0, "bad", "good")
    assert found.text == "good film"
    assert answer_to(candidate, [found.text], TEXT_PIPELINE).label == "positive"


def test_two_are_exchanged_where_one_is_not_enough():
    candidate = text_candidate()
    found = smallest_swaps(candidate, DATA, "bad film bad bad", TEXT_PIPELINE)
    assert len(found.swaps) == 2
    assert [swap.after for swap in found.swaps] == ["good", "good"]
    assert [swap.place for swap in found.swaps] == sorted(swap.place for swap in found.swaps)
    assert answer_to(candidate, [found.text], TEXT_PIPELINE).label == "positive"


def test_where_no_exchange_helps_none_is_named():
    few = dataset(["bad film", "very bad"], ["negative"] * 2, Modality.TEXT)
    found = smallest_swaps(text_candidate(), few, "bad film", TEXT_PIPELINE, most=1)
    assert found.swaps == ()
    assert found.text == "bad film"
    assert smallest_swaps(text_candidate(), few, "?!", TEXT_PIPELINE).swaps == ()


def test_near_is_what_the_models_vectors_say():
    candidate = text_candidate()
    vectors = WordVectors(candidate, ["good", "bad", "film", "unheard", "Good"])
    assert "unheard" not in vectors.words
    near = vectors.near("good", 5)
    assert [word for word, _ in near] == sorted((word for word, _ in near), key=dict(near).__getitem__, reverse=True)
    assert not {"good", "Good"} & {word for word, _ in near}
    assert all(-1.0001 <= cosine <= 1.0001 for _, cosine in near)
    assert vectors.near("unheard", 5) == ()
    rows = table_candidate(Ridge().fit(table(), range(60)))
    with pytest.raises(UnusableInput, match="no word vectors"):
        WordVectors(rows, ["good"])


@pytest.mark.parametrize(
    ("text", "swaps", "expected"),
    [
        ("Bad, BAD, bad!", [(0, "good"), (1, "good"), (2, "good")], "Good, GOOD, good!"),
        ("a bad film", [(1, "very good")], "a very good film"),
        ("one", [], "one"),
    ],
)
def test_exchanging_keeps_capitals_and_all_else(text: str, swaps: list[tuple[int, str]], expected: str):
    assert exchanged(text, swaps) == expected


def test_the_region_that_decides_is_found_and_is_small():
    """Red says cat, a weaker green cucumber: only where the red spot is hidden can the answer change."""
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[8:12, 16:20, 0] = 255
    picture[24:28, :4, 1] = 200
    candidate = image_candidate(BrightSpots())
    data = png(picture)
    assert answer_to(candidate, [data], IMAGE_PIPELINE).label == "cat"
    like = Change("cover", {"colour": "black", "left": 0.0, "top": 0.0, "right": 1.0, "bottom": 1.0})
    found = smallest_region(candidate, data, IMAGE_PIPELINE, like)
    assert found.change is not None
    p = found.change.params
    assert p["colour"] == "black"
    # It lies over the spot, and is no larger than it.
    assert 0.5 <= p["left"] < p["right"] <= 20 / 32 + 1e-9
    assert 0.25 <= p["top"] < p["bottom"] <= 12 / 32 + 1e-9
    assert found.share <= 16 / 1024 + 1e-9
    changed = apply_changes([data], [found.change], IMAGE_PIPELINE)
    assert answer_to(candidate, changed, IMAGE_PIPELINE).label != "cat"


def test_where_no_region_decides_none_is_named_and_a_search_can_be_stopped():
    candidate = image_candidate(BrightSpots())
    white = png(np.full((32, 32, 3), (255, 0, 0), np.uint8))
    found = smallest_region(candidate, white, IMAGE_PIPELINE, Change("blur", {"radius": 0.05}))
    assert found.change is None
    assert found.tried > 49
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        smallest_region(candidate, white, IMAGE_PIPELINE, Change("blur"), progress=progress)


def opened(raw):
    return np.asarray(Image.open(io.BytesIO(raw[0])))


STROKES = [{"width": 0.25, "points": [[0.25, 0.25], [0.75, 0.25]]}]


def test_what_is_painted_is_covered_and_nothing_else():
    raw = [png(np.zeros((32, 32, 3), np.uint8))]
    made = opened(apply_changes(raw, [Change("cover", {"strokes": STROKES, "colour": "white"})], IMAGE_PIPELINE))
    assert (made[8, 8:24] == 255).all()
    assert (made[16:] == 0).all()
    assert (made[:, :3] == 0).all()
    turned = Change("cover", {"strokes": STROKES, "colour": "white", "outside": True})
    outside = opened(apply_changes(raw, [turned], IMAGE_PIPELINE))
    assert ((made == 255) ^ (outside == 255)).all()
    dot = [{"width": 0.2, "points": [[0.5, 0.5]]}]
    dotted = opened(apply_changes(raw, [Change("cover", {"strokes": dot, "colour": "white"})], IMAGE_PIPELINE))
    assert 20 < (dotted[..., 0] == 255).sum() < 80
    assert Change("blur", {"strokes": STROKES}).sentence == "blurred inside what was painted (1 stroke)"


@pytest.mark.parametrize("strokes", [[], [{"points": [[0, 0]]}], [{"width": "x", "points": [[0, 0]]}], 3, [{}]])
def test_strokes_that_cant_be_read_are_said(strokes):
    with pytest.raises(UnusableInput):
        apply_changes([spotted(0, 0)], [Change("blur", {"strokes": strokes})], IMAGE_PIPELINE)


def test_the_background_is_swapped_for_another_picture():
    green = png(np.full((10, 20, 3), (0, 255, 0), np.uint8))
    data = dataset([spotted(0, 0), green], ["cat"] * 2, Modality.IMAGE)
    box = {"left": 0.0, "top": 0.0, "right": 0.5, "bottom": 0.5}
    change = Change("cover", {**box, "picture": "1", "outside": True})
    assert change.sentence.startswith("covered with 1 outside of")
    made = opened(apply_changes(raw_of(data, "0"), [change], IMAGE_PIPELINE, lambda name: raw_of(data, name)[0]))
    assert tuple(made[31, 31]) == (0, 255, 0)
    assert tuple(made[0, 0]) == (255, 0, 0)
    with pytest.raises(UnusableInput, match="no other picture"):
        apply_changes(raw_of(data, "0"), [change], IMAGE_PIPELINE)


def test_exported_changes_are_read_again():
    changes = (Change("cover", {"strokes": STROKES, "colour": "mean"}), Change("rotate", {"degrees": 5}))
    assert from_json(json.loads(json.dumps(to_json("a.jpg", changes)))) == changes
    for wrong in ({}, {"changes": [3]}, [], {"changes": [{"kind": "x"}]}):
        with pytest.raises(UnusableInput, match="not a list of changes"):
            from_json(wrong)
    with pytest.raises(UnusableInput, match="lacks 'degrees'"):
        apply_changes([spotted(0, 0)], [Change("rotate")], IMAGE_PIPELINE)
