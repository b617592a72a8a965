"""The page that compares two candidates."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from analysis.samples import bundled_root
from analysis.session import Session, open_session
from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/results/compare.py"


def bundled_session(name: str) -> Session:
    root = bundled_root()
    return open_session(root / "models" / f"{name}-logistic", root / "data" / name)


def test_without_a_second_model_the_page_asks_for_one(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert "Which of two models" in app.title[0].value
    assert any(box.label == "Compare with" for box in app.selectbox)


def test_a_second_model_is_trusted_opened_and_compared(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", against="sample:breast-cancer-trees")
    assert any("needs your trust" in s.value for s in app.subheader)
    app.checkbox[0].check().run()
    next(b for b in app.button if b.label == "Trust them and open").click().run()
    settle(app)
    assert not app.exception
    assert "Can’t tell" in app.title[0].value
    assert "McNemar" in words(app)
    table = app.dataframe[0].value
    assert table["Metric"].iloc[0] == "Accuracy"
    assert table["Better"].iloc[0] == "can’t tell"
    assert {"ROC area (macro)", "Calibration error", "Brier score", "Log loss"} <= set(table["Metric"])
    drawn = [chart.proto.id for chart in app.get("plotly_chart")]
    assert len([key for key in drawn if "both-" in key]) == 3, drawn
    box = next(box for box in app.selectbox if box.label == "Class against the rest")
    box.select("benign").run()
    assert not app.exception
    assert app.query_params["curve"] == "benign"
    app = settle(app)
    assert "corrected for all of them" in words(app)
    assert "Open an example above" in words(app)
    first = bundled_session("breast-cancer").dataset.table.query("split == 'test'")["id"].iloc[0]
    app.query_params["example"] = first
    app = settle(app.run())
    assert not app.exception
    drawn = [chart.proto.id for chart in app.get("plotly_chart")]
    assert len([key for key in drawn if key.endswith(("why-a", "why-b"))]) == 2, drawn
    assert app.query_params["against"] == "sample:breast-cancer-trees"


def test_a_model_against_its_smaller_self(visit: Visit) -> None:
    app = visit(PAGE, model="sample:reviews", against="as:int8")
    assert not app.exception
    assert "as delivered" in app.title[0].value
    assert "as int8" in app.title[0].value
    box = next(box for box in app.selectbox if box.label == "Compare with")
    assert "The same model, pruned 50 %" in box.options
    app = visit(PAGE, model="sample:reviews", against="as:int3")
    assert "no smaller variant" in words(app)


def test_the_examples_of_another_cell_are_shown(visit: Visit) -> None:
    app = visit(PAGE, model="sample:reviews", against="as:pruned-70", together="none")
    assert not app.exception
    assert any(s.value.startswith("Both get") and s.value.endswith("wrong") for s in app.subheader)


def test_regressions_are_compared_without_an_agreement(visit: Visit) -> None:
    app = visit(PAGE, model="sample:ratings", against="sample:ratings")
    assert not app.exception
    assert app.title[0].value.startswith("Can’t tell")
    drawn = [chart.proto.id for chart in app.get("plotly_chart")]
    assert len(drawn) == 5
    assert drawn[-1].endswith("slice-differences")
    assert not [key for key in drawn if "agreement" in key or "both-" in key]
    assert {"R²", "Root mean squared error", "Median absolute error"} <= set(app.dataframe[0].value["Metric"])


def test_what_cannot_be_compared_is_said_in_words(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer", against="no/such**model**")
    assert not app.exception
    assert "something new" in app.title[0].value
    next(b for b in app.button if b.label == "Open it").click().run()
    settle(app)
    assert not app.exception
    assert any("can’t be opened" in s.value for s in app.subheader)


def test_simple_models_are_fitted_when_asked_for(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    next(b for b in app.button if b.label == "Fit simple models").click().run()
    settle(app)
    assert not app.exception
    assert "better than every simple model" in words(app)
    assert "split train" in words(app)
