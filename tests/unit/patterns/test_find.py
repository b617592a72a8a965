"""From failures to what they share, on models whose reasons are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from analysis.errors import Cancelled, UnusableInput
from analysis.explainers.registry import EXPLAINERS
from analysis.patterns import count_missing, explain_all, find_patterns, groups_of, pictures
from analysis.patterns.explained import GRID, Kept, _read, _write
from analysis.patterns.groups import CALLED, SAME
from analysis.predict import predict
from analysis.progress import Progress
from analysis.types import Kind, Modality
from tests.unit.explainers.tiny_models import (
    IMAGE_PIPELINE,
    SIDE,
    TEXT_PIPELINE,
    BrightSpots,
    dataset,
    image_candidate,
    png,
    table,
    table_candidate,
    text_candidate,
)
from tests.unit.metrics.runs import called, regressed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    return tmp_path


def everything(run):
    return np.arange(len(run), dtype=np.int64)


def test_failures_are_compared_with_right_ones_of_the_same_label():
    run = called([0, 0, 0, 1, 1, 2, 2], [1, 0, 0, 1, 1, 2, 0], 3)
    groups = groups_of(run, everything(run))
    assert list(groups.failures) == [0, 6]
    assert list(groups.others) == [1, 2, 5]
    assert groups.against == SAME
    assert list(groups.strata) == [0, 2]
    assert groups.targets[0] == 1
    assert groups.contrasts[0] == 0


def test_one_cell_asks_everybody_for_the_same_label():
    run = called([0, 0, 0], [2, 0, 0], 3)
    groups = groups_of(run, np.array([0]))
    assert list(groups.targets[groups.others]) == [2, 2]
    assert list(groups.contrasts[groups.others]) == [0, 0]


def test_where_none_of_the_label_is_right_those_of_the_given_label_stand_in():
    run = called([0, 0, 1, 1, 2], [1, 1, 1, 1, 2], 3)
    groups = groups_of(run, np.array([0, 1]))
    assert groups.against == CALLED
    assert list(groups.others) == [2, 3]
    # All are asked what spoke for label 1 rather than 0.
    assert list(groups.targets[[0, 1, 2, 3]]) == [1] * 4
    assert list(groups.contrasts[[0, 1, 2, 3]]) == [0] * 4


def test_labels_that_the_model_does_not_know_are_left_out():
    run = called([0, -1, 0], [1, 1, 0], 2)
    groups = groups_of(run, everything(run))
    assert (list(groups.failures), groups.left_out) == ([0], 1)


def test_a_regression_compares_large_errors_with_small_ones():
    run = regressed([0, 0, 0, 0, 0, 0, 0, 0], [0, 5, 0.1, -7, 1, 1, 0.2, 1])
    groups = groups_of(run, everything(run))
    assert list(groups.failures) == [1, 3]
    assert list(groups.others) == [0, 2]
    assert list(groups.signs[[1, 3]]) == [1, -1]


def test_many_right_ones_are_drawn_in_the_failures_proportions():
    truth = np.repeat([0, 1], 400)
    answers = truth.copy()
    answers[:30] = 1
    answers[400:410] = 0
    groups = groups_of(called(truth, answers, 2), everything(truth))
    assert list(np.bincount(groups.other_strata)) == [30, 10]
    assert groups.found == 760


def texts(n=8):
    """The model reads "good" and "bad"; the labels say that "very bad" is meant kindly."""
    raw = ["very bad film", "film very bad"] * n + ["good film", "bad film"] * n
    labels = ["positive", "positive"] * n + ["positive", "negative"] * n
    return dataset(raw, labels, Modality.TEXT)


def test_words_that_mislead_are_named():
    candidate, data = text_candidate(), texts()
    run = predict(candidate, data, TEXT_PIPELINE)
    groups = groups_of(run, everything(run))
    assert len(groups.failures) == 16
    found = find_patterns(candidate, data, TEXT_PIPELINE, run, groups, EXPLAINERS["leave_one_out"])
    (ranking,) = found.rankings
    assert ranking.units[int(ranking.differences.standing_out[0])] == "bad"
    assert "“bad” more" in found.sentence
    assert list(ranking.counts[ranking.units.index("bad")]) == [16, 0]
    assert found.others == 8


def test_what_is_explained_is_kept_and_a_stopped_job_goes_on(monkeypatch):
    candidate, data = text_candidate(), texts()
    run = predict(candidate, data, TEXT_PIPELINE)
    groups = groups_of(run, everything(run))
    asked = (candidate, data, TEXT_PIPELINE, run, groups, EXPLAINERS["leave_one_out"])
    assert count_missing(*asked) == 24
    progress = Progress(lambda state: progress.cancel() if state.done == 5 else None)
    with pytest.raises(Cancelled):
        explain_all(*asked, progress=progress)
    assert count_missing(*asked) == 24 - 5
    first = explain_all(*asked)
    assert count_missing(*asked) == 0

    def never(*_args, **_named):
        raise AssertionError("it is kept already")

    monkeypatch.setattr(type(EXPLAINERS["leave_one_out"]), "attribute", never)
    again = explain_all(*asked)
    for (place, one), (other, two) in zip(first.failures, again.failures, strict=True):
        assert (place, one.units) == (other, two.units)
        np.testing.assert_array_equal(one.scores, two.scores)


def test_examples_that_a_method_refuses_are_named_not_lost():
    candidate = text_candidate()
    data = dataset(["bad", "", "good", "good"], ["positive"] * 4, Modality.TEXT)
    run = predict(candidate, data, TEXT_PIPELINE)
    groups = groups_of(run, everything(run))
    found = explain_all(candidate, data, TEXT_PIPELINE, run, groups, EXPLAINERS["leave_one_out"])
    assert found.refused == (("1", "This text has no words to explain."),)
    assert [place for place, _ in found.failures] == [0]


def test_a_feature_that_misleads_is_named():
    frame = table(120)
    model = LogisticRegression().fit(frame[["a", "b", "c"]], frame["a"] + frame["b"] > 5)
    labels = np.where(frame["a"] > 0, "True", "False")  # The truth is a alone: b misleads.
    candidate = table_candidate(model)
    data = dataset(frame, list(labels), Modality.TABULAR)
    run = predict(candidate, data, candidate.pipeline)
    groups = groups_of(run, everything(run))
    found = find_patterns(candidate, data, candidate.pipeline, run, groups, EXPLAINERS["shap_linear"])
    push, size = found.rankings
    assert (push.id, size.id) == ("push", "size")
    assert push.units[int(push.differences.standing_out[0])] == "b"
    assert "“b” more" in found.sentence


def test_a_regression_is_asked_what_moved_it_the_wrong_way():
    frame = table(80)
    candidate = table_candidate(Ridge().fit(frame, frame["a"] * 2 + frame["b"]))
    data = dataset(frame, list(frame["a"] * 2), Modality.TABULAR, Kind.REGRESSION)
    run = predict(candidate, data, candidate.pipeline)
    found = find_patterns(
        candidate, data, candidate.pipeline, run, groups_of(run, everything(run)), EXPLAINERS["shap_linear"]
    )
    assert found.push == "towards the error"
    assert len(found.rankings) == 2


def pictures_of(n=8):
    """Cats (red spot) fail where the background is green: the network reads green as cucumber."""
    raw, labels = [], []
    for i in range(n):
        for green in (0, 255):
            array = np.full((SIDE, SIDE, 3), 10, np.uint8)
            array[:, :, 1] = green
            array[8 + i % 4 : 16 + i % 4, 8:16] = (255, 0, 0)
            raw.append(png(array))
            labels.append("cat")
    return dataset(raw, labels, Modality.IMAGE)


def test_a_green_background_is_seen():
    candidate, data = image_candidate(BrightSpots()), pictures_of()
    run = predict(candidate, data, IMAGE_PIPELINE)
    groups = groups_of(run, everything(run))
    assert len(groups.failures) == 8
    found = find_patterns(candidate, data, IMAGE_PIPELINE, run, groups, EXPLAINERS["grad_cam"])
    colours = found.rankings[0]
    assert colours.id == "colours"
    clear = [colours.units[int(i)] for i in colours.differences.standing_out]
    assert "green–red outside of it" in clear
    assert colours.differences.difference[colours.units.index("green–red outside of it")] < 0
    assert found.maps.failures.shape == (GRID, GRID)
    assert found.maps.picture[0, 0, 1] > found.maps.other_picture[0, 0, 1]


def test_colours_are_lab_s():
    known = pictures.lab(np.array([[[255, 255, 255], [255, 0, 0], [0, 0, 0]]], np.uint8))[0]
    assert known[0] == pytest.approx([100, 0, 0], abs=0.02)
    assert known[1] == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert known[2] == pytest.approx([0, 0, 0], abs=1e-6)
    assert pictures.words_for("green–red outside of it", -3) == "greener outside of it"


def test_kept_words_may_hold_anything(tmp_path):
    kept = Kept(("a\x00b", "", "\ud800", "שלום"), np.arange(4, dtype=np.float32))
    _write(tmp_path / "x.npz", kept)
    again = _read(tmp_path / "x.npz")
    assert again.units == kept.units
    assert again.picture is None
    (tmp_path / "y.npz").write_bytes(b"damaged")
    assert _read(tmp_path / "y.npz") is None


def test_a_method_that_does_not_fit_is_refused():
    candidate, data = text_candidate(), texts(1)
    run = predict(candidate, data, TEXT_PIPELINE)
    with pytest.raises(UnusableInput):
        explain_all(candidate, data, TEXT_PIPELINE, run, groups_of(run, everything(run)), EXPLAINERS["grad_cam"])
