"""Unseen data: planted leaks and conflicts are found, gaps and drift are told from chance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.types import Dataset, Kind, Modality
from analysis.validation import find_duplicates
from analysis.validation.drift import drifts
from analysis.validation.scope import strangers
from analysis.validation.validate import newcombe, validate
from benchmarks.changed_pictures import picture_again
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


def test_what_is_far_from_all_is_a_stranger() -> None:
    rng = np.random.default_rng(2)
    cloud = rng.normal(size=(200, 8))
    assert len(strangers(cloud)[0]) <= 2
    cloud[17] += 100
    assert strangers(cloud)[0][0] == 17
    assert len(strangers(cloud[:10])[0]) == 0
    assert len(strangers(np.ones((50, 3)))[0]) == 0


def test_scores_are_given_without_leaks() -> None:
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
    found = validate(run, data, candidate=None, pipeline=None)  # type: ignore[arg-type]
    assert [s.split for s in found.splits] == ["train", "test"]
    train, test = found.splits
    assert (train.leaking, test.leaking) == (0, 20)
    assert test.score.value == pytest.approx(40 / 60)
    assert test.clean.value == pytest.approx(20 / 40)
    assert test.gap is not None
    assert test.gap.low > 0
    assert next(d for d in test.drift if d.name == "x").notable


def test_pictures_that_look_alike_in_one_colour_are_no_error() -> None:
    data = dataset([picture((9, 9, 9)), picture((200, 9, 9))], Modality.IMAGE, ["train", "test"])
    assert len(find_duplicates(data, np.arange(2)).groups) <= 1
