"""The report page."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.conftest import words

Visit = Callable[..., AppTest]
PAGE = "pages/decide/report.py"


def test_nothing_open(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert app.title[0].value == "Nothing is open yet"


def test_contents_can_be_chosen(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert len(app.get("download_button")) == 3
    before = next(c.value for c in app.caption if "failures shown" in c.value)
    app.pills(key="report-sections").set_value(["scorecard"]).run()
    assert not app.exception
    assert next(c.value for c in app.caption if "failures shown" in c.value) != before
    app.text_input(key="report-title").set_value("<b>Mine</b>").run()
    assert not app.exception
    assert "Hand this over as one file" in words(app)
