"""The verdict page: what is missing, what a threshold changes, and nothing open."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.conftest import words

Visit = Callable[..., AppTest]
PAGE = "pages/decide/verdict.py"


def test_nothing_open(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert app.title[0].value == "Nothing is open yet"


def test_what_the_doctor_has_not_seen_is_not_enough(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert app.title[0].value.replace("\\", "") == "Not enough evidence: how it is fed"
    assert "Run the doctor" in words(app)


def test_thresholds_change_the_verdict(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    app.checkbox(key="policy-doctor").uncheck()
    next(b for b in app.button if b.label == "Judge by these").click().run()
    assert not app.exception
    assert app.title[0].value.startswith("Adopt")
    app.number_input(key="policy-accuracy").set_value(99.9)
    next(b for b in app.button if b.label == "Judge by these").click().run()
    assert app.title[0].value.replace("\\", "").startswith(("Do not adopt", "Not enough evidence: accuracy"))


def test_a_regression(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert "R² on your data" in words(app)
