"""What if: each kind edited, undone and exported; and suggestions taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from analysis.what_if import Flip
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/why/what_if.py"


def test_a_row_is_changed_undone_and_reset(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert app.title[0].value == "What if this row were different?"
    slider = app.slider[0]
    slider.set_value(slider.max).run()
    app.button(key="edit-set").click().run()
    settle(app)
    assert not app.exception
    assert app.title[0].value.startswith(("Still", "It changes"))
    assert "set to" in words(app)
    assert "Before" in words(app)
    assert "After" in words(app)
    app.button(key="edit-undo").click().run()
    settle(app)
    assert "Nothing is changed yet" in words(app)


def test_the_smallest_change_is_found_and_taken(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    app.button(key="search-flip").click().run()
    settle(app)
    assert not app.exception
    assert "standard deviations away" in words(app)
    app.button(key="edit-take").click().run()
    settle(app)
    assert app.title[0].value.startswith("It changes the answer")
    app.button(key="edit-reset").click().run()
    settle(app)
    assert app.title[0].value == "What if this row were different?"


def test_none_found_is_said(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.what_if.smallest_change", lambda *_, **__: Flip((), float("nan"), 100))
    app = visit(PAGE, model="sample:diabetes")
    app.button(key="search-flip").click().run()
    settle(app)
    assert not app.exception
    assert "None was found within the range of the data" in words(app)


def test_a_text_is_edited_and_words_are_suggested(visit: Visit) -> None:
    app = visit(PAGE, model="sample:tweets", example="3")
    assert not app.exception
    app.text_area[0].set_value("this is a wonderful day").run()
    app.button(key="edit-text-0").click().run()
    settle(app)
    assert "text edited" in words(app)
    app.button(key="search-deletions").click().run()
    settle(app)
    assert not app.exception
    said = words(app)
    assert "the answer is another" in said or "None was found" in said


def test_a_picture_is_covered(visit: Visit) -> None:
    app = visit(PAGE, model="sample:photos", example="cat/tabby_cat.jpg", method="grad_cam")
    assert not app.exception
    app.button(key="edit-image").click().run()
    settle(app)
    assert not app.exception
    assert "covered with its mean colour inside" in words(app)
    app.slider(key="what_if_across").set_value((40, 40)).run()
    assert not app.exception
    assert "The rectangle is empty" in words(app)


def test_an_unknown_example_falls_back_to_one_that_is_there(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", example="<b>no</b>")
    assert not app.exception
    assert app.title[0].value == "What if this row were different?"


def test_nothing_open(visit: Visit) -> None:
    app = visit(PAGE)
    assert app.title[0].value == "Nothing is open yet"


def test_words_are_exchanged_for_near_ones(visit: Visit) -> None:
    app = visit(PAGE, model="sample:tweets", example="3")
    app.segmented_control(key="what_if_way").set_value("swap").run()
    app.button(key="search-swaps").click().run()
    settle(app)
    assert not app.exception
    said = words(app)
    assert "nearness" in said or "None was found" in said


def test_the_region_that_decides_is_found_and_taken(visit: Visit) -> None:
    app = visit(PAGE, model="sample:photos", example="cat/tabby_cat.jpg", method="grad_cam")
    app.button(key="search-region").click().run()
    settle(app)
    assert not app.exception
    assert "of the picture covered the answer is another" in words(app)
    app.button(key="edit-take").click().run()
    settle(app)
    assert app.title[0].value.startswith("It changes the answer")


def test_nothing_is_painted_yet(visit: Visit) -> None:
    app = visit(PAGE, model="sample:photos", example="cat/tabby_cat.jpg", method="grad_cam")
    app.segmented_control(key="what_if_region").set_value("paint").run()
    assert not app.exception
    assert app.button(key="edit-image").disabled
    assert app.button(key="paint-undo").disabled


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"box": [0.1, -1, 0.5, 3]}, {"box": [0.1, 0.0, 0.5, 1.0]}),
        ({"box": [0.1]}, None),
        ({"strokes": [{"width": 9, "points": [[0.1, 0.2]]}]}, {"strokes": [{"width": 1.0, "points": [[0.1, 0.2]]}]}),
        ({"strokes": [{"points": []}]}, None),
        ({"strokes": "x"}, None),
        (None, None),
        ([], None),
    ],
)
def test_what_a_canvas_sends_is_checked(sent: object, kept: object) -> None:
    from pages.shared.canvas import _checked

    assert _checked(sent) == kept
