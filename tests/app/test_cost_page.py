"""The page on cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from analysis.diligence.cost import measure
from analysis.diligence.cost.result import Peak
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/decide/cost.py"


def test_nothing_open(visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert app.title[0].value == "Nothing is open yet"


def test_measures_only_when_asked_to(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "measure_peak", lambda *_, **__: Peak(3_000_000, 4_000_000, 5_000_000))
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert app.title[0].value == "What does it cost to run?"
    next(b for b in app.button if b.label == "Measure").click().run()
    settle(app)
    assert not app.exception
    assert " a row, " in app.title[0].value.replace("\\", "")
    assert "A fresh process peaks at 5 MB" in words(app)


def test_an_unknown_split(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes", split="nowhere")
    assert not app.exception
    assert app.title[0].value == "This split is not in the data"
