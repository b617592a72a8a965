"""The results pages: every kind of sample, selections from links, and links that ask for what is not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGES = ("results/overview", "results/metrics", "results/confusions", "why/explain")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("sample", ["breast-cancer", "diabetes", "tweets", "ratings"])
def test_every_page_draws_every_kind(visit: Visit, page: str, sample: str) -> None:
    app = visit(f"pages/{page}.py", model=f"sample:{sample}")
    assert not app.exception
    assert app.title[0].value


def test_the_overview_says_what_it_found(visit: Visit) -> None:
    app = visit("pages/results/overview.py", model="sample:breast-cancer")
    assert "of 171 rows are named right" in app.title[0].value
    assert len(app.metric) == 3
    assert words(app).count("95 % interval") == 3


def test_the_overview_has_the_verdict_and_its_evidence_one_click_away(visit: Visit) -> None:
    app = visit("pages/results/overview.py", model="sample:breast-cancer")
    assert not app.exception
    said = words(app)
    assert "Not enough evidence: how it is fed" in said
    assert "To change it" in said
    assert "Accuracy on your data" in said
    app.switch_page("pages/decide/verdict.py").run()
    assert not app.exception


def test_a_regression_says_how_far_off_it_is(visit: Visit) -> None:
    app = visit("pages/results/metrics.py", model="sample:diabetes")
    assert app.title[0].value.startswith("Off by")
    table = app.dataframe[0].value
    assert {"R²", "Mean squared error", "Mean absolute error"} <= set(table["Metric"])


def test_a_cell_in_the_link_is_selected(visit: Visit) -> None:
    app = visit("pages/results/confusions.py", model="sample:breast-cancer", true="malignant", predicted="benign")
    assert not app.exception
    assert "are called" in app.title[0].value
    assert app.selectbox(key="find_class").value == "malignant"
    assert app.button(key="chip-true")


def test_a_chip_is_removed_and_the_removal_undone(visit: Visit) -> None:
    app = visit("pages/results/confusions.py", model="sample:breast-cancer", true="malignant", predicted="benign")
    app.button(key="chip-predicted").click().run()
    assert "predicted" not in app.query_params
    assert app.selectbox(key="find_class").value == "malignant"
    app.button(key="undo").click().run()
    assert app.query_params["predicted"] == "benign"
    app.button(key="clear").click().run()
    assert not {"true", "predicted", "example"} & set(app.query_params)


def test_a_clicked_cell_is_selected(visit: Visit) -> None:
    app = visit("pages/results/confusions.py", model="sample:breast-cancer")
    app.selectbox(key="find_class").set_value("malignant").run()
    assert app.query_params["true"] == "malignant"
    app.selectbox(key="find_called").set_value("benign").run()
    assert app.query_params["predicted"] == "benign"
    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_what_a_link_asks_for_in_vain(visit: Visit, page: str) -> None:
    app = visit(
        f"pages/{page}.py",
        model="sample:breast-cancer",
        true="<b>no</b>",
        predicted="**such**",
        example="no/such example",
        target="none",
        contrast="none",
        methods="none,,x",
        cells="none",
    )
    assert not app.exception
    assert app.title


@pytest.mark.parametrize("page", ["why/explain", "feeding/eyes"])
def test_an_unknown_example_is_named_above_the_one_that_is_shown(visit: Visit, page: str) -> None:
    app = visit(f"pages/{page}.py", model="sample:breast-cancer", example="no **such**")
    assert app.warning[0].value.startswith("There is no example “no")
    assert app.title
    assert not visit(f"pages/{page}.py", model="sample:breast-cancer").warning


def test_an_unknown_split_offers_those_that_are_there(visit: Visit) -> None:
    app = visit("pages/results/overview.py", model="sample:breast-cancer", split="dev")
    assert app.title[0].value == "This split is not in the data"
    next(b for b in app.button if b.label == "Judge on all of the data").click().run()
    settle(app)
    assert "of 569 rows" in app.title[0].value


def test_walking_through_the_failures(visit: Visit) -> None:
    app = visit("pages/why/explain.py", model="sample:breast-cancer")
    assert "rather than" in app.title[0].value
    first = words(app)
    app.button(key="next").click().run()
    settle(app)
    assert not app.exception
    assert "2 of 3" in words(app)
    assert first != words(app)


def test_the_question_is_chosen_and_carried_in_the_link(visit: Visit) -> None:
    app = visit("pages/why/explain.py", model="sample:breast-cancer")
    app.selectbox(key="why_contrast").set_value("-").run()
    settle(app)
    assert app.query_params["contrast"] == "-"
    assert app.title[0].value.startswith("What spoke for")
    assert app.get("plotly_chart")


def test_the_threshold_explorer_takes_costs(visit: Visit) -> None:
    app = visit("pages/results/metrics.py", model="sample:tweets")
    assert not app.exception
    assert "Calibration error" in words(app)
    before = app.dataframe[-1].value
    app.number_input(key="cost_fn").set_value(5.0).run()
    assert not app.exception
    after = app.dataframe[-1].value
    assert float(after["From"][0]) < float(before["From"][0]), "the dearer a miss, the lower the threshold"
    app.number_input(key="cost_fn").set_value(0.0).run()
    app.number_input(key="cost_fp").set_value(0.0).run()
    assert not app.exception
    assert "If no mistake costs anything" in "".join(m.value for m in app.markdown)


def test_the_reader_chooses_how_many_answers_count_as_right(visit: Visit) -> None:
    app = visit("pages/results/metrics.py", model="sample:photos")
    assert "is among its first 2 answers" in words(app)
    app.number_input(key="top_k").set_value(1).run()
    assert not app.exception
    accuracy = app.dataframe[0].value.set_index("Metric").loc["Accuracy"]
    said = next(m.value for m in app.markdown if "is its first answer" in m.value)
    assert str(accuracy.iloc[0]) in said


def test_a_regression_says_its_margin_and_errors_by_range(visit: Visit) -> None:
    app = visit("pages/results/metrics.py", model="sample:diabetes")
    assert "plus or minus" in words(app)
    assert "Mean absolute error" in app.dataframe[-1].value.columns
