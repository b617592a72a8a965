"""Two models slice by slice: who wins where by hand, nothing where nothing differs, and a model's smaller self."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.comparison import compare, slice_differences
from analysis.comparison.differences import of_shares
from analysis.diligence.cost.smaller import SMALLER, can_be_smaller, smaller
from analysis.diligence.cost.variants import VARIANTS
from analysis.errors import UnusableInput
from analysis.failures.properties import Properties
from analysis.failures.slices.predicates import Predicates, cut
from analysis.figures import slice_differences as drawn
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from tests.unit.metrics.runs import called, regressed

N = 400
TRUTH = np.arange(N) % 2
WHERE = np.array(["north", "south", "east", "west"])[np.arange(N) // 100]


def predicates() -> Predicates:
    table = pd.DataFrame({"place": WHERE, "size": np.random.default_rng(0).normal(size=N)})
    return cut(Properties(table, {}), least=20)


def wrong_in(place: str, share: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    wrong = (place == WHERE) & (rng.random(N) < share)
    return np.where(wrong, 1 - TRUTH, TRUTH)


def test_each_wins_where_the_other_fails() -> None:
    a, b = called(TRUTH, wrong_in("north", 0.5, 1), 2), called(TRUTH, wrong_in("south", 0.5, 2), 2)
    found = slice_differences(a, b, predicates())
    winners = {one.name: one.winner for one in found if one.winner}
    assert winners == {"place: north": "b", "place: south": "a"}
    north = next(one for one in found if one.name == "place: north")
    inside = WHERE == "north"
    assert north.found == of_shares((a.predicted == TRUTH)[inside], (b.predicted == TRUTH)[inside])
    assert north.p_adjusted >= north.found.p_value
    assert compare(a, b).winner == "", "over all examples they are alike"
    assert len({one.name for one in found}) == len(found)
    figure = drawn(found, ("first", "second"))
    assert figure.title == "“first” is better on 1 and “second” is better on 1 of 11 slices"
    assert len(figure.data) == len(found)


def test_a_regression_wins_by_smaller_errors() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=N)
    noise = rng.normal(size=N)
    a = regressed(y, y + noise * np.where(WHERE == "north", 0.1, 1.0))
    b = regressed(y, y + noise)
    found = slice_differences(a, b, predicates())
    assert next((one.name, one.winner) for one in found if one.winner) == ("place: north", "a")
    assert "is better on" in drawn(found, ("first", "second")).title


def test_rows_are_matched_where_the_other_lacks_some() -> None:
    a, b = called(TRUTH, wrong_in("north", 0.5, 1), 2), called(TRUTH, TRUTH, 2)
    kept = np.arange(N - 1, 49, -1)
    b = replace(
        b, ids=tuple(b.ids[i] for i in kept), splits=tuple(b.splits[i] for i in kept), truth=TRUTH[kept],
        truth_labels=tuple(b.truth_labels[i] for i in kept), scores=b.scores[kept],
    )  # fmt: skip
    north = next(one for one in slice_differences(a, b, predicates()) if one.name == "place: north")
    assert north.found.n == 50
    assert north.found.a == pytest.approx(float((a.predicted == TRUTH)[50:100].mean()))


def test_nothing_differs_where_both_are_equally_good() -> None:
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        a, b = (called(TRUTH, np.where(rng.random(N) < 0.2, 1 - TRUTH, TRUTH), 2) for _ in range(2))
        alarms += any(one.winner for one in slice_differences(a, b, predicates()))
    assert stats.binomtest(alarms, 60, 0.05, alternative="greater").pvalue > 0.01


def test_no_slice_at_all() -> None:
    run = called(TRUTH, TRUTH, 2)
    nothing = cut(Properties(pd.DataFrame({"same": ["x"] * N}), {}), least=20)
    assert slice_differences(run, run, nothing) == ()
    assert drawn((), ("a", "b")).text


@pytest.fixture(scope="module")
def reviews() -> Session:
    root = bundled_root()
    return open_session(root / "models" / "reviews-sentiment", root / "data" / "reviews.csv", split="test")


def test_a_smaller_self_is_a_candidate_with_its_own_runs(
    reviews: Session, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path_factory.mktemp("home")))
    assert set(SMALLER.values()) == set(VARIANTS)
    other = smaller(reviews, "pruned-70")
    assert other.candidate.fingerprint != reviews.candidate.fingerprint
    assert other.candidate.fingerprint == smaller(reviews, "pruned-70").candidate.fingerprint
    first, second = reviews.predictions(), other.predictions()
    assert not np.allclose(first.scores, second.scores)
    found = compare(first, second)
    assert found.n == len(first)
    assert found.differences["accuracy"].a == pytest.approx(float((first.predicted == first.truth).mean()))
    again = reviews.predictions()
    assert np.array_equal(again.scores, first.scores), "the original answers as before"


@pytest.mark.parametrize("name", ["int8", "bf16", "pruned-50"])
def test_a_smaller_self_can_be_explained(name: str, reviews: Session) -> None:
    from analysis.explain import explain_example
    from analysis.explainers.registry import fitting

    other = smaller(reviews, name)
    method = fitting(other.candidate)[0].name
    assert (method == fitting(reviews.candidate)[0].name) == name.startswith("pruned")
    example = str(other.dataset.table.query("split == 'test'")["id"].iloc[0])
    found = explain_example(other.candidate, other.dataset, example, other.pipeline, (method,))
    assert np.isfinite(found.attributions[0].scores).all()
    assert np.abs(found.attributions[0].scores).max() > 0


def test_what_has_no_smaller_self_says_so(reviews: Session) -> None:
    root = bundled_root()
    trees = open_session(root / "models" / "breast-cancer-logistic", root / "data" / "breast-cancer")
    assert can_be_smaller(reviews.candidate)
    assert not can_be_smaller(trees.candidate)
    with pytest.raises(UnusableInput, match="no smaller variant here"):
        smaller(trees, "int8")
    with pytest.raises(UnusableInput, match="no smaller variant “int4”"):
        smaller(reviews, "int4")
