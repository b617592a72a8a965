"""Parts of a run: what a bar or a point counts is what its part holds, and a link carries it unchanged."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import figures
from analysis.failures.parts import CHANGED, QUANTITIES, WORD, Part, between, part_of, texts_with
from analysis.metrics.curves import curves
from analysis.metrics.reliability import reliability
from analysis.metrics.thresholds import find_threshold
from analysis.types import Kind, Predictions
from pages.shared.state import SIDES
from tests.unit.metrics.runs import classified, random_run, regressed

LABELS = ("cat", "dog and bird", " =x\n")
NUMBERS = st.floats(allow_nan=False)


def run(seed: int = 0, n: int = 200) -> Predictions:
    """Return a classification with scores of all sizes, two of whose labels the model doesn't know."""
    rng = np.random.default_rng(seed)
    truth = np.concatenate([[-1, -1], rng.integers(0, 3, n - 2)])
    return classified(truth, rng.dirichlet(np.full(3, 0.4), n).astype(np.float32), LABELS)


def carried(figure: figures.Figure) -> list[str]:
    """Return the parts of a figure's points, in its order."""
    return [str(c[0]) for trace in figure.plot.data if trace.customdata is not None for c in trace.customdata if c[0]]


@given(of=st.sampled_from(sorted(QUANTITIES)), ends=st.tuples(NUMBERS, NUMBERS), name=st.text(min_size=1))
def test_a_link_carries_a_part_unchanged(of: str, ends: tuple[float, float], name: str) -> None:
    part = Part(of, min(ends), max(ends), name if of == "score" else "")
    assert part_of(str(part)) == part


@pytest.mark.parametrize(
    "text",
    ["", "confidence", "confidence 0.1", "confidence a b", "confidence 0.9 0.1", "confidence nan 1",
     "confidence 0 1 cat", "score 0.1 0.9", "brightness under 0.31", "map 1 2: 10,20 30,20 30,90", "changed 1 1",
     "word -inf inf"],
)  # fmt: skip
def test_what_is_no_part_is_none(text: str) -> None:
    assert part_of(text) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_bar_of_confidence_holds_the_examples_that_it_counts(seed: int) -> None:
    predictions = run(seed)
    bins = reliability(predictions)
    parts = [part_of(text) for text in carried(figures.reliability(bins))]
    held = [part.rows(predictions) for part in parts if part is not None]
    assert [len(rows) for rows in held] == [b.n for b in bins]
    assert sum(map(len, held)) == int(predictions.known.sum()) == 198


def test_confidence_on_the_edge_of_a_bar_belongs_to_the_bar_below() -> None:
    scores = np.array([[0.5, 0.5, 0.0], [0.75, 0.25, 0.0], [1.0, 0.0, 0.0]], np.float32)
    predictions = classified(np.array([0, 0, 0]), scores, LABELS)
    assert Part("confidence", 0.4, 0.5).rows(predictions).tolist() == [0]
    assert Part("confidence", 0.9, 1.0).rows(predictions).tolist() == [2]


@pytest.mark.parametrize("label", LABELS)
def test_a_point_of_a_curve_holds_what_is_called_so_from_its_score_on(label: str) -> None:
    predictions = run(3)
    found = curves(predictions, label)
    assert found is not None
    negatives = found.n - found.positives
    for text, (false, true, _) in zip(carried(figures.roc(found)), found.roc, strict=True):
        part = part_of(text)
        assert part is not None
        if part.low < 1:  # The first point stands for no example, whatever its score.
            assert len(part.rows(predictions)) == round(true * found.positives + false * negatives)
    assert part_of(carried(figures.precision_recall(found))[0]) == Part("score", found.pr[0, 2], math.inf, label)
    chosen = find_threshold(predictions, label)
    assert chosen is not None
    assert len(carried(figures.threshold_costs(chosen))) == 2 * len(chosen.grid)


@pytest.mark.parametrize("n", [1, 7, 1_000])
def test_a_bar_of_errors_holds_the_examples_that_it_counts(n: int) -> None:
    rng = np.random.default_rng(n)
    predictions = regressed(rng.normal(size=n) * 100, rng.normal(size=n) * 100)
    figure = figures.error_histogram(predictions)
    held = [len(part.rows(predictions)) for text in carried(figure) if (part := part_of(text)) is not None]
    assert held == figure.data["n"].tolist()
    assert sum(held) == n


def test_ranges_between_edges_hold_their_lower_ends_and_the_last_is_open() -> None:
    assert between("error", [1.0, 2.0, 4.0]) == ["error 1.0 2.0", "error 2.0 inf"]
    assert between("error", [3.0, 3.0]) == ["error 3.0 inf"]
    assert between("error", [0.0]) == []


def test_a_number_that_a_run_lacks_selects_nothing() -> None:
    assert not len(Part("error", -1, 1).rows(run()))
    assert not len(Part("confidence", 0, 1).rows(regressed(np.zeros(3), np.zeros(3))))
    assert not len(Part("score", 0, math.inf, "horse").rows(run()))
    for of in (CHANGED, WORD):
        with pytest.raises(ValueError, match=of):
            Part(of, 1, 1, "x").rows(run())


def test_titles_read_as_people_speak() -> None:
    said = {
        Part("confidence", 0.7, 0.8): "confidence of 70 to 80 %",
        Part("score", 0.5, math.inf, "cat"): "a score for “cat” from 0.5",
        Part("error", -2.0, -1.5): "an error of −2 to −1.5",
        Part("error", -math.inf, 3.0): "an error under 3",
        Part(WORD, -math.inf, math.inf, "not"): "the word “not”",
        Part(CHANGED, 0.05, 0.05, "typos"): "another answer under “Typos”, 5 %",
        Part(CHANGED, 2.0, 2.0, "gone"): "another answer under “gone”, level 2",
    }
    assert {part: part.title for part in said} == said


def test_every_part_and_every_side_of_the_selection_is_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "selecting.md").read_text(encoding="utf-8")
    for name in (*QUANTITIES, CHANGED, WORD):
        assert f"| `{name} " in page
    for side in SIDES:
        assert f"`{side}`" in page


def test_every_quantity_is_of_the_kind_of_run_that_has_it() -> None:
    both = {Kind.CLASSIFICATION: run(), Kind.REGRESSION: regressed(np.arange(5.0), np.arange(5.0))}
    for name, about in QUANTITIES.items():
        held = Part(name, -math.inf, math.inf, "cat" if name == "score" else "").rows(both[about.kind])
        assert len(held) == (198 if about.kind is Kind.CLASSIFICATION else 5), name


def test_texts_with_a_word_are_found_in_any_case_and_not_within_others() -> None:
    texts = ["NOT good", "nothing", "it is not.", ("a pair", "and Not"), "why?", "c++ (not)"]
    assert texts_with("not", texts).tolist() == [0, 2, 3, 5]
    assert texts_with("c++", texts).tolist() == [5]
    assert texts_with("absent", texts).tolist() == []


def test_a_random_run_is_divided_by_its_scores() -> None:
    predictions = random_run(300, 4)
    label = predictions.task.labels[0]
    above = Part("score", 0.3, math.inf, label).rows(predictions)
    below = Part("score", -math.inf, 0.3, label).rows(predictions)
    assert sorted([*above, *below]) == list(range(300))
