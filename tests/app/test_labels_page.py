"""The page of suspect labels."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.conftest import words

Visit = Callable[..., AppTest]
PAGE = "pages/results/labels.py"


def test_decisions_change_the_numbers_and_can_be_taken_back(visit: Visit) -> None:
    app = visit(PAGE, model="sample:reviews")
    assert not app.exception
    assert "suspect" in app.title[0].value
    rows = len(app.dataframe[-1].value)
    first = app.subheader[0].value
    assert "No label was corrected yet" in [s.value for s in app.subheader]
    app.button(key="decide-accept").click().run()
    assert not app.exception
    assert app.subheader[0].value != first or "still to decide" in words(app)
    assert any(s.value.startswith("With 1 label corrected") for s in app.subheader)
    decided = app.dataframe[-1].value["Decided"]
    assert (decided == "corrected").sum() == 1
    app.button(key="decide-skip").click().run()
    assert len(app.dataframe[-1].value) == rows
    again = visit(PAGE, model="sample:reviews")
    assert any(s.value.startswith("With 1 label corrected") for s in again.subheader)
    again.button(key="take-back").click().run()
    again.button(key="take-back").click().run()
    assert any(s.value == "No label was corrected yet" for s in again.subheader)


def test_a_regression_is_sent_to_its_largest_errors(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert app.title[0].value.startswith("Off by")


def test_few_wrong_answers_still_make_a_page(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert app.title
