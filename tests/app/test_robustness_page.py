"""The page on robustness."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/decide/robustness.py"


def test_nothing_open(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert app.title[0].value == "Nothing is open yet"


def test_measures_when_asked_to_and_remembers(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert app.title[0].value.startswith("Does it hold")
    assert "Inexact numbers" in words(app)
    next(b for b in app.button if b.label == "Measure").click().run()
    settle(app)
    assert not app.exception
    assert "171 rows" in app.title[0].value
    assert any("gives no answer" in w.value for w in app.warning)
    app.pills(key="corruption").set_value("missing_columns").run()
    assert not app.exception
    assert "as it is" in words(app)
    again = visit(PAGE, model="sample:breast-cancer")
    assert again.title[0].value == app.title[0].value


def test_an_unknown_split(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes", split="nowhere")
    assert not app.exception
    assert app.title[0].value == "This split is not in the data"
