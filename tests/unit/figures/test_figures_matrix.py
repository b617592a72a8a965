"""The matrix that answers clicks, its colours and its inks."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.failures.confusion import OTHER, confusion
from analysis.figures import PALETTES, Theme, confusion_matrix
from analysis.figures.colour import contrast, ink_on, mixed
from tests.unit.metrics.runs import called, random_run

CATS = called([0] * 5 + [1] * 5 + [2] * 5, [1] * 5 + [1] * 5 + [2] * 5, 3)


def test_each_cell_has_a_target_that_names_it() -> None:
    matrix = confusion(random_run(200, 4, sharpness=0.5))
    plot = confusion_matrix(matrix).plot
    targets = plot.data[-1]
    assert len(targets.x) == matrix.counts.size + sum(matrix.counts.shape)
    # Beyond the last row and column are the totals, which name only one of the two.
    rows, columns = (*matrix.row_labels, None), (*matrix.labels, None)
    for x, y, (true, predicted) in zip(targets.x, targets.y, targets.customdata, strict=True):
        assert (rows[int(y)], columns[int(x)]) == (true, predicted)


def test_totals_add_up() -> None:
    targets = confusion_matrix(confusion(CATS)).plot.data[-1]
    totals = {tuple(pair): text for pair, text in zip(targets.customdata, targets.text, strict=True) if text}
    assert totals == {
        ("class 0", None): "5",
        ("class 1", None): "5",
        ("class 2", None): "5",
        (None, "class 0"): "0",
        (None, "class 1"): "10",
        (None, "class 2"): "5",
    }


def test_targets_are_invisible_and_catch_the_nearest() -> None:
    plot = confusion_matrix(confusion(CATS)).plot
    targets = plot.data[-1]
    assert targets.marker.opacity == targets.selected.marker.opacity == targets.unselected.marker.opacity == 0
    assert targets.marker.size == 10
    assert all(layer.hoverinfo == "skip" for layer in plot.data[:-1])
    assert (plot.layout.hovermode, plot.layout.hoverdistance) == ("closest", -1)


def test_title_and_hover_are_sentences() -> None:
    drawn = confusion_matrix(confusion(CATS))
    assert drawn.title == "5 of 5 “class 0” are called “class 1”"
    assert (
        "<b>5 of 5</b> with label <b>class 0</b><br>are called <b>class 1</b> (100 %)" in drawn.plot.data[-1].hovertext
    )
    cell = drawn.data[(drawn.data["true"] == "class 0") & (drawn.data["predicted"] == "class 1")].iloc[0]
    assert (cell["n"], cell["share_of_true"], cell["share_of_predicted"]) == (5, 1.0, 0.5)


def test_right_is_teal_wrong_is_vermilion_and_zero_is_quiet() -> None:
    matrix = confusion(CATS)
    depth = np.asarray(confusion_matrix(matrix).plot.data[0].z)
    for i, true in enumerate(matrix.row_labels):
        for j, predicted in enumerate(matrix.labels):
            sign = 0 if not matrix.counts[i, j] else 1 if true == predicted else -1
            assert np.sign(depth[i, j]) == sign


def test_the_rest_has_no_right_or_wrong_colour() -> None:
    matrix = confusion(random_run(900, 40), limit=5)
    assert matrix.labels[-1] == OTHER
    depth = np.asarray(confusion_matrix(matrix).plot.data[0].z)
    assert depth[-1, -1] == 0
    assert matrix.counts[-1, -1] > 0


def test_numbers_only_where_they_can_be_read() -> None:
    assert len(confusion_matrix(confusion(random_run(300, 20))).plot.data) == 4
    assert len(confusion_matrix(confusion(random_run(300, 21))).plot.data) == 2


@pytest.mark.parametrize(
    ("selected", "box"),
    [
        (("class 0", "class 1"), (1, 1)),
        (("class 0", None), (3, 1)),
        ((None, "class 1"), (1, 3)),
        ((None, None), None),
        (("gone", "class 1"), None),
    ],
)
def test_the_selection_is_outlined(selected: tuple[str | None, str | None], box: tuple[int, int] | None) -> None:
    shapes = confusion_matrix(confusion(CATS), selected=selected).plot.layout.shapes
    found = (shapes[0].x1 - shapes[0].x0, shapes[0].y1 - shapes[0].y0) if shapes else None
    assert found == box


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_its_ground(theme: Theme) -> None:
    palette = PALETTES[theme]
    assert contrast(palette.ink, palette.paper) >= 7
    assert contrast(palette.muted, palette.paper) >= 4.5
    for deep, faint in ((palette.right, palette.right_faint), (palette.wrong, palette.wrong_faint)):
        for share in np.linspace(0, 1, 21):
            ground = mixed(deep, faint, float(share))
            assert contrast(ink_on(ground), ground) >= 4.5, (ground, share)


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
