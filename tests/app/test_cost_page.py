"""The page on cost."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/decide/cost.py"


def test_nothing_open(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert app.title[0].value == "Nothing is open yet"


def test_measures_only_when_asked_to(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert app.title[0].value == "What does it cost to run?"
    next(b for b in app.button if b.label == "Measure").click().run()
    settle(app)
    assert not app.exception
    assert " a row, " in app.title[0].value.replace("\\", "")
    assert "A fresh process peaks at" in words(app)


def test_an_unknown_split(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes", split="nowhere")
    assert not app.exception
    assert app.title[0].value == "This split is not in the data"
