"""Corruptions: a contract over the registry, known answers, and what is kept."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from analysis import kept
from analysis.datasets.labels import without_labels
from analysis.errors import Cancelled, UnusableInput
from analysis.preprocessing.decoding import decode
from analysis.progress import Progress
from analysis.robustness import CORRUPTIONS, Robustness, Setting, corruptions_for, robustness_of, unjudged
from analysis.robustness.images import SIDE, unchanged
from analysis.robustness.measure import measure, place
from analysis.robustness.scores import corrupted
from analysis.robustness.tables import setting_of, uniform
from analysis.robustness.texts import mistyped
from analysis.robustness.words import findings_of, heading, mild_losses, sentence
from analysis.types import Modality, Severity
from tests.unit.robustness.simple_models import bright_or_dark, png, sum_of_columns, with_a_word

ROOT = Path(__file__).resolve().parents[3]
PIXELS = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
SESSIONS = {Modality.IMAGE: bright_or_dark, Modality.TEXT: with_a_word, Modality.TABULAR: sum_of_columns}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))


def sample(modality: Modality) -> tuple[Any, Setting]:
    """Return three raw inputs of a kind, and what a corruption knows of them."""
    if modality is Modality.IMAGE:
        clear = np.dstack([PIXELS, np.full((48, 64), 90, np.uint8)])
        return [png(PIXELS), png(clear), png(PIXELS[:7, :5])], Setting()
    if modality is Modality.TEXT:
        return ["A Fine, well-made film: see it!", "", ("one text here", "and ANOTHER, there.")], Setting()
    session = sum_of_columns()
    return session.dataset.inputs(np.arange(3)), setting_of(session.dataset, None, 0)


def equal(a: Any, b: Any) -> bool:
    return a.equals(b) if isinstance(a, pd.DataFrame) else list(a) == list(b)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_contract(name: str) -> None:
    one = CORRUPTIONS[name]
    assert one.name == name
    assert all((one.title, one.sentence, one.unit))
    assert len({one.label(level) for level in one.levels}) == len(one.levels) >= 3
    raw, setting = sample(one.modality)
    before = raw.copy() if isinstance(raw, pd.DataFrame) else list(raw)
    for level in one.levels:
        made = one.make(level, setting)(raw)
        assert len(made) == len(raw)
        assert equal(made, one.make(level, setting)(raw)), "the same every time"
        assert equal(raw, before), "its input stays as it was"
        alone = one.make(level, setting)(raw.iloc[1:2] if isinstance(raw, pd.DataFrame) else raw[1:2])
        part = made.iloc[1:2].reset_index(drop=True) if isinstance(made, pd.DataFrame) else made[1:2]
        assert equal(alone.reset_index(drop=True) if isinstance(alone, pd.DataFrame) else alone, part), "in any batch"
    assert not equal(one.make(one.levels[-1], setting)(raw), raw), "the severest level changes something"


@pytest.mark.parametrize("name", [c.name for c in CORRUPTIONS.values() if c.modality is Modality.IMAGE])
def test_pictures_move_further_away_and_keep_their_transparency(name: str) -> None:
    one, yy = CORRUPTIONS[name], np.mgrid[0:48, 0:64][0]
    smooth = np.dstack([yy * 5, 255 - yy * 5, np.full_like(yy, 99), np.full_like(yy, 200)]).astype(np.uint8)
    moved = []
    for level in one.levels:
        made = decode(one.make(level, Setting())([png(smooth)])[0])
        assert made.mode == "RGBA"
        if name != "crop":
            assert made.size == (64, 48)
            apart = np.asarray(made, dtype=float)[..., :3] - smooth[..., :3]
            moved.append(np.abs(apart).mean())
    assert moved == sorted(moved)


def test_large_pictures_are_reduced_and_small_ones_stay_to_the_pixel() -> None:
    large = png(np.zeros((SIDE * 2, SIDE * 3, 3), np.uint8))
    small = png(PIXELS)
    made = [decode(data) for data in unchanged(Setting())([large, small])]
    assert made[0].size == (SIDE * 3 // 2, SIDE)
    assert np.array_equal(np.asarray(made[1]), PIXELS)


def test_the_cameras_orientation_survives() -> None:
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS).save(target, "JPEG", exif=exif)
    for name in ("jpeg", "rotation"):
        made = CORRUPTIONS[name].make(10, Setting())([target.getvalue()])[0]
        assert decode(made).info["orientation"] == 6


def test_light_that_is_multiplied() -> None:
    """Greys of 60 and 140, told apart at 100: half the light makes all dark, 1.6 times leaves 96 and 224."""
    found = measure(bright_or_dark(), ["darker", "brighter"])
    darker, brighter = found.curves
    assert found.baseline.value == 1.0
    assert [round(found.loss(p)[0], 3) for p in darker.points] == [0.0, 0.5, 0.5, 0.5]
    assert [round(found.loss(p)[0], 3) for p in brighter.points] == [0.0, 0.0, 0.5, 0.5]
    assert [p.changed for p in darker.points] == [0, 20, 20, 20]
    assert [p.significant for p in darker.points] == [False, True, True, True]
    for p in darker.points:
        value, low, high = found.loss(p)
        assert low <= value <= high
    assert darker.points[1].p_adjusted == pytest.approx(min(1.0, 2 * 0.5**20 * 5), rel=0.7)


def test_words_in_lower_case_lose_the_word_that_counts() -> None:
    found = measure(with_a_word(), ["lower_case", "punctuation"])
    lower, punctuation = found.curves
    losses = [found.loss(p)[0] for p in lower.points]
    assert losses[-1] == pytest.approx(0.5)
    assert losses == sorted(losses)
    assert losses[0] == pytest.approx(0.15, abs=0.06)
    none = "No punctuation: can't be told, none of the 200 texts holds anything to change."
    assert sentence(found, punctuation) == none, "its texts have no punctuation"
    held = measure(with_a_word(), ["synonyms"])
    assert sentence(held, held.curves[0]) == "Synonyms: no answer changes."
    assert [f.severity for f in findings_of(found)] == [Severity.CAUTION, Severity.UNKNOWN]
    assert heading(found) == "Even mild changes do harm: lower case"


def test_noise_on_every_number_adds_its_variance() -> None:
    """The error is N(0, 1); noise of half a deviation on three numbers makes its variance 1.75."""
    session = sum_of_columns(2000)
    found = measure(session, ["jitter"])
    assert found.n == 2000
    expected = np.sqrt(1 + 3 * 0.25) - 1
    value, low, high = found.loss(found.curves[0].points[-1])
    assert low < expected < high
    assert value == pytest.approx(expected, abs=0.05)
    assert found.curves[0].points[-1].significant


def test_a_model_that_takes_no_missing_values_says_so() -> None:
    found = measure(sum_of_columns(), ["missing_values", "missing_columns"])
    missing, columns = found.curves
    assert missing.points == ()
    assert missing.refused == "A number is missing."
    assert findings_of(found)[0].severity is Severity.CAUTION
    assert "gives no answer" in sentence(found, missing)
    assert columns.points
    assert "takes no missing values" in heading(found) or "do harm" in heading(found)
    assert measure(sum_of_columns(refuses=False), ["missing_values"]).curves[0].points


def test_examples_that_are_not_answered_any_more_count_as_wrong() -> None:
    session = with_a_word(40)
    candidate: Any = session.candidate
    rule = candidate.rule

    def picky(texts: list[str]) -> Any:
        if any("good" in text for text in texts):
            raise UnusableInput("No lower case, please.", "")
        return rule(texts)

    candidate.rule = picky
    found = measure(session, ["lower_case"])
    last = found.curves[0].points[-1]
    assert last.unanswered == 20
    assert last.changed >= 20
    assert found.loss(last)[0] == pytest.approx(0.5)


def test_whole_numbers_stay_whole_and_one_column_at_least_is_lost() -> None:
    session = sum_of_columns()
    raw, setting = session.dataset.inputs(np.arange(300)), setting_of(session.dataset, None, 0)
    made = CORRUPTIONS["jitter"].make(0.5, setting)(raw)
    assert isinstance(made, pd.DataFrame)
    assert (made["count"] == made["count"].round()).all()
    made = CORRUPTIONS["missing_columns"].make(0.05, setting)(raw)
    assert isinstance(made, pd.DataFrame)
    assert isinstance(raw, pd.DataFrame)
    usual = made == pd.Series(setting.usual)
    assert ((made != raw).sum(axis=1) <= 1).all()
    assert (usual.sum(axis=1) >= 1).all()
    assert setting.usual["a"] == pytest.approx(float(raw["a"].median()))


def test_draws_are_uniform_and_unlike_each_other() -> None:
    from scipy import stats

    frame = pd.DataFrame({"a": np.arange(4000.0), "b": "x"})
    drawn = uniform(frame, 3, 0)
    assert stats.kstest(drawn.ravel(), "uniform").pvalue > 0.01
    assert np.abs(np.corrcoef(drawn.T) - np.eye(3)).max() < 0.06
    assert not np.array_equal(drawn, uniform(frame, 3, 1))


@given(st.text(max_size=30), st.integers(0, 2**31))
@settings(max_examples=200, deadline=None)
def test_any_word_can_be_mistyped(word: str, seed: int) -> None:
    made = mistyped(word, np.random.default_rng(seed))
    assert abs(len(made) - len(word)) <= 1
    assert made[:1] == word[:1] or len(word) < 2


@given(st.text(max_size=80), st.sampled_from(sorted(n for n, c in CORRUPTIONS.items() if c.modality is Modality.TEXT)))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_corrupted(text: str, name: str) -> None:
    one = CORRUPTIONS[name]
    for level in (one.levels[0], one.levels[-1]):
        assert isinstance(one.make(level, Setting())([text])[0], str)


@pytest.mark.parametrize("modality", list(Modality))
def test_kept_and_never_measured_twice(modality: Modality, monkeypatch: pytest.MonkeyPatch) -> None:
    session = SESSIONS[modality]()
    names = [corruptions_for(modality)[0].name]
    found = robustness_of(session, names)
    monkeypatch.setattr("analysis.robustness.measure.measure", lambda *_a, **_k: pytest.fail("measured again"))
    assert robustness_of(session, names) == found
    with pytest.raises(pytest.fail.Exception):
        robustness_of(session, names, seed=1)
    with pytest.raises(pytest.fail.Exception):
        robustness_of(replace(session, dataset=replace(session.dataset, fingerprint="other")), names)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"kind": 3}', "null"])
def test_a_damaged_result_is_measured_again(damage: str) -> None:
    session = sum_of_columns()
    found = robustness_of(session, ["jitter"])
    place(session, ["jitter"]).write_text(damage)
    assert robustness_of(session, ["jitter"]) == found
    assert kept.find(place(session, ["jitter"]), Robustness) == found


def test_numbers_that_are_not_finite_come_back() -> None:
    found = measure(sum_of_columns(), ["jitter"])
    odd = replace(found, baseline=replace(found.baseline, low=float("-inf"), high=float("nan")))
    again = kept.from_plain(Robustness, json.loads(json.dumps(kept.to_plain(odd), allow_nan=False)))
    assert again.baseline.low == float("-inf")
    assert again.baseline.high != again.baseline.high
    assert again.curves == found.curves


def test_it_can_be_cancelled_and_then_keeps_nothing() -> None:
    progress, session = Progress(), with_a_word()
    progress.cancel()
    with pytest.raises(Cancelled):
        robustness_of(session, progress=progress)
    assert not place(session).exists()


def test_unknown_names_and_unlabelled_data_are_refused() -> None:
    with pytest.raises(UnusableInput, match="blur"):
        measure(with_a_word(), ["blur"])
    session = with_a_word()
    table = session.dataset.table.assign(label="unheard of")
    with pytest.raises(UnusableInput, match="label"):
        measure(replace(session, dataset=replace(session.dataset, table=table)), ["typos"])


@pytest.mark.parametrize("session", [with_a_word(), sum_of_columns()], ids=["classes", "values"])
def test_without_labels_it_counts_answers_that_change(session: Any) -> None:
    found = measure(session)
    without = measure(replace(session, dataset=without_labels(session.dataset)))
    assert (found.judged, without.judged) == (True, False)
    assert without.n == found.n
    changes = [[point.changed for point in curve.points] for curve in without.curves]
    assert changes == [[point.changed for point in curve.points] for curve in found.curves]
    said = [unjudged.heading(without), *(unjudged.sentence(without, curve) for curve in without.curves)]
    assert not [words for words in said if "lost" in words or "nan" in words or "error" in words]
    moved = next(curve for curve in without.curves if curve.points and curve.points[-1].changed)
    share = unjudged.changed(without, moved.points[-1])
    assert share.low < share.value == moved.points[-1].changed / without.n


def test_mild_losses_come_worst_first_and_corrupting_leaves_the_data_alone() -> None:
    session = with_a_word()
    found = measure(session, ["typos", "lower_case", "lost_words"])
    values = [x.value for x in mild_losses(found)]
    assert values == sorted(values, reverse=True)
    made = corrupted(session.dataset, CORRUPTIONS["lower_case"].make(1.0, Setting()))
    assert made.inputs(np.array([1]))[0] != session.dataset.inputs(np.array([1]))[0]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "robustness.md").read_text(encoding="utf-8")
