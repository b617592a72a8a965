"""Causes on the overview, as a selection, and on an example's page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
OVERVIEW, CONFUSIONS = "pages/results/overview.py", "pages/results/confusions.py"


def test_a_cause_is_selected_filters_and_is_cleared(visit: Visit) -> None:
    app = visit(OVERVIEW, model="sample:reviews")
    assert not app.exception
    assert "Whether the model is fed rightly was not examined." in words(app)
    title = app.title[0].value
    app.button(key="cause-label").click().run()
    settle(app)
    assert app.query_params["cause"] == "label"
    assert app.title[0].value == title, "the numbers are of all examples"
    assert app.button(key="chip-cause")
    app.switch_page(CONFUSIONS).run()
    settle(app)
    assert app.title[0].value.startswith("Suspect label: ")
    app.button(key="clear").click().run()
    settle(app)
    assert "named right" in app.title[0].value


def test_the_doctor_is_asked_from_the_overview(visit: Visit) -> None:
    app = visit(OVERVIEW, model="sample:breast-cancer")
    assert "isn’t known yet" in words(app)
    app.button(key="ask-doctor").click().run()
    settle(app)
    assert not app.exception
    assert "The doctor found nothing wrong" in words(app)
    assert app.button(key="cause-weakness")


@pytest.mark.parametrize("page", [CONFUSIONS, "pages/why/explain.py"])
def test_an_example_says_why_it_fails(visit: Visit, page: str) -> None:
    app = visit(page, model="sample:breast-cancer", example="test.csv:18")
    assert not app.exception
    assert "Why it fails" in words(app)


@pytest.mark.parametrize("cause", ["preprocessing", "<b>no</b> such **cause**"])
def test_a_cause_that_no_failure_has_is_said(visit: Visit, cause: str) -> None:
    app = visit(CONFUSIONS, model="sample:breast-cancer", cause=cause)
    assert not app.exception
    assert app.title[0].value == "No failure here has this cause"
    next(b for b in app.button if b.label == "Look at all failures").click().run()
    settle(app)
    assert "cause" not in app.query_params
    assert "named right" in app.title[0].value


@pytest.mark.parametrize("page", ["results/labels", "why/patterns", "why/what_if", "why/explain", "feeding/eyes"])
def test_every_page_about_failures_takes_the_cause(visit: Visit, page: str) -> None:
    app = visit(f"pages/{page}.py", model="sample:breast-cancer", cause="unknown")
    assert not app.exception
    assert app.title


def test_a_regression_says_what_a_failure_is(visit: Visit) -> None:
    app = visit(OVERVIEW, model="sample:diabetes")
    assert not app.exception
    assert "A failure is off by more than" in words(app)
