"""Patterns: asked for, computed, read again from disk; and what is said where there is nothing to compare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.errors import UnusableInput
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/why/patterns.py"


def test_all_failures_are_explained_when_asked_and_read_again_later(visit: Visit, home: Path) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert app.title[0].value == "What do these failures share?"
    assert "3 rows failed" in words(app)
    app.button(key="patterns-start").click().run()
    settle(app)
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2
    first = app.title[0].value
    noted = "_note_unit"
    app.session_state[noted] = (("another run",), "mean radius")
    app.run()
    assert not any("mean radius" in link.proto.label for link in app.get("page_link"))
    again = visit(PAGE, model="sample:breast-cancer")
    assert again.title[0].value == first
    assert list(home.glob("attributions/*/*.npz"))


def test_a_regression_compares_the_worst_with_the_best(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert "the quarter with the smallest errors" in words(app)
    app.button(key="patterns-start").click().run()
    settle(app)
    assert not app.exception
    assert "towards the error" in app.title[0].value or "stands out" in app.title[0].value


def test_a_selection_without_failures_says_so(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", true="benign", predicted="benign")
    assert not app.exception
    assert app.title[0].value == "There is no failure to compare here"


def test_the_method_is_carried_in_the_link(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", method="shap_permutation")
    assert app.selectbox(key="patterns_method").value == "shap_permutation"
    app = visit(PAGE, model="sample:breast-cancer", method="**none**")
    assert not app.exception
    assert app.selectbox(key="patterns_method").value == "shap_linear"


def test_an_error_is_said_in_place(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.shared import patterns

    def broken(*_: object) -> None:
        raise UnusableInput("The disk is full.", "Make room.")

    monkeypatch.setattr(patterns, "find", broken)
    # Jobs outlive a session, as on a server: another method is another job.
    app = visit(PAGE, model="sample:breast-cancer", method="shap_permutation")
    app.button(key="patterns-start").click().run()
    settle(app)
    assert not app.exception
    assert "The disk is full." in words(app)
    assert app.button(key="again-patterns")
