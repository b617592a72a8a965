"""Groups of examples that are alike to the model: of all rows of a table, of some of many texts and pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import Cancelled
from analysis.failures.slices import Slices, clusters, find_slices, predicates_of, rows_of_slice, slices_of
from analysis.failures.slices.clusters import MOST, NAME, groups_of, looked_at, names_of
from analysis.failures.slices.predicates import Predicates
from analysis.neighbours import embeddings_of
from analysis.progress import Progress
from analysis.samples import bundled_root
from analysis.session import open_session
from analysis.types import Capabilities, Modality
from benchmarks.heaps import Heaps, Known, heaps

N = 2_600


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    return tmp_path


def grouped(made: Heaps, progress: Progress | None = None) -> Predicates:
    rows = np.arange(len(made.predictions))
    return groups_of(made.predictions, made.dataset, rows, made.candidate, made.pipeline, progress=progress)


def sliced(made: Heaps) -> Slices:
    return slices_of(made.predictions, made.dataset, made.candidate, made.pipeline)


def test_groups_hold_one_heap_and_the_largest_comes_first() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[5.0, 0], [0, 5.0], [-5.0, -5.0]])
    kind = np.repeat([0, 1, 2], [150, 100, 50])
    vectors = (centres[kind] + 0.3 * rng.normal(size=(300, 2))).astype(np.float32)
    groups = clusters.grouped(vectors)
    assert len(np.unique(groups)) == 5
    for group in np.unique(groups):
        assert len(np.unique(kind[groups == group])) == 1, "no group holds two heaps"
    sizes = np.bincount(groups)
    assert list(sizes) == sorted(sizes, reverse=True)
    assert np.array_equal(groups, clusters.grouped(vectors))


def test_a_group_is_named_by_the_label_that_most_of_it_have() -> None:
    kind = np.repeat([0, 1, 2], [150, 100, 50])
    labels = tuple("cat" if k == 1 else "dog" for k in kind)
    assert names_of(kind, labels) == ("group 1, mostly dog", "group 2, mostly cat", "group 3, mostly dog")
    assert names_of(kind, ()) == ("group 1", "group 2", "group 3")


def test_a_heap_that_fails_is_a_slice() -> None:
    root = bundled_root()
    session = open_session(root / "models" / "reviews-sentiment", root / "data" / "reviews.csv", split="test")
    run = session.predictions()
    predicates = predicates_of(run, session.dataset, session.candidate, session.pipeline)
    assert NAME in predicates.columns
    levels = predicates.levels[predicates.columns.index(NAME)]
    assert all(level.startswith(f"{NAME}: group ") and ", mostly " in level for level in levels)
    assert not any("drawn" in level for level in levels)
    again = predicates_of(run, session.dataset, session.candidate, session.pipeline)
    assert np.array_equal(predicates.codes, again.codes), "a link names the same examples"
    inside = rows_of_slice(predicates, levels[0])
    assert inside is not None
    found = slices_of(run, session.dataset, session.candidate, session.pipeline)
    assert NAME in found.predicates.columns
    assert not [one for one in found.found if NAME in one.name and (" and " in one.name or not one.significant)]
    sure = [one.significant for one in found.found]
    assert sure == sorted(sure, reverse=True)
    # All answers of the largest group are wrong, all others right.
    truth = run.predicted.copy()
    truth[inside] = 1 - truth[inside]
    worst = find_slices(replace(run, truth=truth), predicates).found[0]
    assert worst.significant
    assert worst.name == levels[0]
    assert set(worst.rows) == set(inside)


def test_a_heap_among_many_texts_is_judged_on_those_that_were_drawn() -> None:
    made = heaps(Modality.TEXT, N, seed=4)
    found = sliced(made)
    worst = found.significant[0]
    assert worst.name.startswith(f"{NAME}: group ")
    assert worst.name.endswith(f" (among {MOST:,} drawn)")
    assert found.groups_drawn == f"From {MOST:,} of {N:,} examples, drawn at random."
    assert found.overall.n == N
    drawn = looked_at(made.dataset, N).rows
    wrong = made.predictions.predicted != made.predictions.truth
    outside = np.setdiff1d(drawn, worst.rows)
    assert set(worst.rows) < set(drawn)
    assert made.inside[worst.rows].mean() > 0.9
    assert worst.rate.value == pytest.approx(wrong[worst.rows].mean())
    assert worst.rest.value == pytest.approx(wrong[outside].mean())
    assert worst.rate.n + worst.rest.n == MOST
    assert worst.share_of_errors == pytest.approx(wrong[worst.rows].sum() / wrong[drawn].sum())
    assert worst.share_of_examples == pytest.approx(len(worst.rows) / MOST)
    assert wrong[worst.rows[: worst.failures]].all()
    assert worst.p_adjusted == pytest.approx(min(1, worst.p_value * found.tried))
    selected = rows_of_slice(found.predicates, worst.name)
    assert selected is not None
    assert set(selected) == set(worst.rows), "what is selected is what was counted"
    codes = found.predicates.codes[:, found.predicates.columns.index(NAME)]
    assert (np.delete(codes, drawn) == -1).all()


def test_it_does_not_matter_whether_the_map_was_opened_before() -> None:
    made = heaps(Modality.TEXT, N, seed=4)
    before = grouped(made)
    embeddings_of(made.candidate, made.dataset, made.pipeline, np.arange(N))
    after = grouped(made)
    assert after.levels == before.levels
    np.testing.assert_array_equal(after.codes, before.codes)


def test_every_row_of_a_table_has_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    made = heaps(Modality.TABULAR, N, seed=8)
    found = sliced(made)
    assert found.groups_drawn == ""
    (group,) = (one for one in found.significant if one.name.startswith(NAME))
    assert "drawn" not in group.name
    assert group.rate.n + group.rest.n == N
    assert made.inside[group.rows].mean() > 0.9
    assert made.inside[group.rows].sum() > 0.9 * made.inside.sum()
    codes = found.predicates.codes[:, found.predicates.columns.index(NAME)]
    assert (codes >= 0).mean() > 0.9
    monkeypatch.setattr(clusters, "_AT_ONCE", 999)
    np.testing.assert_array_equal(grouped(made).codes[:, 0], codes)


def test_a_small_table_is_grouped_by_all_its_rows() -> None:
    made = heaps(Modality.TABULAR, 600, seed=1)
    vectors = embeddings_of(made.candidate, made.dataset, made.pipeline, np.arange(600)).vectors
    groups = clusters.grouped(np.asarray(vectors))
    found = grouped(made)
    large = [g for g, size in enumerate(np.bincount(groups)) if size >= 12]
    np.testing.assert_array_equal(found.codes[:, 0], np.where(np.isin(groups, large), groups, -1))


@pytest.mark.parametrize("modality", [Modality.TEXT, Modality.TABULAR])
def test_grouping_can_be_cancelled_and_says_how_far_it_is(modality: Modality) -> None:
    made = heaps(modality, N, seed=0)
    seen = []
    grouped(made, Progress(seen.append))
    total = MOST if modality is Modality.TEXT else N
    assert (seen[-1].done, seen[-1].total) == (total, total)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        grouped(heaps(modality, N, seed=1), progress)


def test_without_embeddings_or_with_few_examples_there_are_no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    assert grouped(heaps(Modality.TEXT, 199, seed=0)).columns == ()
    monkeypatch.setattr(Known, "capabilities", Capabilities())
    found = sliced(heaps(Modality.TEXT, N, seed=0))
    assert NAME not in found.predicates.columns
    assert found.groups_drawn == ""
