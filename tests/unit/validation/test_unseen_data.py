"""Unseen data: planted leaks and conflicts are found, gaps and drift are told from chance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from analysis.metrics.intervals import newcombe
from analysis.types import Dataset, Kind, Modality
from analysis.validation import find_duplicates
from analysis.validation.drift import class_balance, drifts
from analysis.validation.scope import FAR, FAR_UNSURE, FRAGMENTS, SPREAD, scope_of
from analysis.validation.two_sample import two_sample
from analysis.validation.validate import validate
from benchmarks.changed_pictures import CHANGES, dataset_of, picture_again
from tests.unit.explainers.tiny_models import table_candidate
from tests.unit.failures.test_slices import picture
from tests.unit.metrics.runs import called


def dataset(inputs: Any, modality: Modality, splits: list[str], labels: list[str] | None = None) -> Dataset:
    n = len(splits)
    table = pd.DataFrame({"id": [str(i) for i in range(n)], "split": splits, "label": labels or ["a"] * n})

    def source(rows: Any) -> Any:
        return inputs.iloc[rows] if isinstance(inputs, pd.DataFrame) else [inputs[i] for i in rows]

    return Dataset("d", "d", modality, Kind.CLASSIFICATION, table, source, (), "f")


LONG = "The quick brown fox jumps over the lazy dog, and nobody in the village says a word about it."
TEXTS = [
    LONG,
    LONG.upper() + "  ",
    LONG.replace("lazy", "idle"),
    "Something else entirely, with other words in it",
    "Hm",
]


def test_texts_are_grouped_exact_and_near() -> None:
    data = dataset(TEXTS, Modality.TEXT, ["train", "test", "test", "test", "train"], ["a", "b", "a", "a", "a"])
    found = find_duplicates(data, np.arange(5))
    assert [g.rows for g in found.groups] == [(0, 1, 2)]
    group = found.groups[0]
    assert not group.exact
    assert group.leaks
    assert group.conflicts
    assert found.leaking(list(data.table["split"]), "train").tolist() == [1, 2]
    exact = find_duplicates(data, np.array([0, 1, 3]))
    assert exact.groups[0].exact


def test_pictures_are_found_again_after_a_change_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    from io import BytesIO

    from PIL import Image

    pictures = []
    for _ in range(6):
        small = Image.fromarray(rng.integers(0, 255, (6, 6, 3), dtype=np.uint8)).resize((96, 96))
        out = BytesIO()
        small.save(out, "PNG")
        pictures.append(out.getvalue())
    given = [*pictures, picture_again(pictures[2], 1), pictures[4], b"no picture"]
    data = dataset(given, Modality.IMAGE, ["train"] * 6 + ["test"] * 3)
    found = find_duplicates(data, np.arange(len(given)))
    assert sorted(g.rows for g in found.groups) == [(2, 6), (4, 7)]
    assert [g.exact for g in sorted(found.groups, key=lambda g: g.rows)] == [False, True]


def smooth(seed: int, contrast: float = 1.0) -> bytes:
    """Return a soft field of colour."""
    from PIL import Image

    from benchmarks.changed_pictures import encoded

    levels = 128 + contrast * (np.random.default_rng(seed).integers(0, 255, (5, 5, 3)) - 128)
    return encoded(Image.fromarray(levels.astype(np.uint8)).resize((80, 80)))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("contrast", [1.0, 0.2])
def test_smooth_pictures_are_found_again_and_are_not_confused(change: str, contrast: float) -> None:
    given = [smooth(seed, contrast) for seed in range(12)]
    data = dataset_of([*given, *(picture_again(x, seed, change) for seed, x in enumerate(given))], "smooth")
    found = {g.rows for g in find_duplicates(data, np.arange(24)).groups}
    planted = {(i, 12 + i) for i in range(12)}
    assert found <= planted
    assert len(found) >= 11  # The coarsest JPEG turns the palest picture into another one.


def test_flat_pictures_are_the_same_only_in_the_same_colour() -> None:
    colours = [(120, 120, 120), (120, 120, 121), (200, 40, 40), (40, 40, 200)]
    data = dataset_of([picture(colour) for colour in colours], "flat")
    assert [g.rows for g in find_duplicates(data, np.arange(4)).groups] == [(0, 1)]


def test_rows_need_the_same_categories_and_close_numbers() -> None:
    frame = pd.DataFrame({"x": [1.0, 1.0005, 5.0, 1.0, np.nan, np.nan], "c": ["u", "u", "u", "v", "w", "w"]})
    found = find_duplicates(dataset(frame, Modality.TABULAR, ["train"] * 6), np.arange(6))
    assert sorted(g.rows for g in found.groups) == [(0, 1), (4, 5)]
    assert not found.leaks


def test_newcombe_gives_the_published_interval() -> None:
    # Newcombe 1998, example (a), method 10: 56/70 against 48/80 gives 0.0524 to 0.3339.
    found = newcombe(56, 70, 48, 80)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_drift_is_told_from_chance() -> None:
    rng = np.random.default_rng(1)
    first = pd.DataFrame({f"x{i}": rng.normal(size=400) for i in range(8)} | {"c": rng.choice(["a", "b"], 400)})
    second = pd.DataFrame({f"x{i}": rng.normal(size=300) for i in range(8)} | {"c": rng.choice(["a", "b"], 300)})
    assert not [d.name for d in drifts(first, second) if d.notable]
    second["x3"] += 1
    second["c"] = "a"
    assert {d.name for d in drifts(first, second) if d.notable} == {"x3", "c"}


def test_classes_that_became_rarer_are_named() -> None:
    first, second = ["cat"] * 60 + ["dog"] * 40, ["cat"] * 20 + ["dog"] * 79 + ["raccoon"]
    found = class_balance(first, second)
    assert [c.label for c in found] == ["cat", "dog", "raccoon"]
    cat = found[0]
    assert (cat.first, cat.second) == (0.6, 0.2)
    assert cat.difference.value == pytest.approx(-0.4)
    assert cat.difference.high < 0
    assert cat.p_adjusted < 1e-6
    assert found[2].p_adjusted > 0.5
    assert class_balance([], second) == ()


def test_splits_are_told_apart_only_where_they_differ() -> None:
    rng, rows = np.random.default_rng(3), np.arange(400)
    apart = 0
    for seed in range(60):
        found = two_sample(rng.normal(size=(400, 8)).astype(np.float32), rows[:150], rows[150:], seed=seed)
        assert found is not None
        assert found.accuracy.n == 150
        apart += found.apart
    assert apart <= 7  # 3 are to be expected; more than 7 come 2 times of 100.
    moved = rng.normal(size=(400, 8)).astype(np.float32)
    moved[150:, 2] += 1.5
    found = two_sample(moved, rows[:150], rows[150:])
    assert found is not None
    assert found.apart
    assert found.accuracy.value > 0.65
    assert two_sample(moved, rows[:10], rows[10:]) is None


ONE = ["all"] * 300


def binary(confidence: np.ndarray) -> np.ndarray:
    return np.column_stack([confidence, 1 - confidence]).astype(np.float32)


def test_what_is_far_from_the_others_is_out_of_scope() -> None:
    rng = np.random.default_rng(2)
    cloud, sure = rng.normal(size=(200, 8)).astype(np.float32), binary(rng.uniform(0.6, 1, 200))
    everything = np.arange(200)
    assert len(scope_of(cloud, everything, sure, ONE[:200]).strangers) <= 2
    cloud[17] += 100
    found = scope_of(cloud, everything, sure, ONE[:200])
    assert found.strangers[0] == 17
    assert found.reasons[0] == FAR
    assert found.times[17] > 20
    few = scope_of(cloud, everything[:10], sure, ONE[:200])
    assert not few.embedded
    assert not len(few.strangers)
    assert not len(scope_of(np.ones((50, 3), np.float32), everything[:50], None, ONE[:50]).strangers)


def test_strangers_that_come_together_are_found_beside_the_data_learned_from() -> None:
    rng = np.random.default_rng(4)
    cloud = rng.normal(size=(300, 8)).astype(np.float32)
    # All of the new split is a little farther than what was learned from; twenty are elsewhere.
    cloud[:150] *= 0.5
    cloud[280:] = 30 + 0.01 * rng.normal(size=(20, 8))
    found = scope_of(cloud, np.arange(150), None, ["train"] * 150 + ["test"] * 150)
    assert set(range(280, 300)) <= set(found.strangers)
    assert len(found.strangers) <= 23


def test_fairly_far_is_enough_where_the_model_is_unsure() -> None:
    rng = np.random.default_rng(5)
    cloud = rng.normal(size=(300, 2)).astype(np.float32)
    cloud[:2] = [[3.6, 0], [-3.6, 0]]
    found = scope_of(cloud, np.arange(2, 300), binary(np.r_[0.52, 0.99, rng.uniform(0.6, 1, 298)]), ONE)
    reasons = dict(zip(found.strangers.tolist(), found.reasons, strict=True))
    assert reasons[0] == FAR_UNSURE
    assert 1 not in reasons


def test_scores_spread_over_many_classes_are_a_sign_of_their_own() -> None:
    scores = np.full((100, 10), 0.01, np.float32)
    scores[np.arange(100), np.arange(100) % 10] = 0.91
    scores[3] = 0.1
    scores[4] = [0.48, 0.48, *[0.005] * 8]  # Between two: ambiguous.
    scores[4] /= scores[4].sum()
    found = scope_of(None, np.arange(100), scores, ["all"] * 100)
    assert not found.embedded
    assert list(zip(found.strangers.tolist(), found.reasons, strict=True))[:1] == [(3, SPREAD)]
    even = scope_of(None, np.arange(100), binary(np.r_[0.5, np.full(99, 0.95)]), ["all"] * 100)
    assert not len(even.strangers)


def test_words_in_far_smaller_pieces_than_usual_are_a_sign() -> None:
    pieces = np.random.default_rng(6).uniform(3.5, 4.5, 100)
    pieces[[7, 9, 11]] = 1.4, np.nan, 12.0  # In pieces; no token at all; longer words than usual.
    found = scope_of(None, np.arange(100), None, ["all"] * 100, pieces)
    assert list(zip(found.strangers.tolist(), found.reasons, strict=True)) == [(7, FRAGMENTS)]
    assert not len(scope_of(None, np.arange(20), None, ["all"] * 20, pieces[:20]).strangers)


def test_scores_are_given_without_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    frame = pd.DataFrame({"x": np.r_[np.arange(60.0), np.arange(20.0), 100 + np.arange(40.0)]})
    data = dataset(frame, Modality.TABULAR, ["train"] * 60 + ["test"] * 60)
    truth = np.zeros(120, np.int64)
    wrong = truth.copy()
    wrong[80:100] = 1
    run = called(truth, wrong, 2)
    run = replace(
        run,
        ids=tuple(data.table["id"]),
        splits=tuple(data.table["split"]),
        task=replace(run.task, modality=Modality.TABULAR),
    )
    model = table_candidate(LogisticRegression().fit(frame, frame["x"] > 30), ("x",))
    found = validate(run, data, model, model.pipeline)
    assert [s.split for s in found.splits] == ["train", "test"]
    train, test = found.splits
    assert (train.leaking, test.leaking) == (0, 20)
    assert test.score.value == pytest.approx(40 / 60)
    assert test.clean.value == pytest.approx(20 / 40)
    assert test.gap is not None
    assert test.gap.value == pytest.approx(20 / 40)
    assert test.gap.low > 0
    assert test.apart is not None
    assert test.apart.apart
    assert found.scope.embedded
    assert next(d for d in test.drift if d.name == "x").notable


def test_pictures_that_look_alike_in_one_colour_are_no_error() -> None:
    data = dataset([picture((9, 9, 9)), picture((200, 9, 9))], Modality.IMAGE, ["train", "test"])
    assert len(find_duplicates(data, np.arange(2)).groups) <= 1
