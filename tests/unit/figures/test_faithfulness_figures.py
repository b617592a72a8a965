"""Figures of how far explanations can be believed: what they say, what they carry, light and dark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis import figures
from analysis.faithfulness import Faithfulness, Verdict
from analysis.faithfulness.agreement import Agreement
from analysis.faithfulness.randomisation import RandomisationTest, Randomised, Sensitivity
from analysis.faithfulness.removal import Comparison
from analysis.figures.faithfulness import agreement_matrix, deletion_curve, insertion_curve, randomisation_curves

SHARES = np.linspace(0, 1, 5)
CHANCE = np.tile(np.linspace(0.9, 0.1, 5), (40, 1)) + np.linspace(-0.05, 0.05, 40)[:, None]
FOUND = Faithfulness(
    method="grad_cam",
    verdict=Verdict.TRUSTWORTHY,
    reason="It wins.",
    deletion=Comparison(SHARES, np.array([0.9, 0.2, 0.1, 0.1, 0.1]), CHANCE, lower_wins=True),
    insertion=Comparison(SHARES, np.array([0.1, 0.1, 0.1, 0.1, 0.9]), CHANCE[:, ::-1], lower_wins=False),
    stability=0.9,
    parts=64,
    noun="tiles",
    absent="the picture, blurred",
    outcome="probability",
)
AGREEMENT = Agreement(
    methods=("a", "b", "c"),
    correlation=np.array([[1, 0.9, np.nan], [0.9, 1, -0.4], [np.nan, -0.4, 1]]),
    overlap=np.array([[13, 9, 2], [9, 13, 0], [2, 0, 13]]),
    strongest=13,
    noun="tiles",
)
TITLES = ("Grad-CAM", "Saliency", "<b>Third</b>")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_curves_say_how_often_the_map_wins(theme: figures.Theme) -> None:
    deletion, insertion = deletion_curve(FOUND, theme=theme), insertion_curve(FOUND, theme=theme)
    assert deletion.title == "Removed in the map's order, the answer falls faster than in 40 of 40 random orders"
    assert insertion.title == "Shown in the map's order, the answer rises faster than in 0 of 40 random orders"
    assert "p = 0.024" in deletion.text
    assert "p = 1" in insertion.text
    assert list(deletion.data["this_map"]) == [0.9, 0.2, 0.1, 0.1, 0.1]
    for drawn in (deletion, insertion):
        assert drawn.plot.layout.template.layout.font.color == figures.PALETTES[theme].ink
        assert drawn.plot.layout.xaxis.title.text
        assert drawn.plot.layout.yaxis.title.text == "Probability of the answer"
        assert (drawn.data["random_5"] < drawn.data["random_95"]).all()


def test_a_regression_has_its_value_on_the_axis() -> None:
    drawn = deletion_curve(replace(FOUND, outcome="value"))
    assert drawn.plot.layout.yaxis.title.text == "Predicted value"
    assert drawn.plot.layout.yaxis.labelalias is None
    assert deletion_curve(FOUND).plot.layout.yaxis.labelalias["20%"] == "20\u00a0%"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_agreement_names_the_pair_that_agrees_least(theme: figures.Theme) -> None:
    drawn = agreement_matrix(AGREEMENT, TITLES, theme=theme)
    assert drawn.title == "<b>Third</b> and Saliency agree least: rank correlation −0.4"
    assert "&lt;b&gt;Third" in drawn.plot.layout.title.text
    assert "9 of their 13 strongest tiles are the same" in drawn.text
    assert "one of them says the same of everything" in drawn.text
    assert list(drawn.data["same"]) == [9, 2, 0]
    assert drawn.plot.data[1].text[0] == "<b>0.9</b><br>9 of 13"


def test_agreement_is_said_where_it_is_there() -> None:
    two = replace(AGREEMENT, methods=("a", "b"), correlation=AGREEMENT.correlation[:2, :2])
    said = "Saliency and Grad-CAM: rank correlation 0.9; 9 of their 13 strongest tiles are the same"
    assert agreement_matrix(two, TITLES[:2]).title == said
    same = replace(AGREEMENT, correlation=np.full((3, 3), 0.8))
    assert agreement_matrix(same, TITLES).title == "All 3 methods tell the same story"
    unknown = replace(AGREEMENT, correlation=np.full((3, 3), np.nan))
    assert "can't be told" in agreement_matrix(unknown, TITLES).title


def randomised(*sensitivities: Sensitivity) -> RandomisationTest:
    correlation = np.array([[0.5, np.nan], [0.1, 0.3]])
    methods = tuple(Randomised("m", correlation, None, said, 0.2, -0.1, 0.5) for said in sensitivities)
    return RandomisationTest((1, 4), 4, ("a", "b"), methods, ())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_randomised_maps_are_drawn_from_the_true_ones_on(theme: figures.Theme) -> None:
    drawn = randomisation_curves(randomised(Sensitivity.FOLLOWS, Sensitivity.IGNORES), TITLES[1:], theme=theme)
    assert drawn.title == "<b>Third</b>: maps look alike whatever the network learned"
    assert "Saliency: 0.2 (−0.1 to 0.5)" in drawn.text
    assert list(drawn.plot.data[0].y) == pytest.approx([1, 0.5, 0.2])
    assert list(drawn.plot.data[0].x) == [0, 0.25, 1]
    assert list(drawn.data["random_layers"][:3]) == [0, 1, 4]
    assert "<b>Third" not in drawn.plot.layout.title.text


def test_the_title_says_what_is_known() -> None:
    follows, unsure = Sensitivity.FOLLOWS, Sensitivity.UNKNOWN
    assert randomisation_curves(randomised(follows), TITLES[:1]).title == "Grad-CAM follows the network"
    assert randomisation_curves(randomised(follows, follows), TITLES[:2]).title.startswith("These maps follow")
    said = randomisation_curves(randomised(follows, unsure), TITLES[:2]).title
    assert said == "Whether Saliency follows the network can't be told from 2 examples"


def test_many_methods_have_one_number_a_cell_and_zero_has_no_sign() -> None:
    many = replace(
        AGREEMENT, methods=tuple("abcde"), correlation=np.full((5, 5), -0.001), overlap=np.ones((5, 5), np.int64)
    )
    drawn = agreement_matrix(many, [f"Method {m}" for m in "abcde"])
    assert set(drawn.plot.data[1].text) == {"<b>0</b>"}
    assert drawn.plot.layout.xaxis.title.text == "Rank correlation"
