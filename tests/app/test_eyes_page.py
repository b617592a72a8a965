"""Through the model's eyes: a row, a text and what they say when both sides are the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.preprocessing.text import default_text_pipeline
from analysis.samples import bundled_root
from analysis.session import open_session
from analysis.storage import write_json
from analysis.types import Pipeline
from tests.app.conftest import words

Visit = Callable[..., AppTest]
PAGE = "pages/feeding/eyes.py"


def keep(home: Path, pipeline: Pipeline) -> str:
    write_json(home / "pipelines" / f"{pipeline.fingerprint}.json", pipeline.to_json())
    return pipeline.fingerprint


def test_both_sides_the_same(visit: Visit) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert not app.exception
    assert app.title[0].value == "This is what the model receives"
    assert list(app.dataframe[0].value.columns[:1]) == ["Input"]
    assert "Differs" not in app.dataframe[0].value


def test_a_row_in_another_unit(visit: Visit, home: Path) -> None:
    root = bundled_root()
    own = open_session(root / "models" / "diabetes-ridge", root / "data" / "diabetes").pipeline
    column, step = own.param("column_order", "columns")[0], own.get("units")
    assert step is not None
    code = keep(home, own.replacing(step.with_params(factors={column: 100.0})))
    app = visit(PAGE, model="sample:diabetes", left=code, right="use")
    assert not app.exception
    assert app.title[0].value.startswith("One thing differs: ")
    assert "units" in app.title[0].value
    table = app.dataframe[0].value
    assert (table["Differs"] == "differs").sum() == 1
    assert table["Input"].iloc[0] == column
    first = words(app)
    app.button(key="next").click().run()
    assert app.query_params["example"]
    assert words(app) != first


def test_a_text_that_is_cut(visit: Visit, home: Path) -> None:
    labels = ("negative", "positive")
    root = bundled_root()
    own = open_session(root / "models" / "reviews-sentiment", root / "data" / "reviews.csv").pipeline
    cut = default_text_pipeline(own.labels or labels, max_length=8)
    code = keep(home, cut)
    app = visit(PAGE, model="sample:reviews", left=code, right="use")
    assert not app.exception
    assert "truncation" in app.title[0].value
    assert "8 tokens" in words(app)
    assert "cut at the end" in words(app)


def test_a_pipeline_that_does_not_fit_is_left_out(visit: Visit, home: Path) -> None:
    code = keep(home, default_text_pipeline(("a", "b")))
    app = visit(PAGE, model="sample:diabetes", left=code)
    assert not app.exception
    assert app.title[0].value == "This is what the model receives"


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_side_can_be_chosen(visit: Visit, side: str) -> None:
    app = visit(PAGE, model="sample:diabetes")
    assert app.selectbox(key=f"eyes-{side}").value == "use"
