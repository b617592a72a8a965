"""The doctor's figures: what they say, what they carry, and that names from data stay names."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.figures.doctor import compared_with, difference_picture, hypotheses, hypothesis_table, short_changes
from analysis.preprocessing.doctor.result import Conclusion, Diagnosis, Scorecard, Tested
from analysis.types import Edit, Estimate, Kind, Modality, Pipeline, Step


def card(value: float, n: int = 50) -> Scorecard:
    return Scorecard(Estimate(value, max(0.0, value - 0.1), min(1.0, value + 0.1), n, "Wilson"), 1.0 - value, n)


def edit(step: str, sentence: str) -> Edit:
    return Edit(step, {"a": 1}, {"a": 2}, sentence)


def diagnosis(tested: tuple[Tested, ...]) -> Diagnosis:
    pipeline = Pipeline(Modality.IMAGE, (Step("label_order", {"labels": ["a", "b"]}),))
    none = np.empty(0, dtype=np.int64)
    scores = np.empty((0, 2), dtype=np.float32)
    return Diagnosis(
        Conclusion.MISMATCH, "", card(0.3), card(0.9), (), pipeline, 0.001, 0.001, tested, len(tested), (), 10, 100,
        None, None, none, scores, scores, True, 0,
    )  # fmt: skip


TESTED = (
    Tested((edit("channel_order", "channel order: BGR → RGB"),), card(0.9), 0.001, 0.001, True, True),
    Tested((edit("crop", "centre crop: <b>none</b> $x$ → 224"),), card(0.4), 1.0, 0.6, False, False),
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_hypothesis_has_a_bar_and_a_row(kind: Kind, theme: str) -> None:
    drawn = hypotheses(diagnosis(TESTED), kind, theme=theme)  # type: ignore[arg-type]
    bar = drawn.plot.data[0]
    assert len(bar.x) == len(drawn.data) == 2
    assert (
        drawn.title
        == f"1 of 2 changes shown are proved to do better than {'30 %' if kind is Kind.CLASSIFICATION else 'R² 0.3'}"
    )
    assert bar.marker.color[0] != bar.marker.color[1]
    assert "<b>none</b>" not in bar.hovertext[1].replace("<b>40", "")
    assert "not proved" in drawn.text


def test_the_table_holds_the_numbers_as_they_are() -> None:
    table = hypothesis_table(diagnosis(TESTED), Kind.CLASSIFICATION)
    assert list(table["accuracy"]) == [0.9, 0.4]
    assert list(table["proved"]) == [True, False]
    assert table["change"][1] == "centre crop: <b>none</b> $x$ → 224"
    assert "r2" in hypothesis_table(diagnosis(TESTED), Kind.REGRESSION)


def test_nothing_tried_is_said() -> None:
    drawn = hypotheses(diagnosis(()), Kind.CLASSIFICATION)
    assert drawn.title == "No change could be tried; it stands at 30 %"
    assert not len(drawn.data)


def test_changes_are_named_briefly() -> None:
    assert short_changes(TESTED[0].edits + TESTED[1].edits) == "channel order + centre crop"


def test_the_difference_is_symmetric_and_in_the_data() -> None:
    change = np.zeros((4, 6), dtype=np.float32)
    change[1, 2] = -0.5
    drawn = difference_picture(change, scale=1.0)
    heat = drawn.plot.data[0]
    assert (heat.zmin, heat.zmax) == (-1.0, 1.0)
    assert drawn.data["difference"].min() == -0.5
    assert len(drawn.data) == 24
    assert difference_picture(np.zeros((2, 2), dtype=np.float32)).title == "No difference"


def test_a_neighbour_of_the_best_is_named_by_what_it_does_otherwise() -> None:
    a, b, c = (edit(n, f"{n}: x → y") for n in ("crop", "resize", "rescale"))
    assert compared_with((a,), (a, b)) == "crop: x → y"
    assert compared_with((a, b), (a, b), brief=True) == "the best one"
    assert compared_with((a, b, c), (a, b)) == "the best one with rescale: x → y"
    assert compared_with((a, c), (a, b), brief=True) == "the best one with rescale, without resize"
    assert compared_with((b, c), ()) == "resize: x → y; rescale: x → y"
