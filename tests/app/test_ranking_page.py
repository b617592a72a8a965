"""The page Ranking."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/results/ranking.py"


def test_without_others_the_page_asks_for_some(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert "Which of several models" in app.title[0].value
    assert any(box.label == "Rank with" for box in app.multiselect)


def test_others_are_trusted_opened_and_ranked(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", among="sample:breast-cancer-trees")
    assert any("needs your trust" in s.value for s in app.subheader)
    app.checkbox[0].check().run()
    next(b for b in app.button if b.label == "Trust them and open").click().run()
    app = settle(app)
    assert not app.exception
    assert app.title[0].value == "None of the 2 can be told to be the best"
    assert "McNemar" in words(app)
    table = app.dataframe[0].value
    assert list(table["Rank"]) == ["1 to 2", "1 to 2"]
    assert app.get("plotly_chart")
    app.session_state["_note_entrant"] = table["Candidate"][1]  # As a click on it notes.
    app.run()
    (way,) = [link.proto for link in app.get("page_link") if link.proto.label.startswith("Compare “")]
    assert "against=sample%3Abreast-cancer-trees" in way.query_string
    next(box for box in app.selectbox if box.label == "Rank by").select("log_loss").run()
    app = settle(app)
    assert not app.exception
    assert "Log loss" in app.dataframe[0].value
    assert app.query_params["by"] == "log_loss"
    assert "randomisation" in words(app)


def test_a_model_from_a_link_is_asked_about_first(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", among="no/such**model**|sample:breast-cancer")
    assert not app.exception
    assert "something new" in app.title[0].value
