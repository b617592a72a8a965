"""The page Features: a linear model, trees, and what is no table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import settle, words

Visit = Callable[..., AppTest]
PAGE = "pages/why/features.py"


def test_columns_are_ranked_followed_and_weighed(visit: Visit) -> None:
    app = visit(PAGE, model="sample:breast-cancer")
    assert not app.exception
    assert app.title[0].value == "No column alone matters clearly"
    said = words(app)
    assert "go closely together" in said
    assert "the intercept" in said
    app.selectbox(key="dependence_feature").set_value("worst texture").run()
    settle(app)
    assert not app.exception
    assert app.query_params["feature"] in ("worst texture", ["worst texture"])
    app.selectbox(key="dependence_target").set_value("malignant").run()
    settle(app)
    assert "speaks for “malignant”" in words(app)


def test_trees_hold_no_coefficients(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert "matters most" in app.title[0].value
    assert "holds no coefficients" in words(app) or "the intercept" in words(app)


@pytest.mark.parametrize("params", [{"feature": "<b>no</b>", "target": "nobody"}])
def test_an_unknown_column_falls_back(visit: Visit, params: dict[str, str]) -> None:
    app = visit(PAGE, model="sample:breast-cancer", **params)
    assert not app.exception
    assert app.selectbox(key="dependence_feature").value == "radius error"


def test_texts_are_led_elsewhere(visit: Visit) -> None:
    app = visit(PAGE, model="sample:tweets")
    assert app.title[0].value == "These views are for tables"


def test_nothing_open(visit: Visit) -> None:
    assert visit(PAGE).title[0].value == "Nothing is open yet"
